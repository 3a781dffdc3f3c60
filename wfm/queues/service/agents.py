"""Agent states: keep what was told of each agent in each queue, and fold the spans that it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy.orm import Session

from wfm.core import pgcopy as pg
from wfm.core.clock import berlin_ordinal, from_micros, to_micros
from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.queues.rules.agents import Span, StateChange, fold_agent
from wfm.queues.rules.stays import OVER_MIDNIGHT
from wfm.queues.service.restarts import RESTARTS, Moved
from wfm.telephony.models import Stream
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import TelephonyEvent, unpack_ref
from wfm.telephony.rules.redacted import FORMER_AGENT

AGENT_KINDS = frozenset({ev.AGENT_JOINED, ev.AGENT_LEFT, ev.AGENT_PAUSED, ev.AGENT_UNPAUSED})
EVENT_COLUMNS = {
    "stream_id": "int4",
    "position": "int8",
    "system_id": "int2",
    "at": pg.INSTANT,
    "agent": "text",
    "queue": "text",
    "kind": "text",
    "text": "text",
}
SPAN_COLUMNS = {
    "system_id": "int2",
    "agent": "text",
    "queue": "text",
    "starts_at": pg.INSTANT,
    "ends_at": pg.INSTANT,
    "state": "text",
    "reason": "text",
}
#: Ends a lateral look-up that is to be made for each agent and queue by the index: planned as a join it would, before
#: PostgreSQL has counted the table, read all of a system's history for every batch.
_BY_INDEX = "OFFSET 0"
Key = tuple[str, str]  # agent, queue
#: Agent, queue, start, state and reason of spans -> their end, if they have one.
Spans = dict[tuple[str, str, int, str, str], int | None]


def project(
    session: Session, stream: Stream, events: Sequence[TelephonyEvent], moved: Sequence[Moved], watermark: int
) -> set[int]:
    """Take in agents' events, and restarts that are new or known better; returns the days whose spans may change."""
    told = [event for event in events if event.kind in AGENT_KINDS and event.agent not in ("", FORMER_AGENT)]
    since: dict[Key, int] = {}
    for event in told:
        key = event.agent, event.queue
        since[key] = min(since.get(key, event.at), event.at)
    if told:
        _keep(session, stream, told)
    for restart in moved:
        for key in _concerned(session, stream.source.system_id, restart):
            since[key] = min(since.get(key, restart.since), restart.since)
    if not since:
        return set()
    return _fold(session, stream.source.system_id, since, watermark)


def states_of(session: Session, days: Days) -> list[tuple[int, str, str]]:
    """(system, agent, queue) of whom something was told on these days, or whose state began then."""
    found = cursor(session).execute(
        """SELECT system_id, agent, queue FROM agent_event WHERE at >= %(begin)s AND at < %(end)s
           UNION SELECT system_id, agent, queue FROM agent_span WHERE starts_at >= %(begin)s AND starts_at < %(end)s
           ORDER BY 1, 2, 3""",
        {"begin": days.begins_at, "end": days.ends_at},
    )
    return found.fetchall()


def refold(session: Session, system_id: int, keys: Iterable[Key], since: int, watermark: int) -> set[int]:
    """Fold anew the spans of these agents and queues from an instant on; returns the days that differ."""
    return _fold(session, system_id, dict.fromkeys(keys, since), watermark)


def _keep(session: Session, stream: Stream, told: Sequence[TelephonyEvent]) -> None:
    stream_id, system_id = stream.id, stream.source.system_id
    rows = [
        (
            stream_id,
            unpack_ref(event.ref)[1],
            system_id,
            pg.instant(event.at),
            event.agent,
            event.queue,
            event.kind,
            event.text,
        )
        for event in told
    ]
    pg.copy_rows(cursor(session), "agent_event", EVENT_COLUMNS, rows)


def _concerned(session: Session, system_id: int, restart: Moved) -> list[Key]:
    """Agents and queues whose state a restart may have ended: of what it cut to no length only the event is left."""
    return (
        cursor(session)
        .execute(
            """SELECT agent, queue FROM agent_span
               WHERE system_id = %(system)s AND (ends_at IS NULL OR ends_at >= %(since)s)
               UNION SELECT agent, queue FROM agent_event
               WHERE system_id = %(system)s AND at BETWEEN %(since)s AND %(at)s""",
            {"system": system_id, "since": from_micros(restart.since), "at": from_micros(restart.at)},
        )
        .fetchall()
    )


def _fold(session: Session, system_id: int, since: dict[Key, int], watermark: int) -> set[int]:
    """Fold anew the spans of each agent and queue from the last one that began before `since`."""
    anchors, before = _anchors(session, system_id, since)
    changes = _changes(session, system_id, anchors)
    gone = _drop(session, system_id, anchors)
    made = {
        (*key, start, state, reason): end
        for key, anchor in anchors.items()
        for start, end, state, reason in fold_agent(changes.get(key, []), before.get(key))
        if start >= anchor
    }
    rows = [
        (system_id, agent, queue, pg.instant(start), pg.instant(end), state, reason)
        for (agent, queue, start, state, reason), end in made.items()
    ]
    pg.copy_rows(cursor(session), "agent_span", SPAN_COLUMNS, rows)
    return _days_that_differ(gone, made, watermark)


