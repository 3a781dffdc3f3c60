"""Background work on calls."""

from __future__ import annotations

from wfm.core.db import after_commit, transaction
from wfm.core.tasks import task
from wfm.queues.service.projection import project_stream, waiting_streams


@task("queues.project", one_at_a_time=True)
def project() -> None:
    """Make calls of raw events that arrived without being projected (HTTP, or an error at intake)."""
    with transaction() as session:
        waiting = waiting_streams(session)
    for stream_id in waiting:
        while True:
            with transaction() as session:
                done = project_stream(session, stream_id)
                if done:
                    after_commit(session, "reporting.recount")
            if not done:
                break
