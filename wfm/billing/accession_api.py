"""Accession over the interface: decision papers, questionnaires."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.billing import accession_examples as ex
from wfm.billing.accession_schemas import (
    DraftArguments,
    DraftSchema,
    NewQuestionnaireSchema,
    PaperArguments,
    PaperSchema,
    QuestionnaireSchema,
)
from wfm.billing.formats import draft as drafts
from wfm.billing.formats import paper as papers
from wfm.billing.formats.blocks import as_pdf
from wfm.billing.service import questionnaires
from wfm.billing.service.agreement_draft import agreement_data
from wfm.billing.service.decision_paper import Asked, decision_paper
from wfm.core.db import transaction
from wfm.core.problems import CONTENT_TYPE, ProblemSchema
from wfm.core.web import Blueprint
from wfm.reporting.downloads import also_as, download

blp = Blueprint("accession", __name__, description="Beitritt: Fragebogen, Entscheidungsunterlage, Vereinbarungsentwurf")

Item = dict[str, Any]
NUMBER = "<int(max=9007199254740991):number>"


@blp.get("/accession/<partner>/paper")
@blp.arguments(PaperArguments, location="query")
@also_as(blp, "pdf")
@blp.response(200, PaperSchema, example=ex.PAPER)
@requires("accession.read")
def paper(arguments: Item, partner: str) -> Response:
    """What a council has to know before a municipality joins: figures, cost, duties, open points"""
    asked = Asked(partner, arguments["cost_cents"], arguments["audience"] == "centre")
    with transaction() as session:
        found = decision_paper(session, viewer(), asked)
    if arguments["form"] == "json":
        return jsonify(found)
    content = as_pdf(papers.document_of(found), footer=papers.footer_of(found))
    return download(content, "pdf", f"entscheidungsunterlage-{partner}")


@blp.get("/accession/<partner>/agreement")
@blp.arguments(DraftArguments, location="query")
@also_as(blp, "pdf")
@blp.response(200, DraftSchema, example=ex.DRAFT)
@requires("accession.read")
def agreement(arguments: Item, partner: str) -> Response:
    """A draft of the agreement, with what is open marked; to be checked by lawyers"""
    with transaction() as session:
        data = agreement_data(session, viewer(), partner, terms_id=arguments["terms"])
    document = drafts.document_of(data)
    if arguments["form"] == "json":
        return jsonify({name: document[name] for name in ("title", "about", "open_points", "sections")})
    return download(as_pdf(document, footer=drafts.footer_of(data)), "pdf", f"vereinbarung-entwurf-{partner}")


@blp.get("/accession/<partner>/questionnaires")
@blp.response(200, QuestionnaireSchema(many=True), example=[ex.QUESTIONNAIRE])
@requires("accession.read")
def asked_of(partner: str) -> Any:
    """Questionnaires of a partner with their newest answers, the newest first"""
    with transaction() as session:
        return [_shown(state) for state in questionnaires.questionnaires(session, viewer(), partner)]


@blp.post("/accession/<partner>/questionnaires")
@blp.arguments(NewQuestionnaireSchema, example={"days": 60})
@blp.response(201, QuestionnaireSchema, example=ex.MADE)
@requires("accession.write")
def ask(arguments: Item, partner: str) -> Any:
    """A questionnaire for a partner; its link is in this answer and nowhere else"""
    with transaction() as session:
        made, secret = questionnaires.ask(session, viewer(), partner, days=arguments["days"])
        return _shown(questionnaires.state_of(session, made)) | {"link": f"/fragebogen?link={secret}"}


@blp.post(f"/accession/questionnaires/{NUMBER}/reopen")
@blp.response(200, QuestionnaireSchema, example={**ex.QUESTIONNAIRE, "state": "open", "handed_in_at": None})
@blp.alt_response(409, schema=ProblemSchema, content_type=CONTENT_TYPE, example=ex.NOT_HANDED_IN)
@requires("accession.write")
def reopen(number: int) -> Any:
    """Let a questionnaire that was handed in be changed again"""
    with transaction() as session:
        return _of(session, questionnaires.reopen(session, viewer(), number))


@blp.post(f"/accession/questionnaires/{NUMBER}/close")
@blp.response(200, QuestionnaireSchema, example={**ex.QUESTIONNAIRE, "state": "closed"})
@requires("accession.write")
def close(number: int) -> Any:
    """End a questionnaire's link for good"""
    with transaction() as session:
        return _of(session, questionnaires.close(session, viewer(), number))


def _of(session: Session, found: Any) -> Item:
    return _shown(questionnaires.state_of(session, found))


def _shown(state: questionnaires.State) -> Item:
    found = state.questionnaire
    return {
        "id": found.id,
        "partner": found.partner,
        "state": state.word,
        "made_at": found.made_at,
        "expires_at": found.expires_at,
        "handed_in_at": found.handed_in_at,
        "version": state.version,
        "answers": state.read.answers.to_json(),
        "errors": {name: str(text) for name, text in state.read.errors.items()},
    }
