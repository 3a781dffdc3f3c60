"""From a figure to the calls behind it, their stays, and the raw events they were read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer, pseudonym
from wfm.core.clock import BERLIN, berlin_day, from_micros
from wfm.core.config import settings
from wfm.core.errors import BadInput, NotFound
from wfm.core.paging import DEFAULT_LIMIT, Page, Statement, fetch_page, read_cursor, write_cursor
from wfm.directory import service as directory
from wfm.directory.rules.dated import DatedMap
from wfm.directory.rules.numbers import mask
from wfm.queues.models import Call, Stay
from wfm.queues.service.projection import reading_of
from wfm.reporting.rules.masking import masked_event
from wfm.telephony.adapters import decoder
from wfm.telephony.models import RawEvent, Stream, System
from wfm.telephony.rules.events import RawRow, TelephonyEvent, pack_ref, unpack_ref

Row = dict[str, Any]

#: In place of a partner's or service's key: calls that have none.
NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """Which calls are asked for: those of a cell of the usage report, of the queue report, or of both.

    `days` are days of calls (of their first stay), as usage counts them. `entered` is when a stay entered, as queue
    reports count; `queue` and `outcome` are of such a stay.
    """

    days: tuple[date, date] | None = None
    partner: str | None = None
    service: str | None = None
    method: str | None = None
    entered: tuple[datetime, datetime] | None = None
    queue: str | None = None
    outcome: str | None = None


def find_calls(
    session: Session, viewer: Viewer, cell: Cell, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[Row]:
    """The calls behind a cell that this viewer may see, in the order of time."""
    statement = _calls(viewer)
    if cell.days is not None:
        statement = statement.where(Call.day >= cell.days[0], Call.day < cell.days[1])
    for column, wanted in ((Call.partner, cell.partner), (Call.service, cell.service)):
        if wanted is not None:
            statement = statement.where(column.is_(None) if wanted == NOBODY else column == wanted)
    if cell.method is not None:
        statement = statement.where(Call.method == cell.method)
    if cell.entered is not None or cell.queue is not None or cell.outcome is not None:
        statement = statement.where(_has_stay(cell))
    order = [Call.day, Call.started_at, Call.system_id, Call.callid, Call.nth]
    page = fetch_page(session, statement, order, cursor=cursor, limit=limit)
    return Page([_shown(row) for row in page.items], page.next)


def find_call(session: Session, viewer: Viewer, call_id: str) -> Row:
    """One call with its stays; raises NotFound for a foreign one too."""
    row = _call(session, viewer, call_id)
    key = (row.system_id, row.callid, row.nth)
    stays = session.scalars(
        select(Stay).where(tuple_(Stay.system_id, Stay.callid, Stay.nth) == key).order_by(Stay.stay_no)
    )
    names = directory.agent_names(session)
    return _shown(row) | {"stays": [_stay(stay, row.system, names, viewer) for stay in stays]}


def find_events(session: Session, viewer: Viewer, call_id: str) -> list[Row]:
    """The raw events of a call in the order of time, masked; each says where it stands in what was received."""
    row = _call(session, viewer, call_id)
    names, codes = directory.agent_names(session), directory.attribution_tables(session).area_codes
    found: dict[int, Row] = {}
    for stream_id, references in groupby(sorted(row.events), key=lambda ref: unpack_ref(ref)[0]):
        stream = session.get_one(Stream, stream_id)
        positions = [unpack_ref(ref)[1] for ref in references]
        raw = session.scalars(
            select(RawEvent).where(RawEvent.stream_id == stream_id, RawEvent.position.in_(positions))
        ).all()
        decoded = decoder(stream.source.kind)([RawRow(one.position, one.payload) for one in raw], reading_of(stream))
        told = {event.ref: event for event in decoded.events}
        for one in raw:
            ref = pack_ref(stream_id, one.position)
            event = told.get(ref)
            shown = _shown_persons(event, row.system, names, codes)
            found[ref] = _raw_event(stream, one, event) | {"raw": masked_event(one.payload, event, shown)}
    return [found[ref] for ref in row.events if ref in found]


def _calls(viewer: Viewer) -> Statement:
    stays = (
        select(func.count())
        .where(Stay.system_id == Call.system_id, Stay.callid == Call.callid, Stay.nth == Call.nth)
        .scalar_subquery()
    )
    statement = select(*Call.__table__.columns, System.name.label("system"), stays.label("stay_count")).join(
        System, System.id == Call.system_id
    )
    return statement if viewer.sees_all_partners else statement.where(Call.partner == viewer.partner)


def _has_stay(cell: Cell) -> Any:
    stays = select(1).where(Stay.system_id == Call.system_id, Stay.callid == Call.callid, Stay.nth == Call.nth)
    if cell.entered is not None:
        start, end = cell.entered
        stays = stays.where(Stay.day.between(berlin_day(start), berlin_day(end)))  # by the index
        stays = stays.where(Stay.entered_at >= start, Stay.entered_at < end)
    if cell.queue is not None:
        stays = stays.where(Stay.queue == cell.queue)
    if cell.outcome is not None:
        stays = stays.where(Stay.outcome == cell.outcome)
    return stays.exists()


def _call(session: Session, viewer: Viewer, call_id: str) -> Any:
    unknown = NotFound("call.unknown", "Diesen Anruf gibt es nicht.", call=call_id[:100])
    try:
        key = read_cursor(call_id, (int, str, int))
    except BadInput as error:
        raise unknown from error
    found = session.execute(_calls(viewer).where(tuple_(Call.system_id, Call.callid, Call.nth) == tuple(key))).first()
    if found is None:
        raise unknown
    return found


def _shown(row: Any) -> Row:
    call = row._asdict()
    names = "day started_at queue dialled caller_area service partner likely method answered refused open talk_s twice"
    identity = {"id": write_cursor((row.system_id, row.callid, row.nth)), "system": row.system, "callid": row.callid}
    return identity | {name: call[name] for name in names.split()} | {"stay_count": row.stay_count}


def _stay(stay: Stay, system: str, names: DatedMap[tuple[str, str], str], viewer: Viewer) -> Row:
    columns = "stay_no queue entered_at outcome start_unknown answered_at ended_at wait_s talk_s wrapup_s ended_by"
    row = {name: getattr(stay, name) for name in columns.split()}
    # Partners settle calls, not persons: not even a pseudonym goes outside the centre.
    hidden = stay.agent is None or not viewer.sees_all_partners
    return row | {
        "agent": None if hidden else _pseudonym(str(stay.agent), system, names, stay.day),
        "attempts_failed": stay.attempts_failed,
    }


def _pseudonym(agent: str, system: str, names: DatedMap[tuple[str, str], str], day: date) -> str:
    """One person has one pseudonym, by whatever name the telephone system calls them."""
    return pseudonym(names.on((system, agent), day) or agent, settings().secret)


def _shown_persons(
    event: TelephonyEvent | None, system: str, names: DatedMap[tuple[str, str], str], codes: Any
) -> dict[str, str]:
    if event is None:
        return {}
    shown = {event.caller: mask(event.caller, codes)} if event.caller else {}
    if event.agent:
        shown[event.agent] = _pseudonym(event.agent, system, names, berlin_day(from_micros(event.at)))
    return shown


def _raw_event(stream: Stream, raw: RawEvent, event: TelephonyEvent | None) -> Row:
    return {
        "source": stream.source.name,
        "stream": stream.name,
        "position": raw.position,
        "received_at": raw.received_at,
        "content_hash": raw.content_hash.hex(),
        "type": event.kind if event else None,
        "at": from_micros(event.at).astimezone(BERLIN) if event else None,
    }
