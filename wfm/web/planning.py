"""What the pages of staffing share: plans to choose from, figures as people write them, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.errors import NotFound
from wfm.forecasting.finding import find_run
from wfm.forecasting.models import ForecastRun
from wfm.staffing.rules.changes import Changes
from wfm.staffing.service import plans
from wfm.web import language
from wfm.web.language import N_
from wfm.web.language import gettext as _

MODELS: Mapping[str, str] = {
    "A": N_("Erlang A: wer zu lange wartet, legt auf"),
    "C": N_("Erlang C: alle warten, bis sie drankommen (vorsichtig)"),
}
LOSSES: Mapping[str, str] = {
    "leave": N_("Urlaub"),
    "illness": N_("Krankheit"),
    "training": N_("Schulung"),
    "breaks": N_("Pausen"),
    "meetings": N_("Besprechungen"),
    "other": N_("Sonstiges"),
}
#: Of paid time; the others are shares of the time present.
ABSENT = ("leave", "illness")
SOURCES: Mapping[str, str] = {"plan": N_("geplant"), "data": N_("gemessen")}


class Typed(fields.Number):
    """A number as people type it: 12,5 or 12.5."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(str(value).replace(",", "."), attr, data, **kwargs)


def newest_run(session: Session) -> ForecastRun | None:
    """The newest forecast, if there is one."""
    try:
        return find_run(session)
    except NotFound:
        return None


def run_of(session: Session, plan: plans.Plan) -> ForecastRun | None:
    """The forecast that a plan stands on, if there is one."""
    return newest_run(session) if plan.run_id is None else find_run(session, plan.run_id)


def first_day(run: ForecastRun) -> date:
    """The day a page shows first: tomorrow, if the forecast has it, else its first."""
    tomorrow = berlin_day(now()) + timedelta(days=1)
    return tomorrow if run.first_day <= tomorrow < run.end_day else run.first_day


def plan_choices(session: Session) -> list[tuple[int, str]]:
    """Kept plans as options of a form."""
    return [(row.id, row.name) for row in plans.plans(session)]


def euros(cents: int | None) -> str | None:
    """An amount in whole euros, as planning needs it; None where no rate is on file."""
    return None if cents is None else f"{language.number(cents / 100)} €"


def clock(minute: int) -> str:
    """A minute of the day as 08:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def changes_told(changes: Changes, partners: Mapping[str, str]) -> list[str]:
    """What a plan assumes otherwise, in words; nothing where it assumes what everybody does."""
    told = []
    if changes.volume != 1:
        told.append(_("Anrufe × %(factor)s", factor=language.number(changes.volume, 2)))
    if changes.handling_time != 1:
        told.append(_("Bearbeitungszeit × %(factor)s", factor=language.number(changes.handling_time, 2)))
    if changes.target:
        told.append(_("Ziel „%(target)s“", target=changes.target))
    if changes.confidence:
        told.append(_("Sicherheit %(share)s", share=language.percent(changes.confidence, 0)))
    if changes.model:
        told.append(f"Erlang {changes.model}")
    if changes.patience_s:
        told.append(_("Geduld %(seconds)s s", seconds=language.number(changes.patience_s)))
    if changes.opens is not None and changes.closes is not None:
        told.append(_("geöffnet %(opens)s–%(closes)s", opens=clock(changes.opens), closes=clock(changes.closes)))
        if changes.follows != 1:
            share = language.percent(changes.follows, 0)
            told.append(_("%(share)s der weggefallenen Anrufe kommen zu anderer Zeit", share=share))
    for joining in changes.joining:
        name = partners.get(joining.partner, joining.partner)
        told.append(_("%(partner)s ab %(day)s dabei", partner=name, day=language.day(joining.first_day)))
    return told
