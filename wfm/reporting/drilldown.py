"""From a figure of a report to its calls, from a call to its stays, and on to the raw events it was made of.

Callers are area codes and agents pseudonyms, to every role. A municipality sees its own partner's calls and of others
not even that they exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer, pseudonym
from wfm.core.clock import BERLIN, berlin_day
from wfm.core.config import settings
from wfm.core.db import cursor
from wfm.core.errors import BadInput, NotFound, Sentence
from wfm.core.paging import DEFAULT_LIMIT, Page, page_of, read_cursor
from wfm.directory import service as directory
from wfm.queues.rules.attribution import CONFIDENCE
from wfm.queues.rules.stays import OFFERED_OUTCOMES
from wfm.reporting.rules.masking import Masking, masked_lines
from wfm.reporting.rules.stages import STAGES, least, stage_of
from wfm.telephony import queries as telephony
from wfm.telephony.rules.events import unpack_ref
from wfm.telephony.service.intake import content_hash

Row = dict[str, Any]

#: Outcomes of stays to filter by; `offered` means all but refused ones, `otherwise` none of the first two outcomes.
OUTCOMES = ("offered", *OFFERED_OUTCOMES, "otherwise", "refused")
_SEVERAL = {
    "offered": "s.outcome <> 'refused'",
    "otherwise": "s.outcome NOT IN ('answered', 'abandoned', 'refused')",
}
RESULTS = ("answered", "refused")
#: So many calls are read in one go for a file of all of them.
CALLS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a figure stands in a report: a stretch of time, and what else its row and column say.

    Without `queue` and `outcome` it is a figure of calls, which count when they begin; with one of them it is a figure
    of stays, which count when they enter the queue. An empty text means: no partner, no service known.
    """

    starts_at: datetime
    ends_at: datetime
    partner: str | None = None
    likely: str | None = None
    service: str | None = None
    method: str | None = None
    result: str | None = None
    queue: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("method", self.method, CONFIDENCE),
            ("result", self.result, RESULTS),
            ("outcome", self.outcome, OUTCOMES),
        ):
            if value is not None and value not in known:
                raise BadInput(
                    "calls.filter",
                    Sentence("„%(name)s“ ist keines von %(known)s.", name=name, known=", ".join(known)),
                    field=name,
                )


_CALL = """c.system_id, sy.name AS system, c.callid, c.nth, coalesce(c.also, '{}') AS also, c.started_at, c.queue,
    c.dialled, c.caller_area, c.service, c.partner, c.likely, c.method, c.answered, c.refused, c.open, c.talk_s,
    (SELECT count(*) FROM stay n WHERE (n.system_id, n.callid, n.nth) = (c.system_id, c.callid, c.nth)) AS stays,
    EXISTS (SELECT FROM source so WHERE so.id = c.source_id AND so.generated) AS generated"""
#: What puts calls in order, and makes a cursor.
_KEY = ("started_at", "system_id", "callid", "nth")
_ORDER = ", ".join(f"c.{name}" for name in _KEY)


