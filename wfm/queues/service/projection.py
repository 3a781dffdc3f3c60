"""From raw events to calls and agent states, each raw event once, in the transaction that says so.

Whatever the cut of batches and the order of files, the result is the same: a call is always folded from all of its
events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, repeat
from operator import floordiv, itemgetter

from sqlalchemy import select, text
from sqlalchemy.event import listens_for
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from wfm.core.clock import MINUTE, berlin_day, from_micros, to_micros
from wfm.core.db import cursor, transaction
from wfm.core.garbage import no_search_for_cycles
from wfm.core.log import get_logger
from wfm.queues.service import agents, calls
from wfm.queues.service.failing import note_failure, note_success
from wfm.queues.service.quarantining import judge_future, quarantine, redeem
from wfm.queues.service.restarts import moved_restarts, note_restarts, restarts_of
from wfm.queues.service.spelling import spelled
from wfm.telephony.adapters import decoder
from wfm.telephony.models import RawEvent, Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import AT, KIND, REF, RawRow, Reading, TelephonyEvent
from wfm.telephony.service.intake import lock_stream

log = get_logger(__name__)

QUARTER = 15 * MINUTE
#: An event older than this when it arrives was late.
LATE = 15 * MINUTE
_TOUCHED = "touched days"


@no_search_for_cycles()
def project_stream(session: Session, stream_id: int, *, limit: int = 10_000) -> int:
    """Project up to `limit` raw events of a stream that were not projected yet; returns how many there were."""
    stream = lock_stream(session, stream_id)
    rows = session.execute(
        select(RawEvent.position, RawEvent.payload, RawEvent.received_at)
        .where(RawEvent.stream_id == stream.id, RawEvent.position >= stream.projected)
        .order_by(RawEvent.position)
        .limit(limit)
    ).all()
    for received_at, arrived in groupby(rows, key=itemgetter(2)):
        project(
            session, stream, [RawRow(position, payload) for position, payload, _ in arrived], received_at, again=True
        )
    if rows:
        stream.projected = stream.position if len(rows) < limit else rows[-1].position + 1
        note_success(session, stream)
    return len(rows)


def project_waiting(stream_id: int) -> Iterator[int]:
    """Project all that waits in a stream, a transaction at a time; gives how many raw events each took.

    What goes wrong ends it here, at the edge, with an entry in the log and a word at the source: other streams go on,
    and this one is tried again after a pause.
    """
    while True:
        try:
            with transaction() as session:
                done = project_stream(session, stream_id)
        except OperationalError:
            raise
        except Exception:
            log.exception("projection.failed", stream=stream_id)
            with transaction() as session:
                note_failure(session, stream_id)
            return
        if not done:
            return
        yield done


def project(
    session: Session,
    stream: Stream,
    rows: Sequence[RawRow],
    received_at: datetime,
    *,
    again: bool = False,
    judged_at: datetime | None = None,
) -> None:
    """Make calls and agent states of raw rows that arrived together. The caller moves `stream.projected`.

    `again`: they may have been read before, so what lay in quarantine and can be read now is redeemed. What was in the
    future when they were received need not be so `judged_at` a later time.
    """
    reading = reading_of(stream)
    decoded = decoder(stream.source.kind)(rows, reading)
    present, future = judge_future(session, stream, decoded.events, judged_at or received_at)
    unreadable = [*decoded.unreadable, *future]
    quarantine(session, stream, unreadable, present, received_at)
    if again:
        redeem(session, stream, rows, unreadable)
    if not present:
        return
    events = spelled(session, stream.source.kind, present)
    heard_before = to_micros(stream.last_at) if stream.last_at else None
    kinds, instants = set(map(KIND, events)), list(map(AT, events))
    oldest, newest = min(instants), max(instants)
    since = from_micros(oldest if heard_before is None else min(oldest, heard_before))
    known = restarts_of(session, stream, since)
    touched = _note_progress(session, stream, events[0].at, newest)
    _note_activity(session, stream.source_id, events, to_micros(received_at))
    if ev.SOURCE_GENERATED in kinds:
        stream.source.generated = True
    session.flush()
    may_be_late = judged_at is not None or stream.source.kind == "queue_log_table"
    in_order = not may_be_late or _in_order(session, stream, rows)
    moved = []
    # Nearly every batch tells of no restart and touches none.
    if known or not in_order or ev.SOURCE_RESTARTED in kinds:
        note_restarts(session, stream, events, heard_before, in_order=in_order)
        moved = moved_restarts(known, restarts_of(session, stream, since))
    watermark = calls.newest(session, stream.source.system_id)
    touched |= agents.project(session, stream, events, moved, watermark)
    touched |= calls.project(session, stream, events, (oldest, newest), moved, watermark)
    touch_days(session, touched)


def reading_of(stream: Stream) -> Reading:
    """How the rows of a stream are to be read."""
    source = stream.source
    before = to_micros(stream.last_at) if stream.last_at else None
    return Reading(stream.id, source.timezone, frozenset(source.ignored_events), source.settings, before)


def touch_days(session: Session, ordinals: Iterable[int]) -> None:
    """Mark days (as ordinals) whose facts have to be counted anew; written all at once when the transaction ends.

    Day after day, so that two transactions never wait for each other's.
    """
    session.info.setdefault(_TOUCHED, set()).update(ordinals)


def write_touched_days(session: Session) -> None:
    """Write the days that this transaction has marked so far."""
    if days := sorted(session.info.pop(_TOUCHED, ())):
        cursor(session).execute(
            # DO UPDATE locks a day that is marked already: a count that does not see us yet must not take it.
            """INSERT INTO touched_day (day) SELECT date '0001-01-01' + d - 1 FROM unnest(%s::int[]) d
               ON CONFLICT (day) DO UPDATE SET since = excluded.since""",
            (days,),
        )


@listens_for(Session, "before_commit")
def _write_at_the_end(session: Session) -> None:
    if not session.in_nested_transaction():
        write_touched_days(session)


def _note_progress(session: Session, stream: Stream, first: int, last: int) -> set[int]:
    """Move the stream's and the source's clocks; days that passed are touched, since agents may have stayed on."""
    newest = from_micros(last)
    if stream.first_at is None:
        stream.first_at = from_micros(first)
    if stream.last_at is None or newest > stream.last_at:
        stream.last_at = newest
    before = stream.source.watermark
    if before is not None and newest <= before:
        return set()
    stream.source.watermark = newest
    if before is None:
        return set()
    since, until = berlin_day(before).toordinal(), berlin_day(newest).toordinal()
    logged_on = text("SELECT EXISTS (SELECT FROM agent_span WHERE system_id = :system AND ends_at IS NULL)")
    if until - since > 1 and not session.scalar(logged_on, {"system": stream.source.system_id}):
        return {since, until}
    return set(range(since, until + 1))


def _in_order(session: Session, stream: Stream, rows: Sequence[RawRow]) -> bool:
    """Whether nothing that stands behind the first of these rows was projected before them."""
    behind = cursor(session).execute(
        "SELECT count(*) FROM raw_event WHERE stream_id = %s AND position >= %s AND position < %s",
        (stream.id, rows[0].position, stream.projected),
    )
    [(known,)] = behind.fetchall()
    return bool(known <= len(rows))


def _note_activity(session: Session, source_id: int, events: Sequence[TelephonyEvent], received: int) -> None:
    # A raw row may tell several events: it arrived once, when the first of them happened.
    instants = dict(zip(map(REF, reversed(events)), map(AT, reversed(events)), strict=True)).values()
    arrived = Counter(map(floordiv, instants, repeat(QUARTER)))
    late = Counter(at // QUARTER for at in instants if at < received - LATE)
    restarted = Counter(event.at // QUARTER for event in events if event.kind == ev.SOURCE_RESTARTED)
    quarters = sorted(arrived.keys() | restarted.keys())
    cursor(session).execute(
        """INSERT INTO activity (source_id, starts_at, arrived, late, restarted)
           SELECT %s, to_timestamp(q), a, l, r
           FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[]) AS t (q, a, l, r)
           ON CONFLICT (source_id, starts_at) DO UPDATE SET
             arrived = activity.arrived + excluded.arrived, late = activity.late + excluded.late,
             restarted = activity.restarted + excluded.restarted""",
        (
            source_id,
            [quarter * QUARTER // 1_000_000 for quarter in quarters],
            *([counts[quarter] for quarter in quarters] for counts in (arrived, late, restarted)),
        ),
    )