def _anchors(session: Session, system_id: int, since: dict[Key, int]) -> tuple[dict[Key, int], dict[Key, Span]]:
    """From where to fold each key, and the span that lasted until there (if it reached that far)."""
    anchors = dict(since)
    before: dict[Key, Span] = {}
    found: dict[Key, list[tuple[datetime, datetime | None, str, str]]] = {}
    for agent, queue, *span in (
        cursor(session)
        .execute(
            """SELECT k.agent, k.queue, s.starts_at, s.ends_at, s.state, s.reason
           FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS k (agent, queue, since)
           CROSS JOIN LATERAL (
             SELECT * FROM agent_span s
             WHERE s.system_id = %s AND s.agent = k.agent AND s.queue = k.queue AND s.starts_at < k.since
             ORDER BY s.starts_at DESC LIMIT 2) s""",
            (*_columns(since), system_id),
        )
        .fetchall()
    ):
        found.setdefault((agent, queue), []).append(tuple(span))
    for key, spans in found.items():
        spans.sort(key=itemgetter(0), reverse=True)
        anchors[key] = to_micros(spans[0][0])
        if len(spans) == 2 and spans[1][1] == spans[0][0]:
            starts_at, _, state, reason = spans[1]
            before[key] = Span(to_micros(starts_at), None, state, reason)
    return anchors, before


def _changes(session: Session, system_id: int, anchors: dict[Key, int]) -> dict[Key, list[StateChange]]:
    """What was told of each key from its anchor on, restarts among it, in order; what a copy of a log repeats, once.

    Within a second the older file goes first; of those that begin alike, the one that tells more of that second.
    """
    parameters = _columns(anchors)
    changes: dict[Key, list[StateChange]] = {}
    for agent, queue, at, kind, text in (
        cursor(session)
        .execute(
            f"""WITH k AS (
             SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS k (agent, queue, anchor)
           ), told AS (
             SELECT e.agent, e.queue, e.at, e.at AS effective, e.kind, e.text, e.stream_id, e.position
             FROM k CROSS JOIN LATERAL (
               SELECT * FROM agent_event e
               WHERE e.system_id = %s AND e.agent = k.agent AND e.queue = k.queue AND e.at >= k.anchor {_BY_INDEX}) e
             UNION ALL
             SELECT k.agent, k.queue, r.at, r.last_seen, 'source.restarted', '', r.stream_id, r.position
             FROM k JOIN ({RESTARTS}) r ON r.at >= k.anchor
           ), placed AS (
             SELECT told.*, stream.source_id, stream.first_at, stream.fingerprint,
                    count(*) OVER (PARTITION BY agent, queue, stream_id, at) AS here,
                    row_number() OVER (
                      PARTITION BY agent, queue, stream_id, at, kind, text ORDER BY told.position) AS nth
             FROM told JOIN stream ON stream.id = told.stream_id
           ), once AS (
             SELECT DISTINCT ON (agent, queue, source_id, at, kind, text, nth) * FROM placed
             ORDER BY agent, queue, source_id, at, kind, text, nth, first_at, here DESC, fingerprint, stream_id
           )
           SELECT agent, queue, effective, kind, text FROM once
           ORDER BY at, first_at, here DESC, fingerprint, stream_id, position""",
            (*parameters, system_id, system_id, from_micros(min(anchors.values()))),
        )
        .fetchall()
    ):
        changes.setdefault((agent, queue), []).append(StateChange(to_micros(at), kind, text))
    return changes


def _drop(session: Session, system_id: int, anchors: dict[Key, int]) -> Spans:
    """Take out the spans that are to be folded anew."""
    gone = cursor(session).execute(
        f"""DELETE FROM agent_span WHERE ctid = ANY(ARRAY(
             SELECT s.ctid FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS k (agent, queue, anchor)
             CROSS JOIN LATERAL (
               SELECT s.ctid FROM agent_span s
               WHERE s.system_id = %s AND s.agent = k.agent AND s.queue = k.queue AND s.starts_at >= k.anchor
               {_BY_INDEX}) s))
           RETURNING agent, queue, starts_at, state, reason, ends_at""",
        (*_columns(anchors), system_id),
    )
    return {
        (agent, queue, to_micros(starts_at), state, reason): None if ends_at is None else to_micros(ends_at)
        for agent, queue, starts_at, state, reason, ends_at in gone.fetchall()
    }


def _columns(instants: dict[Key, int]) -> tuple[list[str], list[str], list[datetime]]:
    """Agents, queues and instants as arrays for unnest."""
    return [key[0] for key in instants], [key[1] for key in instants], [from_micros(at) for at in instants.values()]


def _days_that_differ(gone: Spans, made: Spans, watermark: int) -> set[int]:
    """Days (as ordinals) on which agents were otherwise than thought; what lasts still counts up to the watermark."""
    touched: set[int] = set()
    for span in gone.keys() | made.keys():
        ends = [spans[span] or watermark for spans in (gone, made) if span in spans]
        if len(ends) == 1:  # it was not there before, or is no more: a pause also cuts off the wrap-up before it
            touched.update(_days(span[2] - OVER_MIDNIGHT, ends[0]))
        elif ends[0] != ends[1]:
            touched.update(_days(min(ends), max(ends)))
    return touched


def _days(start: int, end: int) -> range:
    return range(berlin_ordinal(start), berlin_ordinal(end) + 1)
