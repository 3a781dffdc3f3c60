"""The questionnaire of a municipality that has not decided: by a link, without an account, saved as one types.

The link's secret stands in the address once; from then on a cookie of this browser session has it, so that it is in no
history, no log and no referrer.
"""

from __future__ import annotations

from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.billing.rules.questionnaire import FIELDS, MONTHS
from wfm.billing.service import questionnaires
from wfm.billing.service.accession_answers import inhabitants
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.directory.queries import partner_names, service_names
from wfm.web.language import gettext as _
from wfm.web.language import language
from wfm.web.shell import back_to, page

blp = Blueprint("questionnaire", __name__, url_prefix="/fragebogen")
COOKIE = "wfm_questionnaire"


@blp.get("")
@access.public
def form() -> AnyResponse:
    """The questionnaire that the link is about"""
    if secret := request.args.get("link"):
        with transaction() as session:
            questionnaires.open_link(session, secret)
        answer: Any = redirect(url_for("questionnaire.form"), 303)
        answer.set_cookie(
            COOKIE, secret, secure=request.is_secure, httponly=True, samesite="Lax", path=url_for("questionnaire.form")
        )
        return _unlisted(answer)
    with transaction() as session:
        found = questionnaires.open_link(session, _secret())
        return _show(session, questionnaires.state_of(session, found))


@blp.post("")
@access.public
def save() -> AnyResponse:
    """Keep what was typed, right or wrong"""
    access.check_origin()
    with transaction() as session:
        state = questionnaires.save(session, _secret(), _sent())
        return _show(session, state, status=422 if state.read.errors else 200)


@blp.get("/abgeben")
@access.public
def back() -> AnyResponse:
    """Where a refused form was sent to, asked for once more: the questionnaire, with what was typed"""
    return _unlisted(redirect(url_for("questionnaire.form"), 303))


@blp.post("/abgeben")
@access.public
def hand_in() -> AnyResponse:
    """Keep it and hand it in; what is wrong is told at its field, and stays"""
    access.check_origin()
    with transaction() as session:
        state = questionnaires.save(session, _secret(), _sent())
    try:
        with transaction() as session:
            questionnaires.hand_in(session, _secret())
    except BadInput:
        with transaction() as session:
            return _show(session, state, status=422, refused=True)
    return _unlisted(back_to("questionnaire.form", notice=_("Vielen Dank: Der Fragebogen ist abgegeben.")))


def _secret() -> str:
    return request.cookies.get(COOKIE, "")


def _sent() -> dict[str, Any]:
    sent: dict[str, Any] = {name: request.form[name] for name in FIELDS if name in request.form and name != "services"}
    if "services_asked" in request.form:
        sent["services"] = request.form.getlist("services")
    return sent


def _show(session: Session, state: questionnaires.State, *, status: int = 200, refused: bool = False) -> Response:
    services = service_names(session)
    names = get_month_names("wide", context="stand-alone", locale=language())
    partner = state.questionnaire.partner
    answer = page(
        "accession/questionnaire.html",
        status,
        state=state,
        typed=state.typed,
        errors={name: _(message) for name, message in state.read.errors.items()},
        refused=refused,
        partner=partner_names(session)[partner],
        inhabitants=inhabitants(session, partner),
        services=sorted(services.items(), key=lambda item: item[1]),
        service_names=services,
        chosen=state.typed.get("services", list(services)),
        months=MONTHS,
        told_names=FIELDS,
        month_names=[names[number] for number in range(1, 13)],
        months_open=any(name in state.read.errors or state.typed.get(name) for name in MONTHS),
    )
    return _unlisted(answer)


def _unlisted(answer: Any) -> Any:
    """No search engine keeps it, whoever posts the link somewhere."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer
