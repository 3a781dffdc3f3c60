"""Where everybody begins: the figures of their role, what waits for them, and the ways on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, url_for

from wfm.accounts import access
from wfm.accounts.rules import Viewer
from wfm.billing.service import reports
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.reporting.overview import at_a_glance, waiting
from wfm.reporting.rules.waits import share
from wfm.web import language
from wfm.web.duties import duties
from wfm.web.figures import calls_url
from wfm.web.first_steps import first_steps
from wfm.web.language import gettext as _
from wfm.web.language import ngettext
from wfm.web.navigation import navigation
from wfm.web.shell import page

blp = Blueprint("home", __name__)
Values = dict[str, Any]


@blp.get("/")
@access.signed_in
def start() -> Response:
    """The first page, by role"""
    viewer = access.viewer()
    with transaction() as session:
        seen = at_a_glance(session, viewer.partner) if viewer.may("usage.read") else None
        left = waiting(session) | reports.waiting(session, viewer)
        steps = first_steps(session, viewer)
        own_duties = duties(session, viewer)
    return page(
        "home.html",
        groups=navigation(viewer),
        figures=_figures(seen, viewer) if seen else [],
        simulated=bool(seen and any(sums["generated"] for sums in seen.values())),
        waiting=_waiting(left, viewer),
        steps=steps,
        duties=own_duties,
    )


def _figures(seen: dict[str, dict[str, int]], viewer: Viewer) -> list[Values]:
    """Calls of today, of this month and of the month before, each leading on."""
    today = berlin_day(now())
    month = Month.of(today)
    cell = {"partner": viewer.partner} if viewer.partner else {}
    spans = (
        ("today", _("Anrufe heute"), calls_url(Days(today, today + timedelta(days=1)), **cell)),
        ("month", _("Anrufe im %(month)s bisher", month=language.month(month)), _usage(month)),
        ("last_month", _("Anrufe im %(month)s", month=language.month(month.earlier(1))), _usage(month.earlier(1))),
    )
    return [_figure(seen[name], label, url) for name, label, url in spans]


def _usage(month: Month) -> str:
    return url_for("usage.month", month=str(month))


def _figure(sums: dict[str, int], label: str, url: str) -> Values:
    note = _(
        "angenommen %(rate)s, mittlere Wartezeit %(wait)s",
        rate=language.percent(share(sums["calls_answered"], sums["calls"])),
        wait="–" if not sums["waited"] else f"{language.number(sums['wait_s'] / sums['waited'], 1)} s",
    )
    return {
        "label": label,
        "value": language.number(sums["calls"]),
        "note": note if sums["calls"] else "",
        "url": url,
        "definition": _(
            "Anrufe von Bürgern: einer über alle seine Aufenthalte, abgewiesene eingeschlossen; am Tag seines Beginns."
        ),
    }


def _waiting(left: dict[str, int], viewer: Viewer) -> list[Values]:
    """What this reader can do something about."""
    tasks = (
        (
            "quarantine.manage",
            "quarantine.overview",
            left["quarantine"],
            ngettext("%(num)d Zeile ist nicht lesbar", "%(num)d Zeilen sind nicht lesbar", left["quarantine"]),
        ),
        (
            "directory.write",
            "mapping.overview",
            left["queues"],
            ngettext("%(num)d Warteschlange ist unbekannt", "%(num)d Warteschlangen sind unbekannt", left["queues"]),
        ),
        (
            "months.close",
            "months.overview",
            left["months"],
            ngettext(
                "%(num)d Monat wartet auf die Bestätigung des Abschlusses",
                "%(num)d Monate warten auf die Bestätigung des Abschlusses",
                left["months"],
            ),
        ),
        (
            "settlement.release",
            "settlements.overview",
            left["settlements"],
            ngettext(
                "%(num)d Abrechnung wartet auf die Freigabe",
                "%(num)d Abrechnungen warten auf die Freigabe",
                left["settlements"],
            ),
        ),
        (
            "settlement.release",
            "settlements.overview",
            left["objections"],
            ngettext(
                "Über %(num)d Widerspruch ist zu entscheiden",
                "Über %(num)d Widersprüche ist zu entscheiden",
                left["objections"],
            ),
        ),
        (
            "agreements.sign",
            "purposes.overview",
            left["agreements"],
            ngettext(
                "%(num)d Vereinbarung wartet auf Ihre Unterschrift",
                "%(num)d Vereinbarungen warten auf Ihre Unterschrift",
                left["agreements"],
            ),
        ),
    )
    return [
        {"text": words, "url": url_for(endpoint) if endpoint in current_app.view_functions else ""}
        for permission, endpoint, count, words in tasks
        if count and viewer.may(permission)
    ]
