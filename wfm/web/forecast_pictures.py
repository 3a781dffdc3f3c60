"""Pictures of forecasts: the past, what is expected and its intervals, events, errors by lead time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import start_of_day
from wfm.core.intervals import Days
from wfm.directory.models import Holiday
from wfm.forecasting.models import PlannedEvent
from wfm.forecasting.rules.event_kinds import KINDS
from wfm.web import charts, language
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.plots import Mark, Plot, seconds

Row = dict[str, Any]
#: How often intervals should hold.
GOAL = 0.8


class Marked(NamedTuple):
    """Days that are marked in a picture: a planned event (with its number) or a public holiday."""

    first_day: date
    last_day: date
    kind: str
    title: str
    event: int | None


def marked_days(session: Session, days: Days, queue: str | None) -> list[Marked]:
    """Planned events and public holidays that touch these days, of a queue those that concern it."""
    statement = select(PlannedEvent).where(PlannedEvent.first_day < days.end, PlannedEvent.last_day >= days.start)
    if queue is not None:
        statement = statement.where((PlannedEvent.queue == queue) | PlannedEvent.queue.is_(None))
    found = [
        Marked(event.first_day, event.last_day, KINDS[event.kind], event.title, event.id)
        for event in session.scalars(statement)
    ]
    holidays = select(Holiday.day, Holiday.name).where(Holiday.day >= days.start, Holiday.day < days.end)
    found += [Marked(day, day, N_("Feiertag"), name, None) for day, name in session.execute(holidays)]
    return sorted(found)


def course(expected: Sequence[Row], came: Sequence[Row], marked: Sequence[Marked], *, daily: bool) -> Plot:
    """What came, what is expected with its intervals, and as it was reckoned where people have adjusted it."""
    plot = Plot.over(came, expected, daily=daily)
    plot.band(_("95-%-Bereich"), expected, "lo95", "hi95")
    plot.band(_("80-%-Bereich"), expected, "lo80", "hi80")
    if came:
        plot.line(_("gekommen"), came, "calls", colour=2)
    if any(row["calls"] != row["snapshot_calls"] for row in expected):
        plot.line(_("ohne Anpassungen"), expected, "snapshot_calls", colour=3, dashed=True)
    plot.line(_("erwartet"), expected, "calls")
    plot.marks += [
        Mark(seconds(start_of_day(one.first_day)), seconds(start_of_day(one.last_day + timedelta(days=1))), str(number))
        for number, one in enumerate(marked, 1)
    ]
    plot.told = _told(expected)
    return plot


def today(rows: Sequence[Row]) -> Plot:
    """A day under way: what came, what was expected of it, what is expected of the rest now."""
    plot = Plot.over(rows, daily=False)
    plot.band(_("95-%-Bereich"), rows, "lo95", "hi95")
    plot.band(_("80-%-Bereich"), rows, "lo80", "hi80")
    plot.line(_("gekommen"), rows, "came", colour=2)
    plot.line(_("ursprünglich erwartet"), rows, "forecast", colour=3, dashed=True)
    plot.line(_("jetzt erwartet"), rows, "now_expected")
    plot.told = _told([{"start": row["start"], "calls": row["forecast"]} for row in rows])
    return plot


def own(rows: Sequence[Row], *, bands: bool) -> Plot:
    """The expected calls of one partner by day; intervals where the rows are those of one service."""
    plot = Plot.over(rows, daily=True)
    if bands:
        plot.band(_("95-%-Bereich"), rows, "lo95", "hi95")
        plot.band(_("80-%-Bereich"), rows, "lo80", "hi80")
    plot.line(_("erwartet"), rows, "calls")
    plot.told = _told(rows)
    return plot


def _told(rows: Sequence[Row]) -> str:
    """The picture in a sentence."""
    if not rows:
        return _("nichts erwartet")
    most = max(rows, key=lambda row: row["calls"])
    return _(
        "%(sum)s Anrufe erwartet, am meisten %(most)s (%(when)s)",
        sum=language.number(sum(row["calls"] for row in rows)),
        most=language.number(most["calls"]),
        when=language.moment(most["start"]),
    )


def errors(rows: Sequence[Row]) -> Row:
    """How errors grow with the days ahead, of one queue."""
    labels = [lead(row) for row in rows]

    def percent(value: float) -> str:
        return language.percent(value, 0)

    return {
        "wape": charts.line(_("WAPE je Tag nach Vorlauf"), labels, [row["wape_day"] for row in rows], percent),
        "coverage": charts.line(
            _("Anteil im 80-%-Bereich nach Vorlauf"), labels, [row["coverage80"] for row in rows], percent,
            target=GOAL, name=_("soll"), at_least=1,
        ),
    }  # fmt: skip


def lead(row: Row) -> str:
    """How many days ahead: 1, 2–7."""
    first, last = row["lead_from"], row["lead_to"]
    return str(first) if first == last else f"{first}–{last}"
