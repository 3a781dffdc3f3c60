"""Calls: the ones behind a figure of a report, and one call with all that is known of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from wfm.accounts.access import requires, viewer
from wfm.core.clock import BERLIN, berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.core.intervals import Month
from wfm.core.paging import DEFAULT_LIMIT, Page
from wfm.directory.service import partner_names, queue_labels
from wfm.queues.rules.attribution import CONFIDENCE
from wfm.reporting import drilldown
from wfm.reporting.call_address import call_id, call_key, cell_of
from wfm.reporting.call_schemas import CallArguments
from wfm.reporting.completeness import find_gaps
from wfm.reporting.formats.queues_and_usage import METHODS
from wfm.reporting.months import corrected_months
from wfm.web import language
from wfm.web.forms import Form, read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.shell import page
from wfm.web.usage_charts import Stretch, call_course

blp = Blueprint("calls", __name__, url_prefix="/anrufe")

OUTCOMES = {
    "offered": N_("eingelassen"),
    "answered": N_("angenommen"),
    "abandoned": N_("aufgelegt"),
    "otherwise": N_("weder angenommen noch aufgelegt"),
    "timeout": N_("Zeit abgelaufen"),
    "key": N_("per Taste verlassen"),
    "empty": N_("niemand angemeldet"),
    "withdrawn": N_("entnommen"),
    "lost": N_("verloren: die Telefonanlage fiel aus"),
    "open": N_("offen"),
    "refused": N_("abgewiesen"),
}
RESULTS = {"answered": N_("angenommen"), "refused": N_("abgewiesen")}
REASONS = {
    "dialled_number": N_("Die gewählte Rufnummer gehört diesem Partner."),
    "queue": N_("Die Warteschlange ist nur für diesen Partner da."),
    "agent_record": N_("So wurde es im Gespräch festgehalten."),
    "routing_115": N_("So hat ihn die Behördennummer 115 weitergeleitet."),
    "area_code": N_("Nur die Vorwahl deutet auf einen Partner, das ist eine Vermutung: der Anruf zählt bei keinem."),
    "unknown": N_("Nichts deutet auf einen Partner."),
}
ENDED_BY = {
    "caller": N_("Anrufer"),
    "agent": N_("Service"),
    "blind": N_("Weiterleitung ohne Rücksprache"),
    "attended": N_("Weiterleitung nach Rücksprache"),
    "transfer": N_("Weiterleitung"),
    "system": N_("Telefonanlage"),
    "restart": N_("Neustart der Telefonanlage"),
    "age": N_("lange nichts mehr gehört"),
    "unknown": N_("unbekannt"),
}
Values = dict[str, Any]


@blp.get("")
@requires("calls.read")
def search() -> Response:
    """The calls behind a figure"""
    form = read_query(CallArguments)
    asked = dict(form.data)
    cursor, limit = asked.pop("cursor", None), asked.pop("limit", DEFAULT_LIMIT)
    asked.pop("form", None)
    if not any(asked.get(name) for name in ("first", "last", "start", "end")):
        asked |= {"first": berlin_day(now()) - timedelta(days=7), "last": berlin_day(now())}
    typed = {name: value for name, value in form.values.items() if value and name not in ("cursor", "limit", "format")}
    typed |= {name: str(asked[key]) for name, key in (("from", "first"), ("to", "last")) if asked.get(key)}
    if asked.get("last"):  # for people the last day, half-open inside
        asked["last"] += timedelta(days=1)
    with transaction() as session:
        found = _found(session, form, asked, cursor, limit)
        corrected = [] if form.errors else _corrected(session, asked)
        partners = partner_names(session) if viewer().sees_all_partners else {}
        queues = queue_labels(session)
    return page(
        "calls/search.html",
        form.status,
        form=form,
        rows=[row | {"id": call_id(row)} for row in found.items],
        typed=typed,
        choices=_choices(partners, queues),
        methods=METHODS,
        corrected=corrected,
        next_url=f"{request.path}?{urlencode({**typed, 'cursor': found.next})}" if found.next else "",
        first_url=f"{request.path}?{urlencode(typed)}" if cursor else "",
        exports=_files(typed | ({"to": str(asked["last"])} if asked.get("last") else {})),
    )


def _found(session: Session, form: Form, asked: Values, cursor: str | None, limit: int) -> Page[Values]:
    """The calls asked for; none, with the reason at its field, if that makes no sense."""
    if not form.errors:
        try:
            return drilldown.calls(session, viewer(), cell_of(asked), cursor, limit)
        except BadInput as error:
            form.refuse(error)
    return Page([], None)


def _corrected(session: Session, asked: Values) -> list[Month]:
    """Closed months among those shown whose sums these calls are not, since some came later."""
    cell = cell_of(asked)
    return corrected_months(session, viewer(), cell.starts_at, cell.ends_at)


def _files(typed: Values) -> dict[str, str]:
    """The whole list, from the interface."""
    return {
        form: f"{url_for('reports.calls')}?{urlencode({**typed, 'format': form})}" for form in ("csv", "xlsx", "json")
    }


def _choices(partners: dict[str, str], queues: dict[str, str]) -> Values:
    """What the filters offer. A municipality has no partner to choose, and no queue list to read."""
    nobody = [("none", _("nicht zugeordnet"))]
    return {
        "partner": [*partners.items(), *nobody] if partners else [],
        "queue": [(name, label if label == name else f"{label} ({name})") for name, label in queues.items()]
        if partners
        else [],
        "method": [(name, _(METHODS[name][0])) for name in CONFIDENCE],
        "result": [(name, _(text)) for name, text in RESULTS.items()],
        "outcome": [(name, _(text)) for name, text in OUTCOMES.items()],
    }


@blp.get("/<string(maxlength=400):call>")
@requires("calls.read")
def show(call: str) -> Response:
    """One call: its stays, whose it is and why, and what it was read from"""
    key = call_key(call)
    with transaction() as session:
        found = drilldown.call(session, viewer(), *key)
        events = drilldown.raw_events(session, viewer(), *key) if viewer().may("raw.read") else None
        gaps = _gaps(session, found)
    return page(
        "calls/show.html",
        call=found,
        events=events,
        gaps=gaps,
        course=_course(found["stays"]) if found["stays"] else None,
        method=METHODS[found["attribution"]["method"]],
        reason=_(REASONS[found["attribution"]["method"]]),
        outcomes=OUTCOMES,
        ended_by=ENDED_BY,
        address=call,
    )


def _gaps(session: Session, call: Values) -> list[Values]:
    """What may be missing at the time of the call. A municipality is told only that something is."""
    begin = datetime.fromisoformat(call["started_at"])
    moments = [stay["ended_at"] or stay["answered_at"] or stay["entered_at"] for stay in call["stays"]]
    end = max([begin, *map(datetime.fromisoformat, moments)])
    gaps = find_gaps(session, begin, end + timedelta(seconds=1))
    return gaps if viewer().sees_all_partners else [{**gap, "source": None, "text": ""} for gap in gaps]


def _course(stays: list[Values]) -> Any:
    stretches = [
        Stretch(
            stay["queue"],
            datetime.fromisoformat(stay["entered_at"]),
            _moment(stay["answered_at"]),
            _moment(stay["ended_at"]),
            _told(stay),
        )
        for stay in stays
    ]
    return call_course(_("Verlauf des Anrufs"), stretches, (_("wartet"), _("spricht")))


def _told(stay: Values) -> str:
    return _(
        "%(queue)s ab %(at)s: %(outcome)s, Wartezeit %(wait)s, Gespräch %(talk)s",
        queue=stay["queue"],
        at=_clock(stay["entered_at"]),
        outcome=_(OUTCOMES[stay["outcome"]]),
        wait=language.duration(stay["wait_s"]),
        talk=language.duration(stay["talk_s"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _clock(text: str) -> str:
    """08:15:00 in Berlin."""
    return f"{datetime.fromisoformat(text).astimezone(BERLIN):%H:%M:%S}"
