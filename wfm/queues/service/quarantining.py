"""What could not be read: kept with place, reason and the time of its neighbours; redeemed by a later reading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.core.clock import MINUTE, from_micros, now, to_micros
from wfm.core.db import cursor
from wfm.telephony.adapters import NUMBERED
from wfm.telephony.models import Quarantine, Stream
from wfm.telephony.rules.events import AT, KIND, SOURCE_GENERATED, RawRow, TelephonyEvent, Unreadable, unpack_ref
from wfm.telephony.service.deliveries import places

#: How far a clock may run ahead of ours before an event is held back.
TOLERANCE = 5 * MINUTE


def judge_future(
    session: Session, stream: Stream, events: list[TelephonyEvent], received_at: datetime
) -> tuple[list[TelephonyEvent], list[Unreadable]]:
    """Hold back events that claim to be from the future, unless the source is simulated or a retry let them pass."""
    latest = to_micros(received_at) + TOLERANCE
    if stream.source.generated or max(map(AT, events), default=0) <= latest:
        return events, []
    if SOURCE_GENERATED in map(KIND, events):
        return events, []
    passed = set(
        session.scalars(
            select(Quarantine.position).where(
                Quarantine.stream_id == stream.id, Quarantine.reason == "future", Quarantine.state == "read"
            )
        )
    )
    kept, held = [], []
    for event in events:
        position = unpack_ref(event.ref)[1]
        if event.at <= latest or position in passed:
            kept.append(event)
        else:
            detail = (
                f"{from_micros(event.at).isoformat()} lies in the future of {received_at.isoformat(timespec='seconds')}"
            )
            held.append(Unreadable(position, "future", detail))
    return kept, held


def quarantine(
    session: Session,
    stream: Stream,
    unreadable: Sequence[Unreadable],
    events: Sequence[TelephonyEvent],
    received_at: datetime,
) -> None:
    """Put unreadable rows in quarantine; `events` are the readable ones of the batch, in the stream's order."""
    if events:
        cursor(session, flush=False).execute(
            "UPDATE quarantine SET before_at = %s WHERE stream_id = %s AND before_at IS NULL AND position < %s",
            (from_micros(events[0].at), stream.id, unpack_ref(events[0].ref)[1]),
        )
    if not unreadable:
        return
    positions = [unpack_ref(event.ref)[1] for event in events]
    found = _places(session, stream, [row.position for row in unreadable])
    values = []
    for position, reason, detail, _ in unreadable:
        behind = bisect_right(positions, position)
        file, line = found.get(position, (None, None))
        values.append(
            {
                "stream_id": stream.id,
                "position": position,
                "file": file,
                "line": line,
                "reason": reason,
                "detail": detail,
                "received_at": received_at,
                "after_at": from_micros(events[behind - 1].at) if behind else stream.last_at,
                "before_at": from_micros(events[behind].at) if behind < len(events) else None,
            }
        )
    for start in range(0, len(values), 1_000):
        session.execute(insert(Quarantine).on_conflict_do_nothing(), values[start : start + 1_000])


def redeem(session: Session, stream: Stream, rows: Sequence[RawRow], unreadable: Sequence[Unreadable]) -> None:
    """Tick off what lay in quarantine of these rows and could be read this time."""
    still = {row.position for row in unreadable}
    session.execute(
        update(Quarantine)
        .where(
            Quarantine.stream_id == stream.id,
            Quarantine.state == "open",
            Quarantine.position == func.any([row.position for row in rows if row.position not in still]),
        )
        .values(state="read", retried_at=now())
    )


def _places(session: Session, stream: Stream, positions: Sequence[int]) -> Mapping[int, tuple[str | None, int]]:
    """File and line, from 1, of those not in quarantine yet; the file of a log is its stream, and not named again.

    A log's lines are counted from the end of the stream, where new lines stand: a count must not read all of a long
    file for each batch.
    """
    known = set(
        session.scalars(
            select(Quarantine.position).where(
                Quarantine.stream_id == stream.id, Quarantine.position == func.any(list(positions))
            )
        )
    )
    new = [position for position in positions if position not in known]
    if not new:
        return {}
    if stream.source.kind in NUMBERED:
        return places(session, stream, new)
    counted = session.execute(
        text(
            """SELECT position, line
               FROM (SELECT position, :lines + 1 - row_number() OVER (ORDER BY position DESC) AS line
                     FROM raw_event WHERE stream_id = :stream AND position >= :first) counted
               WHERE position = ANY(:new)"""
        ),
        {"lines": stream.lines, "stream": stream.id, "first": min(new), "new": new},
    )
    return {position: (None, line) for position, line in counted}
