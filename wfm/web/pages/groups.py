"""Figures of agents for planning: of groups that are large enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response

from wfm.accounts import access
from wfm.core import fields
from wfm.core.clock import berlin_day, now, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Month
from wfm.directory.queries import queue_labels
from wfm.reporting.agent_groups import group_report
from wfm.reporting.formats.column import Column, Kind, Row, day_at
from wfm.web import charts
from wfm.web.figures import last_day
from wfm.web.forms import read_query
from wfm.web.language import gettext as _
from wfm.web.language import number
from wfm.web.lists import Listing, column
from wfm.web.shell import page

blp = Blueprint("groups", __name__)


def _hours(row: Row) -> int:
    return round(row["logged_on_s"] / 3600)


def _rounded(name: str, places: int) -> Callable[[Row], float | None]:
    """A figure to the places that the page shows: a file must not tell more of a group than its page."""
    return lambda row: None if row[name] is None else round(float(row[name]), places)


GROUPS = Listing(
    "Gruppen",
    (
        column("Nimmt an in", "name"),
        column("Personen", "agents", Kind.COUNT),
        column("angemeldete Stunden", _hours, Kind.COUNT),
        column("Pausenanteil", _rounded("paused_share", 3), Kind.SHARE),
    ),
)
WEEKS = Listing(
    "Wochen",
    (
        Column("erster_tag", "erster Tag", Kind.DAY, "", day_at("from")),
        Column("letzter_tag", "letzter Tag", Kind.DAY, "", lambda week: start_of_day(last_day(week))),
        column("angenommen", "answered", Kind.COUNT),
        column("angemeldete Stunden", _hours, Kind.COUNT),
        column("Anrufe je Stunde", _rounded("answered_per_hour", 1), Kind.MEAN),
        column("AHT", _rounded("aht_s", 0), Kind.MEAN),
    ),
)


class MonthSchema(fields.Schema):
    """Which month."""

    month = fields.MonthField()


@blp.get("/gruppen")
@access.requires("groups.read")
def report() -> Response:
    """A month's agents, all together and by groups that are large enough"""
    today = berlin_day(now())
    asked = read_query(MonthSchema)
    latest = Month.of(Month.of(today).first - timedelta(days=1))
    month: Month = asked.data.get("month") or latest
    found, labels = None, {}
    try:
        with transaction() as session:
            found = group_report(session, access.viewer(), month, today)
            labels = queue_labels(session)
    except WfmError as error:
        asked.refuse(error)
    if found and (wanted := GROUPS.wanted()):
        return GROUPS.file(wanted, [{**group, "name": name_of(group["queues"], labels)} for group in found["groups"]])
    if found and (wanted := WEEKS.wanted()):
        return WEEKS.file(wanted, found["weeks"])
    return page(
        "agents/groups.html",
        asked.status,
        asked=asked,
        report=found,
        labels=labels,
        last_day=last_day,
        month=month,
        before=Month.of(month.first - timedelta(days=1)),
        after=month.next if month.next <= latest else None,
        picture=_picture(found["groups"], labels) if found and found["groups"] else None,
    )


def name_of(queues: list[str] | None, labels: dict[str, str]) -> str:
    """What a group is called: the queues its people answer in."""
    if queues is None:
        return _("alle übrigen zusammen")
    return ", ".join(labels.get(queue) or queue for queue in queues) or _("ohne Warteschlange")


def _picture(groups: list[dict[str, object]], labels: dict[str, str]) -> object:
    hours = [(name_of(group["queues"], labels), group["logged_on_s"] / 3600) for group in groups]  # type: ignore[arg-type,operator]
    return charts.share_bars(_("Angemeldete Stunden je Gruppe"), hours, number)
