"""Closing of months over the interface: the list, a month, asking for its closing, closing it as a second person."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.core.intervals import Month
from wfm.core.problems import CONTENT_TYPE, ProblemSchema
from wfm.core.web import Blueprint
from wfm.directory.service import partner_names
from wfm.reporting import months as reading
from wfm.reporting.examples import CORRECTION
from wfm.reporting.month_schemas import (
    AskToCloseSchema,
    ClosingMonthSchema,
    MonthsSchema,
    NewCorrectionSchema,
    WaitingCorrectionSchema,
)
from wfm.reporting.service import closing, corrections

blp = Blueprint("closing", __name__, description="Monate abschließen: zwei Personen, dann ändert sich nichts mehr")

_MONTH = "/months/<string(maxlength=7):month>"
_CLOSED = {
    "month": "2026-09",
    "state": "closed",
    "asked_by": "person:4",
    "asked_at": "2026-10-05T09:12:00+02:00",
    "closed_by": "person:2",
    "closed_at": "2026-10-05T10:40:00+02:00",
    "content_hash": "9f2c5d0a7be14f6b0c3f1d6e8a2b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d",
}
LISTED = {"items": [_CLOSED | {"calls": 22759, "booked": 2, "waiting": 0, "obstacles": None}]}
MONTH = _CLOSED | {
    "versions": {"program": "0.4.0", "rules": 1, "definitions": [{"name": "115", "version": 1}], "wrapup_s": {}},
    "holds": True,
    "obstacles": [],
    "overrides": [],
    "corrections": [CORRECTION],
    "to_book": [],
    "objections": [],
}
_OBJECTION = {"partner": "03241003", "calls": -2, "calls_answered": -2, "offered": -2, "answered": -2, "talk_s": -180}
_REASON = {"reason": "Zwei Anrufe galten der Nachbarstadt"}
WAITING_CORRECTION = {
    "id": 12,
    "month": "2026-09",
    "name": "Burgdorf",
    **dict.fromkeys((*corrections.OBJECTED, *corrections.SHORTS), 0),
    **_OBJECTION,
    **_REASON,
    "made_by": "person:4",
    "made_at": "2026-11-26T09:12:00+01:00",
}
TOO_MUCH = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "code": "correction.too_much",
    "detail": "Davon sind im Monat nur 1 übrig; abgezogen werden sollen 2.",
    "errors": [{"field": "calls", "message": "Davon sind im Monat nur 1 übrig; abgezogen werden sollen 2."}],
}
BOOKED = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "code": "correction.booked",
    "detail": "Diese Berichtigung ist mit Oktober 2026 schon gebucht.",
}


@blp.get("/months")
@blp.response(200, MonthsSchema, example=LISTED)
@requires("completeness.read")
def listed() -> dict[str, Any]:
    """Months and how far they are, the newest first"""
    with transaction() as session:
        return {"items": reading.list_months(session)}


@blp.get(_MONTH)
@blp.response(200, ClosingMonthSchema, example=MONTH)
@requires("completeness.read")
def one(month: str) -> dict[str, Any]:
    """A month: state, what stands against closing it, corrections, hash"""
    with transaction() as session:
        return reading.month_report(session, known(session, month))


@blp.post(f"{_MONTH}/request")
@blp.arguments(AskToCloseSchema, example={"reasons": {"number": "Nebenstellen des Rathauses, niemandes Anrufe"}})
@blp.response(200, ClosingMonthSchema, example=MONTH | {"state": "asked", "closed_by": None, "closed_at": None})
@requires("months.close")
def ask(arguments: dict[str, Any], month: str) -> dict[str, Any]:
    """Ask for a month to be closed, with a token that belongs to a person"""
    with transaction() as session:
        asked = known(session, month)
        closing.ask_to_close(session, viewer(), asked, arguments["reasons"])
        return reading.month_report(session, asked)


@blp.delete(f"{_MONTH}/request")
@blp.response(200, ClosingMonthSchema, example=MONTH | {"state": "open", "closed_by": None, "closed_at": None})
@requires("months.close")
def withdraw(month: str) -> dict[str, Any]:
    """Take the request back, or refuse it"""
    with transaction() as session:
        asked = known(session, month)
        closing.withdraw(session, viewer(), asked)
        return reading.month_report(session, asked)


@blp.post(f"{_MONTH}/closure")
@blp.response(200, ClosingMonthSchema, example=MONTH)
@requires("months.close")
def close(month: str) -> dict[str, Any]:
    """Close a month that another person asked for; closing it again does nothing"""
    with transaction() as session:
        asked = known(session, month)
        closing.close_month(session, viewer(), asked)
        return reading.month_report(session, asked)


@blp.post(f"{_MONTH}/corrections")
@blp.arguments(NewCorrectionSchema, example=_OBJECTION | _REASON)
@blp.response(201, WaitingCorrectionSchema, example=WAITING_CORRECTION)
@blp.alt_response(422, schema=ProblemSchema, content_type=CONTENT_TYPE, example=TOO_MUCH)
@requires("months.close")
def correct(arguments: dict[str, Any], month: str) -> dict[str, Any]:
    """Correct a closed month because somebody objected: booked with the next month that closes"""
    partner, reason = arguments.pop("partner"), arguments.pop("reason")
    with transaction() as session:
        made = corrections.accept_objection(session, viewer(), known(session, month), partner, arguments, reason)
        return corrections.tell_objection(made, partner_names(session))


@blp.delete(f"{_MONTH}/corrections/<int(max=9007199254740991):number>")
@blp.response(200, WaitingCorrectionSchema, example=WAITING_CORRECTION)
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=BOOKED)
@requires("months.close")
def withdraw_correction(month: str, number: int) -> dict[str, Any]:
    """Take a correction back that waits to be booked; answers with what it was"""
    with transaction() as session:
        return corrections.withdraw_objection(session, viewer(), known(session, month), number)


def known(session: Session, told: str) -> Month:
    """The month of an address; raises NotFound for one that has neither calls nor a state."""
    try:
        month = Month.parse(told)
    except ValueError:
        month = None
    if month is None or str(month) not in {row["month"] for row in reading.months_known(session)}:
        raise NotFound("month.unknown", "Diesen Monat gibt es nicht: in ihm kam kein Anruf.")
    return month
