"""`wfm ingest`: from a file to counted facts, batch by batch, each in one transaction.

The raw rows and the checkpoint are safe before anything is read out of them: an error while projecting leaves them for a later try.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.queues.service import projection
from wfm.reporting.service.facts import recount
from wfm.telephony.models import Stream
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service import files
from wfm.telephony.service.intake import append, get_source, lock_stream, open_source

BATCH = 10_000

Progress = Callable[[int], None]


def take(session: Session, stream: Stream, rows: Sequence[RawRow], end: int) -> int:
    """Keep a batch of a locked stream and project it; what was known already is passed over. Returns how many rows were new."""
    new = rows if rows[0].position >= stream.position else [row for row in rows if row.position >= stream.position]
    if not new:
        return 0
    received_at = now()
    whole = stream.projected == stream.position
    append(session, stream, new, end, received_at)
    session.flush()
    if whole:
        with session.begin_nested():
            projection.project(session, stream, new, received_at)
            stream.projected = end
    return len(new)


def ingest_queue_log(
    path: Path, source_name: str, *, system: str | None = None, batch: int = BATCH, progress: Progress = lambda rows: None
) -> int:
    """Take in one queue_log file as far as it is complete lines; returns how many were new. Facts are counted by `count_facts`."""
    with files.open_log(path) as handle:
        with transaction() as session:
            source = open_source(session, source_name, "queue_log", system=system)
            stream = files.find_stream(session, source, handle, name=path.name)
            if stream is None:
                return 0
            stream_id, position = stream.id, stream.position
        total = 0
        for rows, end in files.complete_lines(handle, position, batch):
            with transaction() as session:
                total += take(session, lock_stream(session, stream_id), rows, end)
            progress(len(rows))
    return total


def project_all(source_name: str | None = None) -> int:
    """Project raw events that an earlier run kept but did not project; returns how many."""
    total = 0
    with transaction() as session:
        waiting = projection.waiting_streams(session, get_source(session, source_name).id if source_name else None)
    for stream_id in waiting:
        while True:
            with transaction() as session:
                done = projection.project_stream(session, stream_id)
            total += done
            if not done:
                break
    return total


def count_facts(progress: Progress = lambda days: None) -> int:
    """Count all touched days; returns how many."""
    total = 0
    while True:
        with transaction() as session:
            days = recount(session)
        if not days:
            return total
        total += days
        progress(days)
