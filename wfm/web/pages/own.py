"""One's own figures: for whoever takes calls, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, Response

from wfm.accounts import access
from wfm.accounts.models import AuditEntry
from wfm.accounts.rules.purposes import PURPOSES, SCOPES
from wfm.accounts.service import agreements
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.reporting.formats.column import Column, Kind, Row, at, day_at
from wfm.reporting.persons import looks_at, own_figures
from wfm.web import charts
from wfm.web.figures import last_day
from wfm.web.forms import read_query
from wfm.web.language import gettext as _
from wfm.web.language import number, short_day
from wfm.web.lists import Listing, column
from wfm.web.pages.purposes import AGREEMENTS, named
from wfm.web.shell import page

blp = Blueprint("own", __name__)

A_WEEK = timedelta(days=7)


def _others(name: str, places: int) -> Callable[[Row], float | None]:
    """A mean of the others, to the places that the page shows: a file must not tell more of them than the page."""
    read = at("others", name)
    return lambda row: None if read(row) is None else round(float(read(row)), places)


WEEKS = Listing(
    "Wochen",
    (
        Column("woche_ab", "Woche ab", Kind.DAY, "", day_at("week")),
        column("angenommen", "answered", Kind.COUNT),
        column("AHT", "aht_s", Kind.MEAN),
        Column("aht_der_anderen", "AHT der anderen", Kind.MEAN, "", _others("aht_s", 0)),
        column("je Stunde", "answered_per_hour", Kind.MEAN),
        Column("je_stunde_die_anderen", "je Stunde, die anderen", Kind.MEAN, "", _others("answered_per_hour", 1)),
        column("Pausenanteil", "paused_share", Kind.SHARE),
        Column("pausenanteil_der_anderen", "Pausenanteil der anderen", Kind.SHARE, "", _others("paused_share", 3)),
    ),
)
DAYS = Listing(
    "Tage",
    (
        Column("tag", "Tag", Kind.DAY, "", day_at("date")),
        column("angenommen", "answered", Kind.COUNT),
        *(
            column(title, name, Kind.DURATION)
            for title, name in (
                ("Gespräch", "talk_s"),
                ("Nachbearbeitung", "wrapup_s"),
                ("AHT", "aht_s"),
                ("angemeldet", "logged_on_s"),
                ("bereit", "ready_s"),
                ("Pause", "paused_s"),
            )
        ),
    ),
)

LOOKS = Listing(
    "Wer Ihre Zahlen angesehen hat",
    (
        column("Zeit", "at", Kind.INSTANT),
        column("Wer", "actor"),
        column("Zweck", "purpose"),
        column("Was", "what"),
    ),
)


class MonthSchema(fields.Schema):
    """Which month."""

    month = fields.MonthField()


@blp.get("/meine-zahlen")
@access.requires("own.read")
def figures() -> Response:
    """One's own days and weeks, the mean of the others where they are enough, and who has looked"""
    today = berlin_day(now())
    asked = read_query(MonthSchema)
    month: Month = asked.data.get("month") or Month.of(today)
    viewer = access.viewer()
    if viewer.agent is None:
        return page("agents/own.html", asked.status, asked=asked, report=None, month=month)
    with transaction() as session:
        report = own_figures(session, viewer, whole_weeks(month))
        if wanted := WEEKS.wanted(asked):
            return WEEKS.file(wanted, report["weeks"])
        if wanted := DAYS.wanted(asked):
            return DAYS.file(wanted, report["days"])
        looks = looks_at(session, viewer.agent)
        every = agreements.list_agreements(session)
        concerning = [one for one in every if agreements.as_rule(one).concerns(viewer.agent)]
        if wanted := AGREEMENTS.wanted():
            return AGREEMENTS.file(wanted, named(session, concerning))
    if wanted := LOOKS.wanted():
        return LOOKS.file(wanted, [_look(look, who) for look, who in looks])
    return page(
        "agents/own.html",
        asked.status,
        asked=asked,
        report=report,
        month=month,
        before=Month.of(month.first - timedelta(days=1)),
        after=month.next if month.next.first <= today else None,
        picture=_picture(report["days"]),
        looks=looks,
        last_day=last_day,
        agreements=concerning,
        in_force={one.id for one in concerning if agreements.as_rule(one).in_force(today)},
        purposes=PURPOSES,
        scopes=SCOPES,
    )


def _look(look: AuditEntry, who: str) -> Row:
    """Who looked at one's figures, for what, and which days."""
    details = look.details or {}
    titles = {str(purpose): about.title for purpose, about in PURPOSES.items()}
    return {
        "at": look.at,
        "actor": who,
        "purpose": titles.get(str(look.purpose), "Prüfung am Terminal"),
        "what": f"Ihre Tage {details['from']} bis {last_day(details)}"
        if look.object_kind == "agent"
        else "alle, die Anrufe annehmen",
    }


def whole_weeks(month: Month) -> Days:
    """The calendar weeks that a month touches."""
    last = month.next.first - timedelta(days=1)
    return Days(_monday(month.first), _monday(last) + A_WEEK)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _picture(days: list[dict[str, object]]) -> object:
    labels = [short_day(date.fromisoformat(str(row["date"]))) for row in days]
    answered = [float(str(row["answered"])) for row in days]
    title = _("Angenommene Anrufe je Tag")
    return charts.month_bars(title, labels, [charts.Series(_("angenommen"), answered)], number) if days else None
