"""Background work on calls."""

from __future__ import annotations

from wfm.core.db import transaction
from wfm.core.tasks import send, task
from wfm.queues.service.projection import project_waiting, waiting_streams


@task("queues.project", one_at_a_time=True)
def project() -> None:
    """Make calls of raw events that arrived without being projected (HTTP, or an error at intake)."""
    with transaction() as session:
        waiting = waiting_streams(session)
    if sum(sum(project_waiting(stream_id)) for stream_id in waiting):
        send("reporting.recount")
