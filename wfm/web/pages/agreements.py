"""Agreements: entered with a look at real months, corrected, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.models import Agreement
from wfm.billing.rules.words import euros, money
from wfm.billing.rules.written import tax_text
from wfm.billing.service import agreements as service
from wfm.billing.service import terms as terms_service
from wfm.billing.service.cases import Member
from wfm.billing.service.membership import differences
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Days, Month
from wfm.directory.queries import partner_names
from wfm.directory.rules import cells
from wfm.directory.rules.dated import ONE_DAY
from wfm.directory.service.kinds.partners import STATUS
from wfm.reporting.formats.column import Kind
from wfm.reporting.usage_year import months_with_calls
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.language import month as month_name
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page
from wfm.web.terms_form import PreviewForm, amount
from wfm.web.terms_preview import SHARES, STAGES, Looked, asked_for, known_months, look

blp = Blueprint("agreements", __name__, url_prefix="/abrechnung/vereinbarungen")

TREATMENTS: Mapping[str, str] = {
    "not_taxable": N_("nicht steuerbar (§ 2b UStG)"),
    "exempt": N_("steuerbefreit"),
    "taxed": N_("19 %"),
}
AGREEMENTS = Listing(
    "Vereinbarungen",
    (
        column("Partner", lambda row: row[0].partner),
        column("Regelung", lambda row: f"{row[1].name} ({row[1].version})"),
        column("erster Tag", lambda row: row[0].valid.start, Kind.DAY),
        column("letzter Tag", lambda row: row[0].valid.last_day, Kind.DAY, "Leer: bis auf Weiteres."),
        column("Fundstelle", lambda row: row[0].reference),
        column("Unterzeichnet am", lambda row: row[0].signed_on, Kind.DAY),
        column("Gewicht", lambda row: row[0].weight, Kind.COUNT),
        column("Fester Betrag", lambda row: None if row[0].fixed_cents is None else money(row[0].fixed_cents)),
        column("Umsatzsteuer", lambda row: tax_text(row[0].tax)),
        column("Grund des Endes", lambda row: row[0].ended_reason),
    ),
)


class AgreementForm(PreviewForm):
    """An agreement as people write it: cells of a row of the file, and what the preview asks for."""

    partner = fields.Line(max_length=20, required=True)
    terms_id = fields.Whole(at_least=1, at_most=2**53, required=True)
    valid_from = fields.Line(max_length=10, required=True)
    valid_to = fields.Line(max_length=10)
    reference = fields.Line(max_length=500)
    signed_on = fields.Line(max_length=10)
    weight = fields.Line(max_length=10)
    fixed_amount = fields.Line(max_length=30)
    tax = fields.Line(max_length=500)


class EndForm(fields.Schema):
    """When an agreement ends, and why."""

    last_day = fields.Day(required=True)
    reason = fields.Line(max_length=500, required=True)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """All agreements, and where the directory says something else"""
    today = berlin_day(now())
    with transaction() as session:
        listed = service.all_agreements(session)
        if wanted := AGREEMENTS.wanted():
            return AGREEMENTS.file(wanted, listed)
        names = partner_names(session)
        different = differences(session, Days(date(today.year - 1, 1, 1), date(today.year + 2, 1, 1)))
    return page(
        "billing/agreements.html",
        listed=listed,
        names=names,
        differences=different,
        today=today,
        statuses=STATUS,
        treatments=TREATMENTS,
    )


@blp.get("/neu")
@requires("settlement.write")
def new() -> Response:
    """Enter an agreement"""
    with transaction() as session:
        begun = dict.fromkeys((*AgreementForm._declared_fields, *EndForm._declared_fields), "")
        first = Month.of(berlin_day(now())).next.first
        begun |= {"stage": "plan", "valid_from": first.isoformat(), "tax": f"{first} nicht steuerbar"}
        return _show(session, Form(begun | known_months(session) | asked_for(AgreementForm._declared_fields)))


@blp.post("/neu")
@requires("settlement.write")
def add() -> AnyResponse:
    """Keep an agreement, or only see what it would mean"""
    return _keep(None)


@blp.get("/<int(max=9007199254740991):agreement_id>")
@requires("settlement.read")
def agreement(agreement_id: int) -> Response:
    """One agreement"""
    with transaction() as session:
        found = service.find_agreement(session, agreement_id)
        values = _typed(found) | {"stage": "plan"} | known_months(session)
        return _show(session, Form(values | asked_for(("first", "last", "stage", "amount"))), found)


@blp.post("/<int(max=9007199254740991):agreement_id>")
@requires("settlement.write")
def correct(agreement_id: int) -> AnyResponse:
    """Correct an agreement, or only see what that would mean"""
    return _keep(agreement_id)


@blp.post("/<int(max=9007199254740991):agreement_id>/beenden")
@requires("settlement.write")
def end(agreement_id: int) -> AnyResponse:
    """Let an agreement end, for a reason"""
    form = read_form(EndForm)
    with transaction() as session:
        known = service.find_agreement(session, agreement_id)
        if not form.errors:
            try:
                ends = form.data["last_day"], form.data["reason"]
                service.end_agreement(session, agreement_id, *ends, by=viewer().actor)
                return back_to("agreements.agreement", agreement_id=agreement_id, notice=_("Das Ende ist eingetragen."))
            except WfmError as error:
                form.refuse(error)
        session.rollback()
        form.values = _typed(known) | {"stage": "plan"} | known_months(session) | form.values
        return _show(session, form, known)


@blp.post("/<int(max=9007199254740991):agreement_id>/streichen")
@requires("settlement.write")
def withdraw(agreement_id: int) -> AnyResponse:
    """Take out an agreement that should never have been there"""
    with transaction() as session:
        service.withdraw(session, agreement_id, by=viewer().actor)
    return back_to("agreements.overview", notice=_("Die Vereinbarung ist gestrichen."))


def _keep(agreement_id: int | None) -> AnyResponse:
    form = read_form(AgreementForm)
    if not form.errors and "preview" not in request.form:
        try:
            with transaction() as session:
                terms = terms_service.find_terms(session, form.data["terms_id"])
                named = ("partner", "valid_from", "valid_to", "reference", "signed_on", "weight", "fixed_amount", "tax")
                row = {name: form.values[name] for name in named}
                row |= {"terms": terms.name, "version": str(terms.version)}
                if agreement_id is not None:
                    row["ended_reason"] = service.find_agreement(session, agreement_id).ended_reason
                made = service.enter(session, row, by=viewer().actor)
            notice = _("Die Vereinbarung ist eingetragen.")
            return back_to("agreements.agreement", agreement_id=made.id, notice=notice)
        except WfmError as error:
            form.refuse(error)
    with transaction() as session:
        known = None if agreement_id is None else service.find_agreement(session, agreement_id)
        form.values |= {"last_day": "", "reason": ""}
        return _show(session, form, known)


def _typed(known: Agreement) -> dict[str, str]:
    fixed = "" if known.fixed_cents is None else euros(known.fixed_cents)
    return {
        "partner": known.partner,
        "terms_id": str(known.terms_id),
        "valid_from": str(known.valid.start),
        "valid_to": str(known.valid.last_day or ""),
        "reference": known.reference,
        "signed_on": str(known.signed_on or ""),
        "weight": "" if known.weight is None else str(known.weight),
        "fixed_amount": fixed,
        "tax": tax_text(known.tax),
        "amount": "",
        "last_day": "",
        "reason": known.ended_reason,
    }


def _show(session: Session, form: Form, known: Agreement | None = None) -> Response:
    looked = _look(session, form)
    if looked and (wanted := SHARES.wanted()):
        return SHARES.file(wanted, looked.rows)
    kept: Any = {name: value for name, value in form.kept.items() if name in AgreementForm._declared_fields}
    months = months_with_calls(session) or [Month.of(berlin_day(now()))]
    agreed = [one for one in terms_service.all_terms(session) if one.state == "agreed"]
    return page(
        "billing/agreement.html",
        form.status,
        form=form,
        known=known,
        treatments=TREATMENTS,
        terms=None if known is None else terms_service.find_terms(session, known.terms_id),
        looked=looked,
        settled=[] if known is None else service.settled_with(session, known),
        agreed=[(one.id, f"{one.name} ({one.version}), {one.variant}") for one in agreed],
        choices={"stage": [(value, _(words)) for value, words in STAGES.items()]},
        months=[(str(month), month_name(month)) for month in reversed(months)],
        names=partner_names(session),
        preview_address=url_for("agreements.new", **kept)
        if known is None
        else url_for("agreements.agreement", agreement_id=known.id, **kept),
        action=url_for("agreements.add") if known is None else url_for("agreements.correct", agreement_id=known.id),
    )


def _look(session: Session, form: Form) -> Looked | None:
    """The shares if this agreement held: among all whom the same months' agreements bind."""
    values = form.values
    if form.errors or not values["partner"] or not values["terms_id"] or not values["valid_from"]:
        return None
    try:
        terms = terms_service.find_terms(session, int(values["terms_id"]))
        first, last = Month.parse(values["first"]), Month.parse(values["last"])
        if last < first:
            return Looked(_("Der letzte Monat liegt vor dem ersten."))
        begins = max(cells.day(values["valid_from"]), first.first)
        after = last.next.first
        if values["valid_to"]:
            after = min(after, cells.day(values["valid_to"]) + ONE_DAY)
        days = Days(begins, after)
        weight = int(values["weight"]) if values["weight"].isdigit() else None
        fixed = None
        if values["fixed_amount"]:
            fixed = amount(values["fixed_amount"], "fixed_amount")
    except WfmError as error:
        return Looked(_(error.message))
    except ValueError:
        return Looked(_("In diesen Monaten gilt die Vereinbarung an keinem Tag: bitte andere Monate wählen."))
    return look(session, form, terms, [Member(values["partner"], days, weight, fixed)])
