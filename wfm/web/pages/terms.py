"""Terms: how cost is to be shared. Drafted with a look at what they would cost whom in real months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.rules.counting import SHORT_CLASSES
from wfm.billing.rules.variants import TITLES, VARIANTS
from wfm.billing.service import terms as service
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Month
from wfm.directory.queries import partner_names
from wfm.reporting.usage_year import months_with_calls
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.language import month as month_name
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page
from wfm.web.terms_form import BEGIN, FIELDS, PreviewForm, TermsForm, dump, given, typed
from wfm.web.terms_preview import SHARES, STAGES, asked_for, known_months, look

blp = Blueprint("terms", __name__, url_prefix="/abrechnung/regelungen")

TERMS = Listing(
    "Regelungen",
    (
        column("Name", "name"),
        column("Fassung", lambda terms: str(terms.version)),
        column("Stand", lambda terms: service.STATES[terms.state]),
        column("Variante", "variant"),
        column("Parameter", lambda terms: dump(terms.parameters)),
        column("Zählweise", lambda terms: dump(terms.counting)),
        column("Schlüssel", lambda terms: dump(terms.keys)),
        column("Ablauf", lambda terms: dump(terms.cycle)),
        column("Anmerkung", "note"),
    ),
)
#: What can be chosen: name of the field -> value -> words.
CHOICES: dict[str, Mapping[str, str]] = {
    "calls": {
        "answered_calls": N_("angenommene Anrufe, jeder einmal"),
        "offered_calls": N_("alle Anrufe, auch nicht angenommene"),
        "answered_stays": N_("angenommene Anrufe, jede Weiterleitung noch einmal"),
    },
    "wrapup": {
        "reported": N_("nur gemeldete Nacharbeit"),
        "none": N_("keine Nacharbeit"),
        "reported_and_inferred": N_("gemeldete und geschätzte Nacharbeit"),
    },
    "unattributed": {
        "host": N_("trägt der Träger"),
        "usage": N_("nach zugeordneter Nutzung verteilt"),
        "inhabitants": N_("nach Einwohnern verteilt"),
    },
    "as_of": {"year_before": N_("31.12. des Vorjahres"), "fixed": N_("fester Tag")},
    "pro_rata": {"days": N_("Tagen"), "months": N_("Monaten (nur V1)")},
    "advances": {"0": N_("keine"), "1": "1", "2": "2", "4": "4", "12": "12"},
    "true_up": {"charge": N_("Nachzahlung oder Erstattung"), "carry_over": N_("Vortrag auf die nächsten Jahre")},
    "remainder": {
        "host": N_("trägt der Träger"),
        "shares": N_("nach Anteilen auf die Partner"),
        "inhabitants": N_("nach Einwohnern auf die Partner"),
    },
    "unit": {"second": N_("je Sekunde genau"), "started_minute": N_("je angefangene Minute")},
    "stage": STAGES,
}


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """All terms, and who is bound to them"""
    with transaction() as session:
        listed = service.all_terms(session)
        if wanted := TERMS.wanted():
            return TERMS.file(wanted, listed)
        users = {one.id: sorted({a.partner for a in service.used_by(session, one.id)}) for one in listed}
        names = partner_names(session)
    return page(
        "billing/terms_list.html", listed=listed, users=users, names=names, titles=TITLES, states=service.STATES
    )


@blp.get("/neu")
@requires("settlement.write")
def new() -> Response:
    """Write terms"""
    variant = request.args.get("variant", "V5")
    with transaction() as session:
        begun = {**BEGIN} | {"variant": variant if variant in VARIANTS else "V5"} | known_months(session)
        values = dict.fromkeys(TermsForm._declared_fields, "") | begun | asked_for(TermsForm._declared_fields)
        values["variant"] = begun["variant"]
        return _show(session, Form(values))


@blp.post("/neu")
@requires("settlement.write")
def add() -> AnyResponse:
    """Keep terms as a draft, or only see what they would cost"""
    return _keep(None)


@blp.get("/<int(max=9007199254740991):terms_id>")
@requires("settlement.read")
def version(terms_id: int) -> Response:
    """One version of terms, and what it would cost whom"""
    with transaction() as session:
        found = service.find_terms(session, terms_id)
        names = TermsForm._declared_fields if found.state == "draft" else PreviewForm._declared_fields
        values = typed(found) | {"stage": "plan"} | known_months(session) | asked_for(names)
        return _show(session, Form(values), found)


@blp.post("/<int(max=9007199254740991):terms_id>")
@requires("settlement.write")
def change(terms_id: int) -> AnyResponse:
    """Let a draft say something else, or only see what it would cost"""
    return _keep(terms_id)


@blp.post("/<int(max=9007199254740991):terms_id>/vereinbaren")
@requires("settlement.write")
def agree(terms_id: int) -> AnyResponse:
    """From now on partners can be bound to it, and nothing of it changes"""
    with transaction() as session:
        service.agree(session, terms_id, by=viewer().actor)
    return back_to("terms.version", terms_id=terms_id, notice=_("Die Regelung ist vereinbart."))


@blp.post("/<int(max=9007199254740991):terms_id>/zurueckziehen")
@requires("settlement.write")
def withdraw(terms_id: int) -> AnyResponse:
    """Nobody can be bound to it any more"""
    with transaction() as session:
        service.withdraw(session, terms_id, by=viewer().actor)
    return back_to("terms.overview", notice=_("Die Regelung ist zurückgezogen."))


@blp.post("/<int(max=9007199254740991):terms_id>/neue-fassung")
@requires("settlement.write")
def new_version(terms_id: int) -> AnyResponse:
    """A draft that says the same so far"""
    with transaction() as session:
        made = service.new_version(session, terms_id, by=viewer().actor)
    return back_to("terms.version", terms_id=made.id, notice=_("Die neue Fassung ist ein Entwurf."))


def _keep(terms_id: int | None) -> AnyResponse:
    form = read_form(TermsForm)
    only_look = "preview" in request.form
    if "variant" in form.errors:
        form.values["variant"] = "V5"
    if terms_id is None and not only_look and not form.values["name"]:
        form.errors.setdefault("name", []).append(_("Diese Angabe fehlt."))
    with transaction() as session:
        known = None if terms_id is None else service.find_terms(session, terms_id)
        if not form.errors and not only_look:
            try:
                if known is None:
                    said, note = given(form.values), form.values["note"]
                    made = service.draft(session, form.values["name"], said, note=note, by=viewer().actor)
                else:
                    made = service.change(
                        session, known.id, given(form.values), note=form.values["note"], by=viewer().actor
                    )
                return back_to("terms.version", terms_id=made.id, notice=_("Der Entwurf ist gespeichert."))
            except WfmError as error:
                session.rollback()
                form.refuse(error)
    with transaction() as session:
        known = None if terms_id is None else service.find_terms(session, terms_id)
        return _show(session, form, known)


def _show(session: Session, form: Form, known: Any = None) -> Response:
    kept: Any = form.kept
    looked = look(session, form, known)
    if looked and (wanted := SHARES.wanted()):
        return SHARES.file(wanted, looked.rows)
    months = months_with_calls(session)
    this = Month.of(berlin_day(now()))
    choices = {name: [(value, _(words)) for value, words in found.items()] for name, found in CHOICES.items()}
    choices["shorter_than_s"] = [
        (str(seconds), _("ab %(seconds)s s Gespräch", seconds=seconds) if seconds else _("alle"))
        for seconds in SHORT_CLASSES
    ]
    return page(
        "billing/terms.html",
        form.status,
        form=form,
        known=known,
        may_edit=viewer().may("settlement.write") and (known is None or known.state == "draft"),
        looked=looked,
        fields=FIELDS.get(form.values["variant"], ()),
        choices=choices,
        months=[(str(month), month_name(month)) for month in reversed(months or [this])],
        variants=[(name, f"{name}: {_(title)}") for name, title in TITLES.items()],
        states=service.STATES,
        preview_address=url_for("terms.new", **kept)
        if known is None
        else url_for("terms.version", terms_id=known.id, **kept),
        users=[] if known is None else service.used_by(session, known.id),
        names=partner_names(session),
        parameter_facts=_parameter_facts,
        action=url_for("terms.add") if known is None else url_for("terms.change", terms_id=known.id),
    )


def _parameter_facts(named: Sequence[tuple[str, str, str]], values: dict[str, str]) -> list[tuple[str, str]]:
    facts = [(f"{_(title)} ({_(hint).partition(',')[0]})", values[name] or "–") for name, title, hint in named]
    if values["classes"]:
        facts.append((_("Größenklassen"), values["classes"].replace("\n", "; ")))
    return facts
