"""Accession of municipalities: questionnaires, decision papers, drafts of agreements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.accession_schemas import GREATEST_ID, MOST_CENTS
from wfm.billing.formats import draft as drafts
from wfm.billing.formats import paper as papers
from wfm.billing.formats.blocks import as_pdf
from wfm.billing.rules.questionnaire import FIELDS, MONTHS
from wfm.billing.service import questionnaires
from wfm.billing.service.agreement_draft import agreement_data
from wfm.billing.service.decision_paper import Asked, decision_paper
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.core.intervals import MONTH_NAMES
from wfm.directory.queries import partner_names, service_names
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import N_, language
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("accession_pages", __name__, url_prefix="/beitritt")
NUMBER = "<int(max=9007199254740991):number>"

STATES: Mapping[str, tuple[str, str]] = {
    "open": ("info", N_("offen")),
    "handed_in": ("success", N_("abgegeben")),
    "closed": ("warning", N_("geschlossen")),
    "expired": ("warning", N_("abgelaufen")),
}
#: What the questionnaire asks, for whoever reads answers.
QUESTIONS: Mapping[str, str] = {
    "inhabitants_disputed": N_("Was an der Einwohnerzahl nicht stimmt"),
    "calls_a_year": N_("Anrufe im Jahr"),
    "calls_source": N_("Woher die Zahl stammt"),
    "hours": N_("Gewünschte Servicezeiten"),
    "services": N_("Gewünschte Leistungen"),
    "wished_start": N_("Gewünschter Beginn"),
    "switchboard": N_("Telefonzentrale und Warteschlangen"),
    "bus_entries": N_("Stand der Einträge im BUS"),
    "contact_office": N_("Zuständige Stelle"),
    "questions": N_("Offene Fragen"),
}
LIST = Listing(
    "Fragebögen",
    (
        column("Nummer", lambda state: state.questionnaire.id, Kind.COUNT),
        column("Partner", lambda state: state.questionnaire.partner),
        column("Stand", lambda state: STATES[state.word][1]),
        column("angelegt", lambda state: state.questionnaire.made_at, Kind.MOMENT),
        column("gültig bis", lambda state: state.questionnaire.expires_at, Kind.MOMENT),
        column("abgegeben", lambda state: state.questionnaire.handed_in_at, Kind.MOMENT),
        column("Fassung", "version", Kind.COUNT),
    ),
)


#: Changes on a page; a file has all.
MOST_CHANGES = 200
CHANGES = Listing(
    "Fassungen",
    (
        column("Fassung", "version", Kind.COUNT),
        column("gespeichert", "saved_at", Kind.MOMENT),
        column("Frage", lambda change: QUESTIONS.get(change.field) or MONTH_NAMES[MONTHS.index(change.field)]),
        column("vorher", "before"),
        column("nachher", "after"),
    ),
)


class NewSchema(fields.Schema):
    """How long a link is good."""

    days = fields.Whole(at_least=1, at_most=questionnaires.MOST_DAYS, load_default=questionnaires.DAYS)


class PaperSchema(fields.Schema):
    """What a paper is reckoned with."""

    cost_euros = fields.Whole(at_least=0, at_most=MOST_CENTS // 100)
    audience = fields.Text(choices=("council", "centre"), load_default="council")


class DraftSchema(fields.Schema):
    """Terms to write into a draft."""

    terms = fields.Whole(at_least=1, at_most=GREATEST_ID)


@blp.get("")
@requires("accession.read")
def overview() -> Response:
    """Partners that may join, and their questionnaires"""
    with transaction() as session:
        states = questionnaires.questionnaires(session, viewer())
        if wanted := LIST.wanted():
            return LIST.file(wanted, states)
        names = {key: name for key, name in partner_names(session).items() if viewer().may_see_partner(key)}
        return page("accession/overview.html", states=states, words=STATES, names=names)


@blp.get("/<partner>")
@requires("accession.read")
def partner(partner: str) -> Response:
    """A partner's questionnaires and answers, and the way to its papers"""
    return _partner(partner, Form())


@blp.post("/<partner>/fragebogen")
@requires("accession.write")
def ask(partner: str) -> AnyResponse:
    """A new questionnaire; its link is on the answer, and nowhere else"""
    typed = read_form(NewSchema)
    if typed.errors:
        return _partner(partner, typed)
    with transaction() as session:
        made, secret = questionnaires.ask(session, viewer(), partner, days=typed.data["days"])
        link = url_for("questionnaire.form", link=secret, _external=True)
        name = partner_names(session)[partner]
        return page("accession/link.html", made=made, link=link, partner=partner, name=name)