def calls(
    session: Session, viewer: Viewer, cell: Cell, after: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[Row]:
    """The calls behind a figure, in order of time; `after` is the cursor of the page before."""
    viewer.require("calls.read")
    if not viewer.sees_all_partners:
        if cell.partner is not None:
            viewer.require_partner(cell.partner)
        cell = replace(cell, partner=viewer.partner)
    parameters: Row = {
        **{name: getattr(cell, name) for name in ("partner", "likely", "service", "method", "queue", "outcome")},
        "from": cell.starts_at,
        "to": cell.ends_at,
        "first": berlin_day(cell.starts_at),
        "last": berlin_day(cell.ends_at),
        "limit": limit + 1,
    }
    conditions = _conditions(cell)
    if after is not None:
        for name, value in zip(_KEY, read_cursor(after, (datetime, int, str, int)), strict=True):
            parameters[f"after_{name}"] = value
        conditions.append(f"({_ORDER}) > ({', '.join(f'%(after_{name})s' for name in _KEY)})")
    found = _fetch(
        session,
        f"""SELECT {_CALL} FROM call c JOIN system sy ON sy.id = c.system_id
            WHERE {" AND ".join(conditions)} ORDER BY {_ORDER} LIMIT %(limit)s""",
        parameters,
    )
    page = page_of(found, limit, lambda row: [row[name] for name in _KEY])
    names = directory.partner_names(session)
    return Page([_shown(row, names) for row in page.items], page.next)


def all_calls(session: Session, viewer: Viewer, cell: Cell) -> Iterator[Row]:
    """All calls behind a figure, in order of time, few at a time in memory."""
    page = calls(session, viewer, cell, limit=CALLS_AT_ONCE)
    yield from page.items
    while page.next is not None:
        page = calls(session, viewer, cell, page.next, CALLS_AT_ONCE)
        yield from page.items


def _conditions(cell: Cell) -> list[str]:
    """The figure's row and column as conditions on a call."""
    conditions = [
        f"coalesce(c.{name}, '') = %({name})s"
        for name in ("partner", "likely", "service", "method")
        if getattr(cell, name) is not None
    ]
    if cell.result is not None:
        conditions.append(f"c.{cell.result}")
    if cell.queue is None and cell.outcome is None:
        # `day` has an index; the instants cut a day into intervals.
        return [
            "c.day BETWEEN %(first)s AND %(last)s",
            "c.started_at >= %(from)s",
            "c.started_at < %(to)s",
            *conditions,
        ]
    stays = ["s.day BETWEEN %(first)s AND %(last)s", "s.entered_at >= %(from)s", "s.entered_at < %(to)s"]
    if cell.queue is not None:
        stays.append("s.queue = %(queue)s")
    if cell.outcome is not None:
        stays.append(_SEVERAL.get(cell.outcome, "s.outcome = %(outcome)s"))
    chosen = f"SELECT s.system_id, s.callid, s.nth FROM stay s WHERE {' AND '.join(stays)}"
    return [f"(c.system_id, c.callid, c.nth) IN ({chosen})", *conditions]


def call(session: Session, viewer: Viewer, system: str, callid: str, nth: int) -> Row:
    """A call with its stays, and why it counts for its partner."""
    viewer.require("calls.read")
    row = _find(session, viewer, system, callid, nth)
    masking = _masking(session, system, berlin_day(row["started_at"]), f"{callid}|{nth}")
    shown = _shown(row, directory.partner_names(session))
    shown["attribution"]["confidence"] = CONFIDENCE[row["method"]]
    shown["stage"] = least(event["stage"] for event in _events(session, row))
    shown["stage_text"] = STAGES[shown["stage"]]
    shown["stays"] = [
        {
            **stay,
            **{name: _local(stay[name]) for name in ("entered_at", "answered_at", "ended_at")},
            "agent": stay["agent"] and masking.agent(stay["agent"]),
        }
        for stay in _stays(session, row)
    ]
    return shown


def raw_events(session: Session, viewer: Viewer, system: str, callid: str, nth: int) -> list[Row]:
    """The raw events that a call was made of, in the order in which they were folded, masked."""
    viewer.require("raw.read")
    row = _find(session, viewer, system, callid, nth)
    masking = _masking(session, system, berlin_day(row["started_at"]), f"{callid}|{nth}")
    for stay in _stays(session, row):
        if stay["agent"]:
            masking.agent(stay["agent"])
    events = _events(session, row)
    lines = masked_lines([(event["kind"], event.pop("payload"), event.pop("settings")) for event in events], masking)
    return [
        {**event, "received_at": _local(event["received_at"]), "line": line, "stage_text": STAGES[event["stage"]]}
        for event, line in zip(events, lines, strict=True)
    ]


def _events(session: Session, row: Row) -> list[Row]:
    """The raw events of a call with what is left of each."""
    places = [unpack_ref(ref) for ref in row["events"]]
    events = _fetch(
        session,
        """SELECT so.name AS source, so.kind, so.settings, st.name AS stream, r.position, r.received_at, r.payload,
                  r.content_hash, st.numbers_gone_to, st.redacted_to
           FROM unnest(%(streams)s::int[], %(positions)s::bigint[]) WITH ORDINALITY AS e (stream_id, position, place)
           JOIN raw_event r USING (stream_id, position)
           JOIN stream st ON st.id = r.stream_id JOIN source so ON so.id = st.source_id ORDER BY e.place""",
        {"streams": [stream for stream, _ in places], "positions": [position for _, position in places]},
    )
    for event in events:
        altered = event.pop("content_hash") != content_hash(event["payload"])
        watermarks = event.pop("numbers_gone_to"), event.pop("redacted_to")
        event["stage"] = stage_of(event["payload"], altered, event["position"], *watermarks)
    return events


def _find(session: Session, viewer: Viewer, system: str, callid: str, nth: int) -> Row:
    """The call, if there is one that this viewer may see; raises NotFound without a difference."""
    unknown = NotFound("call.unknown", "Diesen Anruf gibt es nicht.", system=system, callid=callid, nth=nth)
    if "\0" in system + callid:
        raise unknown
    found = _fetch(
        session,
        f"""SELECT {_CALL}, c.events FROM call c JOIN system sy ON sy.id = c.system_id
            WHERE sy.name = %(system)s AND c.callid = %(callid)s AND c.nth = %(nth)s""",
        {"system": system, "callid": callid, "nth": nth},
    )
    if not found or not viewer.may_see_partner(found[0]["partner"]):
        raise unknown
    return found[0]


def _stays(session: Session, row: Row) -> list[Row]:
    return _fetch(
        session,
        """SELECT stay_no, queue, entered_at, start_unknown, outcome, answered_at, ended_at, ended_by, wait_s, talk_s,
                  wrapup_s, agent, attempts_failed
           FROM stay WHERE system_id = %(system_id)s AND callid = %(callid)s AND nth = %(nth)s ORDER BY stay_no""",
        row,
    )


def _shown(row: Row, names: dict[str, str]) -> Row:
    """A call as every viewer sees it."""
    area = row["caller_area"]
    return {
        **{name: row[name] for name in ("system", "callid", "nth", "also")},
        "started_at": _local(row["started_at"]),
        **{name: row[name] for name in ("queue", "service", "answered", "refused", "open", "talk_s", "stays")},
        "generated": row["generated"],
        "attribution": {
            "partner": row["partner"],
            "name": names.get(row["partner"] or ""),
            "likely": row["likely"],
            "method": row["method"],
            "dialled": row["dialled"] or None,
            "caller": f"{area} ***" if area else None,
        },
    }


def quarantined_line(session: Session, row_id: int) -> Row:
    """One line that could not be read, as it may be shown: where it stood, why, and what it says. Raises NotFound."""
    row, stream, payload = telephony.quarantined_row(session, row_id)
    masking = _masking(
        session, stream.source.system.name, berlin_day(row.after_at or row.received_at), f"line {row.id}"
    )
    (line,) = masked_lines([(stream.source.kind, payload, stream.source.settings)], masking)
    return {
        "id": row.id,
        "source": stream.source.name,
        **telephony.place_of(row, stream)._asdict(),
        "position": row.position if row.position >= 0 else None,
        "reason": row.reason,
        "detail": masking.leftovers(masking.text(row.detail)),
        "received_at": row.received_at,
        "after_at": row.after_at,
        "before_at": row.before_at,
        "state": row.state,
        "retried_at": row.retried_at,
        "asked": row.retry_asked_at is not None,
        "retryable": row.payload is None,
        "payload": line,
    }


def _masking(session: Session, system: str, day: date, call: str) -> Masking:
    """Masking with the known area codes; all names of one person have the same pseudonym, in this call only."""
    names = directory.agent_names(session)
    key = settings().secret
    return Masking(
        directory.attribution_tables(session).area_codes,
        lambda agent: pseudonym(names.on((system, agent), day) or agent, f"{system}|{call}", key),
    )


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(BERLIN).isoformat()


def _fetch(session: Session, query: str, parameters: Row) -> list[Row]:
    db = cursor(session)
    rows: Iterable[Any] = db.execute(query, parameters).fetchall()
    assert db.description is not None
    names = [column.name for column in db.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
