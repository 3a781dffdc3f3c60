"""`wfm ingest`: from a file to counted facts, batch by batch, each in one transaction.

The raw rows and the checkpoint are safe before anything is read out of them: an error while projecting leaves them for
a later try.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.garbage import no_search_for_cycles
from wfm.core.intervals import Days
from wfm.core.log import get_logger
from wfm.queues.service import agents, failing, projection, rebuilding
from wfm.reporting.service.facts import recount
from wfm.telephony.models import Quarantine, Source, Stream
from wfm.telephony.rules.events import RawRow
from wfm.telephony.service import events, files, tables
from wfm.telephony.service.column_maps import open_cdr_source
from wfm.telephony.service.intake import append, get_source, lock_stream, lock_system, open_source
from wfm.telephony.service.known_lines import as_known
from wfm.telephony.service.streams import only_stream
from wfm.telephony.service.tailing import follow, until_signalled
from wfm.telephony.service.whole_files import numbered_lines

BATCH = 10_000
SIMULATION = "simulation"
#: A follower counts touched days this often.
COUNT_EVERY_S = 5.0

log = get_logger(__name__)

Progress = Callable[[int], None]


def take_in(stream_id: int, rows: Sequence[RawRow], end: int) -> int:
    """Take a batch into a stream, in one transaction; returns how many rows were new."""

    def work(session: Session, projected: bool) -> int:
        return take(session, lock_stream(session, stream_id), rows, end, projected=projected)

    return _projected_if_possible(work, stream=stream_id, first=rows[0].position)


@no_search_for_cycles()
def take(session: Session, stream: Stream, rows: Sequence[RawRow], end: int, *, projected: bool = True) -> int:
    """Keep a batch of a locked stream and project it, known rows passed over; returns how many were new."""
    new = rows if rows[0].position >= stream.position else [row for row in rows if row.position >= stream.position]
    if not new:
        return 0
    received_at = now()
    projected = projected and stream.projected == stream.position
    append(session, stream, new, end, received_at)
    new = as_known(session, stream, new)
    if projected:
        stream.projected = stream.position
        projection.project(session, stream, new, received_at)
    return len(new)


def _projected_if_possible(work: Callable[[Session, bool], int], **where: object) -> int:
    """Keep rows and project them in one transaction; where that fails, keep them alone in another.

    So whatever goes wrong in projecting, the rows are safe, and projected by a later run or the worker. `where` is what
    the log says of it.
    """
    try:
        with transaction() as session:
            return work(session, True)
    except (WfmError, OperationalError):
        raise
    except Exception:
        log.exception("projection.failed", **where)
    with transaction() as session:
        return work(session, False)


def ingest_log(
    path: Path,
    source_name: str,
    *,
    kind: str = "queue_log",
    system: str | None = None,
    batch: int = BATCH,
    progress: Progress = lambda size: None,
) -> int:
    """Take in one log file as far as it is complete lines; returns how many were new.

    `kind` names the adapter that reads it; `progress` is told of bytes. Facts are counted by `count_facts`. A new
    source of simulated events gets a system of its own, unless told otherwise: its clock must not age real calls.
    """
    with transaction() as session:
        if system is None and not session.scalar(select(Source.id).where(Source.name == source_name)):
            system = SIMULATION if files.is_simulated(path) else None
        source_id = open_source(session, source_name, kind, system=system).id
    return _ingest_file(path, source_id, batch, progress)


def ingest_cdr(
    path: Path,
    column_map: Path,
    source_name: str,
    *,
    system: str | None = None,
    progress: Progress = lambda size: None,
) -> int:
    """Take in a CSV file of call detail records, read by a column map; returns how many rows were new."""
    with transaction() as session:
        source_id = open_cdr_source(session, source_name, column_map, path, system=system).id
    return _ingest_file(path, source_id, BATCH, progress, whole=True)


def _ingest_file(path: Path, source_id: int, batch: int, progress: Progress, *, whole: bool = False) -> int:
    """`whole`: nobody writes to the file any more, so that its last line needs no line end."""
    total = 0
    with files.open_log(path) as handle:
        with transaction() as session:
            source = session.get_one(Source, source_id)
            lock_system(session, source.system_id)  # so that two readers of a new file do not both begin its stream
            stream = files.find_stream(session, source, handle, name=path.name)
            if stream is None:
                return 0
            stream_id, position = stream.id, stream.position
        for rows, end in files.complete_lines(handle, position, batch):
            total += take_in(stream_id, rows, end)
            progress(end - position)
            position = end
        handle.seek(position)
        if whole and (last := handle.read(files.MAX_LINE)):
            total += take_in(stream_id, [RawRow(position, last)], position + len(last))
    return total


def follow_queue_log(path: Path, source_name: str, *, system: str | None = None, batch: int = BATCH) -> None:
    """Take in a queue_log while it is written, until SIGTERM or SIGINT; facts are counted every few seconds."""
    with transaction() as session:
        open_source(session, source_name, "queue_log", system=system)
    project_all()
    counted_at = 0.0

    with until_signalled() as signalled:

        def stop() -> bool:  # asked between batches and while waiting: the time to count
            nonlocal counted_at
            if time.monotonic() - counted_at > COUNT_EVERY_S:
                project_all()  # what an earlier batch could not
                count_facts()
                counted_at = time.monotonic()
            return signalled()

        follow(source_name, path, take_in, stop, limit=batch)
    count_facts()


def ingest_table(
    source_name: str,
    *,
    timezone: str,
    system: str | None = None,
    file: Path | None = None,
    sql: str | None = None,
    table: str = "queue_log",
) -> int:
    """Take in the rows of a realtime table, from a CSV dump or the live table, that are not known yet."""
    dump = tables.read_csv(file) if file else iter(())
    first = list(islice(dump, 1))  # a file that is no dump makes no source
    with transaction() as session:
        source = open_source(session, source_name, "queue_log_table", timezone=timezone, system=system)
        after = only_stream(session, source).position
    batches = chain(first, dump) if file else tables.read_sql(sql or "", after, table=table)
    name = file.name if file else None
    return sum(
        _projected_if_possible(partial(_take_table_rows, source_name, rows, name), source=source_name)
        for rows in batches
    )


def _take_table_rows(
    source_name: str, rows: Sequence[tables.TableRow], file: str | None, session: Session, projected: bool
) -> int:
    stream = only_stream(session, get_source(session, source_name))
    received_at, before, whole = now(), stream.projected, stream.projected == stream.position
    new = tables.keep(session, stream, rows, received_at, file)
    if new and whole and projected:
        stream.projected = stream.position
        projection.project(session, stream, new, received_at)
    elif late := [row for row in new if row.position < before]:  # the backlog would not come by them again
        projection.project(session, stream, late, received_at)
    return len(new)


def ingest_events(path: Path, source_name: str, *, system: str | None = None) -> int:
    """Take in CloudEvents, one a line; returns how many were new."""
    with transaction() as session:
        open_source(session, source_name, "events", system=system)
    total = 0
    for lines in numbered_lines(path, 1_000):
        with transaction() as session:
            results = events.accept_lines(session, get_source(session, source_name), lines, path.name)
            total += sum(result.status == "accepted" for result in results)
    return total


def half_line(path: Path) -> int:
    """Bytes behind the last line end of a file: half a line that is not read yet."""
    with files.open_log(path) as handle:
        size = handle.seek(0, 2)
        for back in range(files.CHUNK, size + files.CHUNK, files.CHUNK):
            handle.seek(max(0, size - back))
            found = handle.read(files.CHUNK).rfind(b"\n")
            if found >= 0:
                return size - max(0, size - back) - found - 1
        return size


def project_all(*, progress: Progress = lambda rows: None) -> int:
    """Project raw events that are kept but not projected yet; returns how many.

    A stream that cannot be projected holds up no other: it is passed over, with an entry in the log, and rests a while.
    """
    total = 0
    with transaction() as session:
        waiting = failing.waiting_streams(session)
    for stream_id in waiting:
        for done in projection.project_waiting(stream_id):
            total += done
            progress(done)
    return total


def rebuild_days(days: Days) -> None:
    """Fold the calls and agents' states of some days anew, and try again what lies in quarantine for them."""
    with transaction() as session:
        rebuilding.retry(session, rebuilding.open_quarantine(session, days))
        calls = rebuilding.calls_of(session, days)
        states = agents.states_of(session, days)
    for start in range(0, len(calls), rebuilding.CALLS_AT_ONCE):
        with transaction() as session:
            rebuilding.rebuild_calls(session, calls[start : start + rebuilding.CALLS_AT_ONCE])
    for start in range(0, len(states), rebuilding.STATES_AT_ONCE):
        with transaction() as session:
            rebuilding.rebuild_states(session, states[start : start + rebuilding.STATES_AT_ONCE], days)
    with transaction() as session:
        projection.touch_days(session, (day.toordinal() for day in days))


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


def unreadable(session: Session, source_name: str) -> int:
    """How many lines of a source lie in quarantine."""
    found = session.scalar(
        select(func.count())
        .select_from(Quarantine)
        .join(Stream, Stream.id == Quarantine.stream_id)
        .where(Stream.source_id == get_source(session, source_name).id, Quarantine.state == "open")
    )
    return int(found or 0)
