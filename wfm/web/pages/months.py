"""Months: how far they are, what stands against closing one, and its closing by two people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.queries import names_of_actors
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.core.intervals import Month
from wfm.directory.queries import partner_names
from wfm.reporting import months as reading
from wfm.reporting.formats.column import Column, Kind, day_at, moment_at
from wfm.reporting.formats.queues_and_usage import CAUSES, CORRECTIONS, corrections
from wfm.reporting.month_api import known
from wfm.reporting.month_schemas import NewCorrectionSchema
from wfm.reporting.service import closing
from wfm.reporting.service.corrections import OBJECTED, SHORTS, accept_objection, withdraw_objection
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column, wanted_file
from wfm.web.shell import back_to, page

blp = Blueprint("months", __name__, url_prefix="/abrechnung/monate")

STATES = {
    "open": ("info", N_("offen")),
    "asked": ("warning", N_("Abschluss beantragt")),
    "closed": ("success", N_("abgeschlossen")),
}
KINDS = {
    "not_over": N_("Monat läuft noch"),
    "earlier_open": N_("früherer Monat offen"),
    "unprojected": N_("nicht ausgewertet"),
    "uncounted": N_("noch nicht gezählt"),
    "mapping": N_("Zuordnung geändert"),
    "missing": N_("Ereignisse verloren"),
    "unreadable": N_("nicht lesbar"),
    "never": N_("nie angekommen"),
    "broken": N_("Summen stimmen nicht"),
    "open_calls": N_("Anrufe nicht zu Ende"),
    "queue": N_("Warteschlange ohne Zuordnung"),
    "number": N_("Rufnummer ohne Zuordnung"),
}
#: Sums that an objection may change, as the form and the list name them.
DIFFERENCES = {
    "calls": N_("Anrufe"),
    "calls_answered": N_("angenommene Anrufe"),
    "offered": N_("Aufenthalte in Warteschlangen"),
    "answered": N_("angenommene Aufenthalte"),
    "talk_s": N_("Gespräch in Sekunden"),
    "started_minutes": N_("begonnene Minuten"),
    "short_5": N_("angenommene Anrufe unter 5 s Gespräch"),
    "short_10": N_("angenommene Anrufe unter 10 s Gespräch"),
    "short_15": N_("angenommene Anrufe unter 15 s Gespräch"),
    "short_20": N_("angenommene Anrufe unter 20 s Gespräch"),
    "short_30": N_("angenommene Anrufe unter 30 s Gespräch"),
    "short_60": N_("angenommene Anrufe unter 60 s Gespräch"),
}
_MONTH = "/<string(maxlength=7):month>"

MONTHS = Listing(
    "Monate",
    (
        Column("monat", "Monat", Kind.MONTH, "", day_at("first")),
        column("Stand", lambda row: STATES[row["state"]][1]),
        column("Anrufe", "calls", Kind.COUNT),
        column("Hindernisse", "obstacles", Kind.COUNT, "Des Monats, der als nächster abzuschließen ist."),
        column("gebuchte Korrekturen", "booked", Kind.COUNT),
        column("wartende Korrekturen", "waiting", Kind.COUNT),
        column("beantragt von", "asked_name"),
        Column("beantragt", "beantragt", Kind.MOMENT, "", moment_at("asked_at")),
        column("abgeschlossen von", "closed_name"),
        Column("abgeschlossen", "abgeschlossen", Kind.MOMENT, "", moment_at("closed_at")),
        column("Prüfwert", "content_hash"),
    ),
)
OBSTACLES = Listing(
    "Was dem Abschluss entgegensteht",
    (
        column("Art", lambda row: KINDS[row["kind"]]),
        column("Näheres", "text"),
        column("Zahl", "count", Kind.COUNT),
        column("darf begründet werden", "may_be_overridden"),
    ),
)
OVERRIDES = Listing(
    "Wofür jemand einsteht",
    (
        column("Art", lambda row: KINDS[row["kind"]]),
        column("was", "key"),
        column("Zahl", "count", Kind.COUNT),
        column("Begründung", "reason"),
        column("von", "made_name"),
        Column("am", "am", Kind.MOMENT, "", moment_at("made_at")),
    ),
)
CORRECTED = Listing("Korrekturen", CORRECTIONS)
TO_BOOK = Listing("Zu buchen", CORRECTIONS)
OBJECTIONS = Listing(
    "Berichtigungen, die noch zu buchen sind",
    (
        column("Monat", "month"),
        column("Partner", "name"),
        column("AGS", "partner"),
        *(column(title, name, Kind.COUNT) for name, title in DIFFERENCES.items()),
        column("Begründung", "reason"),
        column("von", "made_name"),
        Column("am", "am", Kind.MOMENT, "", moment_at("made_at")),
    ),
)


class ReasonsSchema(fields.Schema):
    """Why somebody answers for obstacles, one reason for each kind that they may answer for."""

    missing = fields.Line(max_length=500)
    unreadable = fields.Line(max_length=500)
    never = fields.Line(max_length=500)
    broken = fields.Line(max_length=500)
    open_calls = fields.Line(max_length=500)
    queue = fields.Line(max_length=500)
    number = fields.Line(max_length=500)


@blp.get("")
@access.requires("completeness.read")
def overview() -> Response:
    """Months and how far they are"""
    with transaction() as session:
        rows = [_named(session, row) for row in reading.list_months(session)]
    if wanted := MONTHS.wanted():
        return MONTHS.file(wanted, rows)
    return page("months/months.html", rows=rows, states=STATES)


@blp.get(_MONTH)
@access.requires("completeness.read")
def month(month: str) -> Response:
    """One month: what stands against closing it, who asked, what was corrected"""
    return _show(month, Form())


@blp.post(f"{_MONTH}/antrag")
@access.requires("months.close")
def ask(month: str) -> AnyResponse:
    """Ask for a month to be closed"""
    typed = read_form(ReasonsSchema)
    if not typed.errors:
        try:
            with transaction() as session:
                closing.ask_to_close(session, access.viewer(), known(session, month), typed.data)
            return back_to("months.month", month=month, notice=_("Beantragt: eine zweite Person bestätigt."))
        except WfmError as error:
            typed.refuse(error)
    return _show(month, typed)


@blp.post(f"{_MONTH}/antrag/zurueckziehen")
@access.requires("months.close")
def withdraw(month: str) -> AnyResponse:
    """Take the request back, or refuse it"""
    with transaction() as session:
        closing.withdraw(session, access.viewer(), known(session, month))
    return back_to("months.month", month=month, notice=_("Der Antrag ist zurückgezogen."))


@blp.post(f"{_MONTH}/abschluss")
@access.requires("months.close")
def close(month: str) -> AnyResponse:
    """Close a month that another person asked for"""
    typed = Form()
    try:
        with transaction() as session:
            closing.close_month(session, access.viewer(), known(session, month))
        return back_to("months.month", month=month, notice=_("Der Monat ist abgeschlossen."))
    except WfmError as error:
        typed.refuse(error)
    return _show(month, typed)


@blp.post(f"{_MONTH}/berichtigung")
@access.requires("months.close")
def correct(month: str) -> AnyResponse:
    """Correct a closed month because somebody objected"""
    typed = read_form(NewCorrectionSchema)
    if not typed.errors:
        partner, reason = typed.data.pop("partner"), typed.data.pop("reason")
        try:
            with transaction() as session:
                accept_objection(session, access.viewer(), known(session, month), partner, typed.data, reason)
            return back_to("months.month", month=month, notice=_("Eingetragen: gebucht mit dem nächsten Abschluss."))
        except WfmError as error:
            typed.refuse(error)
    return _show(month, typed)


@blp.post(f"{_MONTH}/berichtigung/<int(max=9007199254740991):number>/zurueckziehen")
@access.requires("months.close")
def withdraw_correction(month: str, number: int) -> AnyResponse:
    """Take a correction back that waits to be booked"""
    typed = Form()
    try:
        with transaction() as session:
            withdraw_objection(session, access.viewer(), known(session, month), number)
        return back_to("months.month", month=month, notice=_("Die Berichtigung ist zurückgezogen."))
    except NotFound:
        raise
    except WfmError as error:
        typed.refuse(error)
    return _show(month, typed)


def _show(told: str, form: Form) -> Response:
    with transaction() as session:
        chosen = known(session, told)
        report = _named(session, reading.month_report(session, chosen))
        partners = partner_names(session)
    rows, to_book = corrections(report), corrections({"corrections": report["to_book"]})
    lists = {OBSTACLES: report["obstacles"], OVERRIDES: report["overrides"], OBJECTIONS: report["objections"]}
    if (file := wanted_file((*lists.items(), (CORRECTED, rows), (TO_BOOK, to_book)))) is not None:
        return file
    kinds = list(dict.fromkeys(one["kind"] for one in report["obstacles"] if one["may_be_overridden"]))
    return page(
        "months/month.html",
        form.status,
        month=chosen,
        report=report,
        corrections=rows,
        to_book=to_book,
        causes=CAUSES,
        states=STATES,
        kinds=KINDS,
        to_answer_for=kinds,
        partners=sorted(partners.items(), key=lambda item: item[1]),
        differences=DIFFERENCES,
        objected=OBJECTED,
        shorts=SHORTS,
        blocked=any(not one["may_be_overridden"] for one in report["obstacles"]),
        mend={one["kind"]: url for one in report["obstacles"] if (url := _mend(one, chosen))},
        form=form,
    )


def _named(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    """With the names of those who asked, closed and answer for something, for people to read."""
    made = [*row.get("overrides", ()), *row.get("objections", ())]
    actors = [row["asked_by"], row["closed_by"], *(one["made_by"] for one in made)]
    names = names_of_actors(session, actors)
    for one in made:
        one["made_name"] = names.get(one["made_by"], one["made_by"])
    return row | {
        "first": f"{row['month']}-01",
        "asked_name": names.get(row["asked_by"], row["asked_by"]),
        "closed_name": names.get(row["closed_by"], row["closed_by"]),
    }


def _mend(obstacle: dict[str, Any], month: Month) -> str | None:
    """The page that mends an obstacle, if this reader may see it."""
    complete = ("completeness.read", "sources.completeness", {"monat": str(month)})
    places: dict[str, tuple[str, str, dict[str, Any]]] = {
        "earlier_open": ("completeness.read", "months.month", {"month": obstacle["key"]}),
        "unreadable": ("quarantine.read", "quarantine.overview", {"quelle": obstacle["key"]}),
        "mapping": ("directory.write", "imports.form", {}),
        "queue": ("directory.write", "mapping.overview", {}),
        "number": ("directory.write", "mapping.overview", {}),
        **dict.fromkeys(("missing", "never", "unprojected", "uncounted", "broken", "open_calls"), complete),
    }
    permission, endpoint, query = places.get(obstacle["kind"], ("", "", {}))
    return url_for(endpoint, **query) if endpoint and access.viewer().may(permission) else None