@blp.get(f"/fragebogen/{NUMBER}/fassungen")
@requires("accession.read")
def versions(number: int) -> Response:
    """What each version of a questionnaire changed"""
    with transaction() as session:
        rows = questionnaires.changes(session, viewer(), number)
        if wanted := CHANGES.wanted():
            return CHANGES.file(wanted, rows)
        partner = questionnaires.find(session, viewer(), number).partner
        name = partner_names(session)[partner]
    words = {field: _(question) for field, question in QUESTIONS.items()} | _months()
    shown = rows[:MOST_CHANGES]
    return page("accession/versions.html", rows=shown, more=len(rows) - len(shown), number=number, partner=partner,
                name=name, questions=words)  # fmt: skip


@blp.post(f"/fragebogen/{NUMBER}/oeffnen")
@requires("accession.write")
def reopen(number: int) -> AnyResponse:
    """Let a questionnaire that was handed in be changed again"""
    with transaction() as session:
        found = questionnaires.reopen(session, viewer(), number)
    return back_to("accession_pages.partner", partner=found.partner, notice=_("Der Fragebogen ist wieder offen."))


@blp.post(f"/fragebogen/{NUMBER}/schliessen")
@requires("accession.write")
def close(number: int) -> AnyResponse:
    """End a link for good"""
    with transaction() as session:
        found = questionnaires.close(session, viewer(), number)
    return back_to("accession_pages.partner", partner=found.partner, notice=_("Der Fragebogen ist geschlossen."))


@blp.get("/<partner>/unterlage")
@requires("accession.read")
def paper(partner: str) -> Response:
    """The decision paper"""
    asked = read_query(PaperSchema)
    found = _paper(partner, {} if asked.errors else asked.data)
    document = papers.document_of(found)
    return _document("accession/paper.html", document, partner, found["name"], asked=asked,
                     pdf=_address("accession_pages.paper_pdf", partner, asked))  # fmt: skip


@blp.get("/<partner>/unterlage.pdf")
@requires("accession.read")
def paper_pdf(partner: str) -> Response:
    """The decision paper as PDF"""
    found = _paper(partner, read_query(PaperSchema).checked())
    content = as_pdf(papers.document_of(found), footer=papers.footer_of(found))
    return _file(content, f"entscheidungsunterlage-{partner}")


@blp.get("/<partner>/vereinbarung")
@requires("accession.read")
def agreement(partner: str) -> Response:
    """The draft of the agreement"""
    asked = read_query(DraftSchema)
    data = _draft(partner, {} if asked.errors else asked.data)
    return _document("accession/agreement.html", drafts.document_of(data), partner, data["name"], asked=asked,
                     pdf=_address("accession_pages.agreement_pdf", partner, asked))  # fmt: skip


@blp.get("/<partner>/vereinbarung.pdf")
@requires("accession.read")
def agreement_pdf(partner: str) -> Response:
    """The draft of the agreement as PDF"""
    data = _draft(partner, read_query(DraftSchema).checked())
    content = as_pdf(drafts.document_of(data), footer=drafts.footer_of(data))
    return _file(content, f"vereinbarung-entwurf-{partner}")


def _months() -> dict[str, str]:
    """What the questions after single months are called, in the reader's language."""
    names = get_month_names("wide", context="stand-alone", locale=language())
    calls = _("Anrufe")
    return {field: f"{calls}, {names[number]}" for number, field in enumerate(MONTHS, 1)}


def _partner(partner: str, form: Form) -> Response:
    with transaction() as session:
        names = partner_names(session)
        viewer().require_partner(partner)
        if partner not in names:
            raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=partner)
        states = questionnaires.questionnaires(session, viewer(), partner)
        services = service_names(session)
    return page(
        "accession/partner.html",
        form.status,
        partner=partner,
        name=names[partner],
        states=states,
        words=STATES,
        services=services,
        questions=[(name, _(QUESTIONS[name])) for name in FIELDS if name not in MONTHS],
        form=form,
        days=questionnaires.DAYS,
    )


def _paper(partner: str, data: Mapping[str, Any]) -> dict[str, Any]:
    euros = data.get("cost_euros")
    asked = Asked(partner, None if euros is None else 100 * euros, data.get("audience") == "centre")
    with transaction() as session:
        return decision_paper(session, viewer(), asked)


def _draft(partner: str, data: Mapping[str, Any]) -> dict[str, Any]:
    with transaction() as session:
        return agreement_data(session, viewer(), partner, terms_id=data.get("terms"))


def _document(
    template: str, document: Mapping[str, Any], partner: str, name: str, *, asked: Form, pdf: str
) -> Response:
    return page(template, asked.status, document=document, partner=partner, name=name, pdf=pdf, asked=asked)


def _address(endpoint: str, partner: str, asked: Form) -> str:
    """The same as a file."""
    kept: dict[str, Any] = {} if asked.errors else asked.kept
    return url_for(endpoint, partner=partner, **kept)


def _file(content: bytes, name: str) -> Response:
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
