"""Background work on calls."""

from __future__ import annotations

from wfm.core.db import after_commit, transaction
from wfm.core.tasks import send, task
from wfm.queues.service import rebuilding
from wfm.queues.service.failing import waiting_streams
from wfm.queues.service.projection import project_waiting

#: Lines of a transaction: between two of them a page sees how far it is.
RETRIED_AT_ONCE = 1_000


@task("queues.project", one_at_a_time=True)
def project() -> None:
    """Make calls of raw events that arrived without being projected (HTTP, or an error at intake)."""
    with transaction() as session:
        waiting = waiting_streams(session)
    if sum(sum(project_waiting(stream_id)) for stream_id in waiting):
        send("reporting.recount")


@task("queues.retry", one_at_a_time=True)
def retry() -> None:
    """Read again what lies in quarantine, where somebody asked for it."""
    while True:
        with transaction() as session:
            chosen = rebuilding.asked_retries(session, limit=RETRIED_AT_ONCE)
            if not chosen:
                return
            if rebuilding.retry(session, chosen):
                after_commit(session, "reporting.recount")
