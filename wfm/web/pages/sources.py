"""Sources: how they are, how far each was read, and what arrived on which day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from wfm.accounts.access import requires
from wfm.core import fields
from wfm.core.clock import BERLIN, berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.core.intervals import Days, Month
from wfm.reporting.completeness import completeness_report
from wfm.reporting.formats.column import Column, Kind, moment_at
from wfm.telephony import queries
from wfm.telephony.models import Source, Stream
from wfm.web.figures import gap_text
from wfm.web.forms import read_query
from wfm.web.language import N_
from wfm.web.lists import Listing, column
from wfm.web.shell import page

blp = Blueprint("sources", __name__, url_prefix="/quellen")

KINDS = {
    "queue_log": N_("Protokolldatei (queue_log)"),
    "queue_log_table": N_("Datenbanktabelle"),
    "cdr": N_("Einzelverbindungen (CDR)"),
    "events": N_("Ereignisse über HTTP"),
}
QUARTER = timedelta(minutes=15)
SOURCES = Listing(
    "Quellen",
    (
        column("Quelle", "name"),
        column("simuliert", "generated"),
        column("Zustand", lambda row: row["health"][1]),
        column("neuestes Ereignis", "newest_event_at", Kind.MOMENT),
        column("Rückstand", "lag_s", Kind.DURATION),
        column("zuletzt empfangen", "last_received_at", Kind.MOMENT),
        column("Ereignisse", "events", Kind.COUNT),
        column("in Quarantäne", "quarantined", Kind.COUNT),
        column("Art", lambda row: KINDS.get(row["kind"], row["kind"])),
        column("Telefonanlage", "system"),
        column("Rang", "rank", Kind.COUNT),
    ),
)
STREAMS = Listing(
    "Woraus gelesen wurde",
    (
        column("Datei, Tabelle oder Verbindung", "name"),
        column("Zeilen", "lines", Kind.COUNT),
        column("gelesen bis", "position", Kind.COUNT),
        column("ausgewertet bis", "projected", Kind.COUNT),
        column("erstes Ereignis", "first_at", Kind.MOMENT),
        column("letztes Ereignis", "last_at", Kind.MOMENT),
    ),
)
GAPS = Listing(
    "Lücken",
    (
        column("Quelle", "source", meaning="Leer: die Zählung selbst."),
        Column("von", "von", Kind.MOMENT, "", moment_at("start")),
        Column("bis", "bis", Kind.MOMENT, "", moment_at("end")),
        column("was fehlt", gap_text),
    ),
)
#: So many files or gaps are shown; the download has them all.
SHOWN = 200
Row = dict[str, Any]


class State(StrEnum):
    """What a day, or a quarter of an hour, of a source is: the worst that is known of it."""

    GAPS = "gaps"
    UNREADABLE = "unreadable"
    RESTARTED = "restarted"
    LATE = "late"
    COMPLETE = "complete"
    NOTHING = "nothing"


#: How each state is told: kind of badge, word.
STATES = {
    State.GAPS: ("danger", N_("Lücken")),
    State.UNREADABLE: ("warning", N_("nicht lesbar")),
    State.RESTARTED: ("warning", N_("Neustart")),
    State.LATE: ("info", N_("verspätet")),
    State.COMPLETE: ("success", N_("vollständig")),
    State.NOTHING: ("", N_("nichts")),
}


class NameSchema(fields.Schema):
    """Which source to show."""

    name = fields.Line(max_length=200, required=True)


class MonthSchema(fields.Schema):
    """Which month to show."""

    monat = fields.MonthField()


class DaySchema(fields.Schema):
    """Which day to show."""

    tag = fields.Day(required=True)


@blp.get("")
@requires("completeness.read")
def overview() -> Response:
    """All sources and how they are"""
    with transaction() as session:
        rows = [_with_health(row._asdict()) for row in session.execute(queries.sources().order_by(Source.name))]
    if wanted := SOURCES.wanted():
        return SOURCES.file(wanted, rows)
    return page("sources/sources.html", rows=rows, kinds=KINDS)


@blp.get("/quelle")
@requires("completeness.read")
def source() -> Response:
    """One source, and how far its files, tables or connections were read"""
    name = read_query(NameSchema).data.get("name")
    with transaction() as session:
        row = session.execute(queries.sources().where(Source.name == name)).one_or_none() if name else None
        if row is None:
            raise NotFound("source.unknown", "Diese Quelle gibt es nicht.")
        streams = session.execute(queries.streams(str(name)).order_by(Stream.id.desc())).mappings().all()
    if wanted := STREAMS.wanted():
        return STREAMS.file(wanted, streams)
    return page(
        "sources/source.html",
        row=_with_health(row._asdict()),
        streams=streams[:SHOWN],
        more=len(streams) - SHOWN,
        kinds=KINDS,
    )


@blp.get("/vollstaendigkeit")
@requires("completeness.read")
def completeness() -> Response:
    """A month: what arrived of each source on each day, and what is missing"""
    chosen = read_query(MonthSchema)
    month = chosen.data.get("monat") or Month.of(berlin_day(now()))
    with transaction() as session:
        report = completeness_report(session, month.days)
        names = _names(session)
    if wanted := GAPS.wanted(chosen):
        return GAPS.file(wanted, report["gaps"])
    days = [_day(day, report, names) for day in month.days]
    return page(
        "sources/completeness.html",
        chosen.status,
        chosen=chosen,
        month=month,
        days=days,
        names=names,
        report=report,
        states=STATES,
        shown=SHOWN,
    )


@blp.get("/vollstaendigkeit/tag")
@requires("completeness.read")
def day() -> Response:
    """A day of all sources by quarter of an hour"""
    chosen = read_query(DaySchema)
    if chosen.errors:
        raise NotFound("day.unknown", "Diesen Tag gibt es nicht.")
    asked: date = chosen.data["tag"]
    days = Days(asked, asked + timedelta(days=1))
    with transaction() as session:
        report = completeness_report(session, days)
    names = sorted({row["source"] for row in report["rows"]})
    quarters = list(_quarters(days, report, names))
    return page("sources/day.html", day=asked, names=names, quarters=quarters, report=report, states=STATES)


def _with_health(row: Row) -> Row:
    """A source with the worst that is known of it, and how far its newest event lies back."""
    if row["trouble"]:
        health = ("danger", N_("Störung"))
    elif row["quarantined"]:
        health = ("warning", N_("Zeilen in Quarantäne"))
    elif row["unprojected"]:
        health = ("info", N_("wird ausgewertet"))
    elif not row["events"]:
        health = ("info", N_("noch nichts empfangen"))
    else:
        health = ("success", N_("in Ordnung"))
    newest = row["newest_event_at"]
    return row | {"health": health, "lag_s": (now() - newest).total_seconds() if newest else None}


def _names(session: Session) -> list[str]:
    return [row.name for row in session.execute(queries.sources().order_by(Source.name))]


def _state(rows: Sequence[Row], gaps: Sequence[Row]) -> State:
    if gaps:
        return State.GAPS
    if any(row["unreadable"] for row in rows):
        return State.UNREADABLE
    if any(row["restarted"] for row in rows):
        return State.RESTARTED
    if any(row["late"] for row in rows):
        return State.LATE
    return State.COMPLETE if any(row["arrived"] for row in rows) else State.NOTHING


def _day(day: date, report: Row, names: Sequence[str]) -> Row:
    """A day's state by source; what concerns the count itself stands apart."""
    span = Days(day, day + timedelta(days=1))
    gaps = [gap for gap in report["gaps"] if _touches(gap, span.begins_at, span.ends_at)]
    rows = [row for row in report["rows"] if datetime.fromisoformat(row["start"]).date() == day]
    sources = {}
    for name in names:
        mine = [row for row in rows if row["source"] == name]
        arrived = sum(row["arrived"] for row in mine)
        sources[name] = (_state(mine, [gap for gap in gaps if gap["source"] == name]), arrived)
    return {"day": day, "sources": sources, "count": [gap_text(gap) for gap in gaps if gap["source"] is None]}


def _quarters(days: Days, report: Row, names: Sequence[str]) -> Iterator[Row]:
    """Every quarter of an hour of a day, of which a day of 25 hours has 100."""
    known: Mapping[tuple[str, str], Row] = {(row["source"], row["start"]): row for row in report["rows"]}
    uneven = days.ends_at - days.begins_at != timedelta(days=1)
    at = days.begins_at
    while at < days.ends_at:
        local = at.astimezone(BERLIN)
        told = f"{local:%H:%M}" + (f" (UTC+{local:%z})"[:9] + ")" if uneven else "")
        cells = {}
        for name in names:
            row = known.get((name, local.isoformat()))
            gaps = [gap for gap in report["gaps"] if gap["source"] == name and _touches(gap, at, at + QUARTER)]
            cells[name] = (_state([row] if row else [], gaps), row)
        yield {"time": told, "sources": cells}
        at += QUARTER


def _touches(gap: Row, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a gap, whose ends may be unknown, reaches into a stretch of time."""
    begins = datetime.fromisoformat(gap["start"]) if gap["start"] else starts_at
    ends = datetime.fromisoformat(gap["end"]) if gap["end"] else ends_at
    return begins < ends_at and (ends > starts_at or starts_at <= begins == ends)
