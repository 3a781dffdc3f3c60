"""What planning assumes, dated: how queues are to be staffed, terms of work, shrinkage, skill groups."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound, WfmError
from wfm.core.intervals import Days
from wfm.directory.queries import queue_labels, targets_on
from wfm.directory.rules.dated import Validity
from wfm.reporting.queries import DEFAULT_TARGET
from wfm.staffing.queries import time_spent
from wfm.staffing.service import assumptions as assumed
from wfm.web.assumption_kinds import ASSUMPTION_KINDS, AssumptionKind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.planning import ABSENT, LOSSES, MODELS, SOURCES
from wfm.web.shell import back_to, page

blp = Blueprint("assumptions", __name__, url_prefix="/planung/annahmen")

#: So far back the share of pauses is measured.
MEASURED_DAYS = 90
Values = dict[str, Any]


@blp.get("")
@requires("staffing.read")
def overview() -> Response:
    """All assumptions, what holds where none is entered, and what facts say of pauses"""
    with transaction() as session:
        listed = {slug: list(assumed.assumptions(session, about.kind)) for slug, about in ASSUMPTION_KINDS.items()}
        for slug, about in ASSUMPTION_KINDS.items():
            if wanted := about.listing.wanted():
                return about.listing.file(wanted, listed[slug])
        labels = queue_labels(session)
        paused = _paused(session)
        today = berlin_day(now())
        shrinkage = assumed.shrinkage_of(listed["schwund"], today)
    return page(
        "staffing/assumptions.html",
        pages=ASSUMPTION_KINDS,
        listed=listed,
        queues=labels,
        paused=paused,
        measured_days=MEASURED_DAYS,
        shrinkage=shrinkage,
        today=today,
        models=MODELS,
        losses=LOSSES,
        absent=ABSENT,
        sources=SOURCES,
        default_target=DEFAULT_TARGET,
        default_model=MODELS[assumed.DEFAULT_MODEL],
        default_occupancy=float(assumed.DEFAULT_MAX_OCCUPANCY),
        default_confidence=float(assumed.DEFAULT_CONFIDENCE),
    )


@blp.get("/<slug>/neu")
@requires("staffing.write")
def new(slug: str) -> Response:
    """A form for one kind of assumption"""
    given = {name: value.replace("\0", "") for name, value in request.args.items()}
    return _show(_about(slug), slug, Form({"valid_from": berlin_day(now()).isoformat()} | given))


@blp.post("/<slug>/neu")
@requires("staffing.write")
def add(slug: str) -> AnyResponse:
    """Let an assumption hold from its first day on; what held until then ends the day before"""
    about = _about(slug)
    form = read_form(about.form)
    if not form.errors:
        try:
            with transaction() as session:
                values = dict(form.data)
                validity = _validity(values.pop("valid_from"), values.pop("valid_to"))
                key_name = assumed.KINDS[about.kind].key
                key = values.pop(key_name) if key_name else None
                assumed.assume(session, about.kind, key, validity, _meant(about.kind, values), by=viewer().actor)
            return back_to("assumptions.overview", notice=_("Die Annahme ist eingetragen."))
        except WfmError as error:
            form.refuse(error)
    return _show(about, slug, form)


@blp.post("/<slug>/<int(max=9007199254740991):assumption_id>/zuruecknehmen")
@requires("staffing.write")
def withdraw(slug: str, assumption_id: int) -> AnyResponse:
    """Take out an assumption that should never have been there"""
    with transaction() as session:
        assumed.withdraw(session, _about(slug).kind, assumption_id, by=viewer().actor)
    return back_to("assumptions.overview", notice=_("Die Annahme ist zurückgenommen."))


def _show(about: AssumptionKind, slug: str, form: Form) -> Response:
    with transaction() as session:
        labels = queue_labels(session)
        targets = [(one.name, one.label) for one in targets_on(session, berlin_day(now()))]
    return page(
        "staffing/assumption.html",
        form.status,
        about=about,
        slug=slug,
        form=form,
        queues=labels,
        chosen_queues=request.form.getlist("queues"),
        targets=targets,
        models=[(key, _(name)) for key, name in MODELS.items()],
        losses=[(key, _(name)) for key, name in LOSSES.items()],
        sources=[(key, _(name)) for key, name in SOURCES.items()],
    )


def _about(slug: str) -> AssumptionKind:
    if slug not in ASSUMPTION_KINDS:
        raise NotFound("assumption.kind", "Diese Art von Annahme gibt es nicht.")
    return ASSUMPTION_KINDS[slug]


def _validity(first: Any, last: Any) -> Validity:
    if last is not None and last < first:
        raise BadInput("assumption.days", "Der letzte Tag liegt vor dem ersten.", field="valid_to")
    return Validity.of(first, last)


def _meant(kind: str, typed: Values) -> Values:
    """Per cent as shares, euros as cents, each with as many places as are kept."""
    meant = dict(typed)
    if kind == "parameters":
        meant["max_occupancy"] = None if typed["max_occupancy"] is None else _share(typed["max_occupancy"], 3)
        meant["confidence"] = _share(typed["confidence"], 3)
    elif kind == "terms":
        euros = meant.pop("euros_per_hour")
        meant["cents_per_hour"] = None if euros is None else round(euros * 100)
        meant["weekly_hours"] = _decimal(typed["weekly_hours"], 2)
        meant["posts"] = None if typed["posts"] is None else _decimal(typed["posts"], 2)
        meant["leaving_a_year"] = _share(typed["leaving_a_year"], 3)
    elif kind == "shrinkage":
        meant["share"] = _share(typed["share"], 4)
    else:
        meant["cost_factor"] = _decimal(typed["cost_factor"], 3)
    return meant


def _share(percent: float, places: int) -> Decimal:
    return _decimal(percent / 100, places)


def _decimal(value: float, places: int) -> Decimal:
    return Decimal(f"{value:.{places}f}")


def _paused(session: Session) -> float | None:
    """The share of logged-on time that agents paused lately; None where nobody was logged on."""
    today = berlin_day(now())
    spent = time_spent(session, Days(today - timedelta(days=MEASURED_DAYS), today))
    return spent.paused_s / spent.staffed_s if spent.staffed_s else None
