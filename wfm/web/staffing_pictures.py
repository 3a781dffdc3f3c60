"""Pictures of staffing: agents by half hour, service level by number of agents, a day as simulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from wfm.web import charts, language
from wfm.web.language import gettext as _
from wfm.web.plots import Plot

Row = dict[str, Any]


def agents(rows: Sequence[Row], *, alone: bool = False) -> Plot:
    """Agents needed and load expected; where groups share queues, beside them each queue for itself."""
    plot = Plot.over(rows, daily=False)
    plot.line(_("Agents gebraucht"), rows, "agents")
    if alone:
        plot.line(_("jede Warteschlange für sich"), rows, "alone", colour=3, dashed=True)
    plot.line(_("erwartete Last (Erlang)"), rows, "load", colour=2, dashed=True)
    if rows:
        most = max(rows, key=lambda row: row["agents"])
        plot.told = _(
            "am meisten %(most)s (%(when)s)", most=language.number(most["agents"]), when=language.moment(most["start"])
        )
    return plot


def outcomes(around: Sequence[Row], target: float) -> Markup:
    """Service level by number of agents, and the target."""
    return charts.line(
        _("Servicelevel nach Zahl der Agents"),
        [str(row["agents"]) for row in around],
        [row["service_level"] for row in around],
        lambda value: language.percent(value, 0),
        target=target,
        name=_("Ziel"),
        at_least=1,
    )


def simulated_day(rows: Sequence[Row]) -> Plot:
    """Service level in per cent: as simulated, in which band single days lie, and as Erlang has it."""
    percents = [row | {name: _percent(row[name]) for name in ("erlang", "simulated", "p10", "p90")} for row in rows]
    plot = Plot.over(percents, daily=False)
    plot.band(_("acht von zehn Tagen"), percents, "p10", "p90")
    plot.line(_("simuliert"), percents, "simulated")
    plot.line(_("nach Erlang"), percents, "erlang", colour=2, dashed=True)
    known = [row["simulated"] for row in rows if row["simulated"] is not None]
    if known:
        plot.told = _("mindestens %(least)s, höchstens %(most)s", least=language.percent(min(known)),
                      most=language.percent(max(known)))  # fmt: skip
    return plot


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
