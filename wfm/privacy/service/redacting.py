"""Redaction of raw lines, stream by stream, batch by batch; each batch is one transaction and moves the watermark.

What takes time (reading lines, writing them anew, reading them again) happens before the system is locked; under the
lock only rows are written and the batch's calls folded. Killed at any moment, it goes on where it was. Simulated
sources are passed over: nobody is in their lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, from_micros, to_micros
from wfm.core.config import settings
from wfm.core.db import cursor, transaction
from wfm.core.garbage import no_search_for_cycles
from wfm.core.log import get_logger
from wfm.directory.service import attribution_tables
from wfm.privacy.rules.line_formats import Persons
from wfm.privacy.rules.persons import Replacement, pseudonym_period
from wfm.privacy.rules.redaction import Redacted, Step, redact_rows, without_states
from wfm.privacy.service.keys import Keys
from wfm.queues.service.persons import renew_persons
from wfm.telephony.adapters import decoder
from wfm.telephony.models import Source, Stream
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent
from wfm.telephony.service.intake import lock_system

BATCH = 2_000
WATERMARKS = {Step.NUMBER: "numbers_gone_to", Step.LINE: "redacted_to", Step.STATE: "states_gone_to"}

log = get_logger(__name__)


def due(session: Session, step: Step, before: datetime, stream_id: int | None = None) -> int:
    """How many raw lines, of one stream or all, a step still has to look at that were received before an instant."""
    found = cursor(session).execute(
        f"""SELECT count(*) FROM raw_event r
            JOIN stream st ON st.id = r.stream_id JOIN source so ON so.id = st.source_id
            WHERE NOT so.generated AND r.position >= st.{WATERMARKS[step]} AND r.received_at < %s
                  AND st.id = coalesce(%s, st.id)""",
        (before, stream_id),
    )
    return int(found.fetchone()[0])  # type: ignore[index]  # an aggregate always gives a row


def redact(step: Step, before: datetime, days: dict[str, int], moment: datetime) -> Counter[str]:
    """Take a step with all lines received before an instant; counts of lines changed, and of those that failed."""
    counts: Counter[str] = Counter()
    mark = WATERMARKS[step]
    with transaction() as session:
        streams = session.scalars(
            select(Stream.id)
            .join(Source)
            .where(~Source.generated, getattr(Stream, mark) < Stream.position)
            .order_by(Stream.id)
        ).all()
    for stream_id in streams:
        try:
            after = None
            while True:
                with transaction() as session:
                    after = _batch(session, stream_id, step, before, days, moment, after, counts)
                if after is None:
                    break
        except OperationalError:
            raise
        except Exception:  # a stream that cannot be read holds up no other's redaction, and is tried again next time
            log.exception("redaction.stream_failed", step=step.name, stream=stream_id)
            with transaction() as session:
                counts["failed"] += due(session, step, before, stream_id)
    if counts["failed"]:
        log.warning("redaction.failed", step=step.name, lines=counts["failed"])
    return counts


@no_search_for_cycles()
def _batch(
    session: Session,
    stream_id: int,
    step: Step,
    before: datetime,
    days: dict[str, int],
    moment: datetime,
    after: int | None,
    counts: Counter[str],
) -> int | None:
    """Redact the next lines of a stream from position `after` on; returns where to go on, None at the end."""
    stream = session.get_one(Stream, stream_id)
    start = getattr(stream, WATERMARKS[step]) if after is None else after
    rows = (
        cursor(session)
        .execute(
            """SELECT position, payload, received_at FROM raw_event
               WHERE stream_id = %s AND position >= %s AND received_at < %s ORDER BY position LIMIT %s""",
            (stream_id, start, before, BATCH),
        )
        .fetchall()
    )
    if not rows:
        return None
    if step is Step.STATE:
        redacted = Redacted(_states(session, stream, rows), set(), [])
    else:
        redacted = _persons(session, stream, rows, step, days, moment)
    behind = int(rows[-1][0]) + 1
    if redacted.payloads:
        lock_system(session, stream.source.system_id)
        write_payloads(session, stream_id, redacted.payloads)
        renew_persons(session, stream.source.system_id, sorted(redacted.calls))
    counts["lines"] += len(redacted.payloads)
    counts["failed"] += len(redacted.failed)
    _move(session, stream, step, behind, before)
    return behind


def _persons(
    session: Session,
    stream: Stream,
    rows: Sequence[tuple[int, bytes, datetime]],
    step: Step,
    days: dict[str, int],
    moment: datetime,
) -> Redacted:
    """Some rows redacted."""
    source = stream.source
    keys = Keys(session, berlin_day(moment), days["caller_key"], days["repeat_calls"])
    codes = attribution_tables(session).area_codes
    received = {position: received_at for position, _, received_at in rows}
    secret = settings().secret

    def persons(position: int, events: Sequence[TelephonyEvent]) -> Persons:
        at = events[0].at if events else to_micros(received[position])
        key = keys.on(berlin_day(from_micros(at))) if step is Step.NUMBER and events and events[0].caller else None
        period = pseudonym_period(events[0].call if events else "", at)
        return Replacement(codes, key, source.system_id, period, secret, keep_hash=step is Step.NUMBER)

    raw = [RawRow(position, payload) for position, payload, _ in rows]
    return redact_rows(source.kind, decoder(source.kind), raw, reading_alone(stream), step, persons)


def _states(session: Session, stream: Stream, rows: Sequence[tuple[int, bytes, datetime]]) -> dict[int, bytes]:
    """Lines that set agents' states without being events of their own; those with events go with their states."""
    kept = cursor(session).execute(
        "SELECT position FROM agent_event WHERE stream_id = %s AND position BETWEEN %s AND %s",
        (stream.id, rows[0][0], rows[-1][0]),
    )
    events = {position for (position,) in kept.fetchall()}
    kind = stream.source.kind
    blank = {position: without_states(kind, payload) for position, payload, _ in rows if position not in events}
    return {position: blank[position] for position, payload, _ in rows if blank.get(position, payload) != payload}


def _move(session: Session, stream: Stream, step: Step, behind: int, before: datetime) -> None:
    """Move the watermark, but never over a line whose time has not come: rows of tables come late."""
    waiting = (
        cursor(session)
        .execute(
            """SELECT position FROM raw_event WHERE stream_id = %s AND position >= %s AND position < %s
               AND received_at >= %s ORDER BY position LIMIT 1""",
            (stream.id, getattr(stream, WATERMARKS[step]), behind, before),
        )
        .fetchone()
    )
    session.execute(
        update(Stream).where(Stream.id == stream.id).values({WATERMARKS[step]: waiting[0] if waiting else behind})
    )


def reading_alone(stream: Stream) -> Reading:
    """How lines of a stream are read out of their order."""
    source = stream.source
    return Reading(stream.id, source.timezone, frozenset(source.ignored_events), source.settings)


def write_payloads(session: Session, stream_id: int, payloads: dict[int, bytes]) -> None:
    """Replace what lines of a stream say; their hashes stay those of the lines as received."""
    cursor(session).execute(
        """UPDATE raw_event r SET payload = n.payload FROM unnest(%s::bigint[], %s::bytea[]) AS n (position, payload)
           WHERE r.stream_id = %s AND r.position = n.position""",
        (list(payloads), list(payloads.values()), stream_id),
    )
