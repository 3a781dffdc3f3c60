"""The forecast: the past and what is expected, how it came about, how good it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response
from sqlalchemy import desc, select
from sqlalchemy.orm import Session

from wfm.accounts.access import requires
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.core.intervals import Days
from wfm.directory.queries import partner_names, queue_labels
from wfm.forecasting import service as forecasting
from wfm.forecasting.finding import covered, find_run
from wfm.forecasting.models import ForecastRun
from wfm.reporting.completeness import find_gaps
from wfm.reporting.formats.column import Kind
from wfm.web import charts, forecast_pictures, language
from wfm.web.forecast_words import KINDS_OF_SERIES, TREATED, method_name
from wfm.web.forms import Form, read_query
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import page

blp = Blueprint("forecast", __name__, url_prefix="/planung/prognose")

STEPS = {"day": N_("Tag"), "30": N_("30 Minuten")}
#: Step -> days shown of the past, and days ahead unless told otherwise.
BACK, AHEAD = {"day": 42, "30": 7}, {"day": 42, "30": 7}
Row = dict[str, Any]

SERIES = Listing(
    "Reihen",
    (
        column("Art", lambda row: KINDS_OF_SERIES[row["kind"]]),
        column("Warteschlange", "queue"),
        column("Partner", "partner"),
        column("Verfahren", "method"),
        column("Vergangenheit ab", "history_from", Kind.DAY),
        column("Hinweise", "warnings"),
    ),
)
METHODS = Listing("Verfahren", (column("Verfahren", "name"), column("WAPE", "error", Kind.SHARE)))
TREATMENTS = Listing(
    "Lücken und Ausreißer",
    (
        column("Tag", lambda row: date.fromisoformat(row["day"]), Kind.DAY),
        column("was", lambda row: TREATED.get(row["kind"], row["kind"])),
        column("gesehen", "seen", Kind.DECIMAL),
        column("genommen", "used", Kind.DECIMAL),
    ),
)
ERRORS = Listing(
    "Fehler der Prognosen",
    (
        column("Warteschlange", "queue"),
        column("Vorlauf von", "lead_from", Kind.COUNT),
        column("Vorlauf bis", "lead_to", Kind.COUNT),
        column("Tage", "days", Kind.COUNT),
        column("Anrufe", "calls", Kind.DECIMAL),
        column("Prognose", "forecast", Kind.DECIMAL),
        column("WAPE", "wape", Kind.SHARE),
        column("WAPE Tag", "wape_day", Kind.SHARE),
        column("Verzerrung", "bias", Kind.SHARE),
        column("im 80-%-Bereich", "coverage80", Kind.SHARE),
        column("im 95-%-Bereich", "coverage95", Kind.SHARE),
    ),
)


class SnapshotQuery(fields.Schema):
    """Which snapshot, and what of it."""

    run = fields.Whole(at_least=1, load_default=None)
    queue = fields.Line(max_length=100, load_default=None)


class ForecastQuery(SnapshotQuery):
    """The days, both included, and the step."""

    first = fields.Day(data_key="from", load_default=None)
    last = fields.Day(data_key="to", load_default=None)
    interval = fields.Text(choices=tuple(STEPS), load_default="day")


class ErrorQuery(SnapshotQuery):
    """Days that are over, both included."""

    first = fields.Day(data_key="from", load_default=None)
    last = fields.Day(data_key="to", load_default=None)
    adjusted = fields.Flag(load_default=False)


@blp.get("")
@requires("forecast.read")
def overview() -> Response:
    """The past, and what is expected with its intervals, of a queue or of the centre"""
    asked = read_query(ForecastQuery)
    chosen: Row = asked.data or ForecastQuery().load({})
    with transaction() as session:
        listed = recent_snapshots(session)
        if not listed:
            return page("forecast/none.html", asked.status)
        run = listed[0] if chosen["run"] is None else find_run(session, chosen["run"])
        chosen["run"] = run.id
        days = _days(run, chosen, asked)
        last = days.end - timedelta(days=1)
        found = forecasting.reading.forecast_rows(
            session, run=run.id, queue=chosen["queue"], first=days.start, end=days.end, interval=chosen["interval"]
        )
        past = Days(days.start - timedelta(days=BACK[chosen["interval"]]), min(days.end, berlin_day(now())))
        came = (
            forecasting.came.came_rows(session, chosen["queue"], past, chosen["interval"])
            if past.start < past.end
            else []
        )
        marked = forecast_pictures.marked_days(session, Days(past.start, days.end), chosen["queue"])
        gaps = find_gaps(session, past.begins_at, past.ends_at) if past.start < past.end else []
        labels = queue_labels(session)
    rows = _beside(found["rows"], came)
    return page(
        "forecast/overview.html",
        asked.status,
        form=asked,
        chosen=chosen,
        run=run,
        days=days,
        last_day=last,
        rows=rows,
        came=came,
        expected=sum(row["calls"] for row in found["rows"]),
        adjusted=sum(row["calls"] - row["snapshot_calls"] for row in found["rows"]),
        drawn=forecast_pictures.course(found["rows"], came, marked, daily=chosen["interval"] == "day"),
        marked=marked,
        report={"generated": run.generated, "complete": not gaps, "gaps": gaps},
        queues=labels,
        steps=[(key, _(name)) for key, name in STEPS.items()],
        snapshots=snapshot_choices(listed),
        query=urlencode(
            {name: value for name, value in (("run", run.id), ("queue", chosen["queue"])) if value}
            | {"from": days.start, "to": days.end, "interval": chosen["interval"]}
        ),
    )


@blp.get("/entstehung")
@requires("forecast.read")
def origin() -> Response:
    """How a snapshot came about: methods and their errors, what was treated, warnings"""
    asked = read_query(SnapshotQuery)
    chosen: Row = asked.data or SnapshotQuery().load({})
    with transaction() as session:
        listed = recent_snapshots(session)
        if not listed:
            return page("forecast/none.html", asked.status)
        run = listed[0] if chosen["run"] is None else find_run(session, chosen["run"])
        found = forecasting.reading.run_with_series(session, run.id)
        labels, partners = queue_labels(session), partner_names(session)
    if wanted := SERIES.wanted():
        return SERIES.file(wanted, found["series"])
    queues = [row for row in found["series"] if row["kind"] == "queue"]
    series = next((row for row in queues if row["queue"] == chosen["queue"]), queues[0] if queues else None)
    if series is None or (chosen["queue"] and series["queue"] != chosen["queue"]):
        raise NotFound("forecast.no_series", "In dieser Prognose gibt es nichts für diese Warteschlange.")
    errors = sorted(series["backtest"].get("errors", {}).items(), key=lambda item: (item[1] is None, item[1]))
    tried = [
        {"name": method_name(name), "error": error, "taken": name == series["method"], "mixed": " + " in name}
        for name, error in errors
    ]
    compared = [(row["name"], row["error"]) for row in tried if row["taken"] or not row["mixed"]]
    if wanted := METHODS.wanted():
        return METHODS.file(wanted, tried)
    if wanted := TREATMENTS.wanted():
        return TREATMENTS.file(wanted, series["treated"])
    return page(
        "forecast/origin.html",
        asked.status,
        form=asked,
        run=run,
        found=found,
        series=series,
        last_known=series["history_to"] - timedelta(days=1),
        tried=tried,
        method=method_name(series["method"]),
        method_name=method_name,
        drawn=charts.share_bars(_("WAPE in der Rückrechnung"), compared, language.percent),
        treated=[{**row, "what": _(TREATED.get(row["kind"], row["kind"]))} for row in series["treated"]],
        kinds=KINDS_OF_SERIES,
        queues=labels,
        partners=partners,
        snapshots=snapshot_choices(listed),
        joining=[row for row in found["series"] if row["kind"] == "newcomer"],
    )


@blp.get("/fehler")
@requires("forecast.read")
def errors() -> Response:
    """How far forecasts were from what came, by how many days ahead they were made"""
    asked = read_query(ErrorQuery)
    chosen: Row = asked.data or ErrorQuery().load({})
    end = chosen["last"] + timedelta(days=1) if chosen["last"] else None
    with transaction() as session:
        try:
            found = forecasting.errors.forecast_errors(
                session, run=chosen["run"], queue=chosen["queue"], first=chosen["first"], end=end,
                adjusted=chosen["adjusted"],
            )  # fmt: skip
        except WfmError as error:
            asked.refuse(error)
            found = {"rows": [], "generated": False, "from": None, "to": None}
        labels = queue_labels(session)
        listed = recent_snapshots(session)
    if wanted := ERRORS.wanted(asked):
        return ERRORS.file(wanted, found["rows"])
    shown = chosen["queue"] or _busiest(found["rows"])
    return page(
        "forecast/errors.html",
        asked.status,
        form=asked,
        chosen=chosen,
        found=found,
        last_day=date.fromisoformat(found["to"]) - timedelta(days=1) if found["to"] else None,
        shown=labels.get(shown or "", shown),
        drawn=forecast_pictures.errors([row for row in found["rows"] if row["queue"] == shown]),
        queues=labels,
        snapshots=snapshot_choices(listed),
        lead=forecast_pictures.lead,
    )


def _days(run: ForecastRun, chosen: Row, asked: Form) -> Days:
    """The days asked for, as far as the snapshot has them; else some weeks or days from its first, or from today."""
    today = berlin_day(now())
    first = chosen["first"] or (today if run.first_day <= today < run.end_day else run.first_day)
    longest = forecasting.reading.LONGEST[chosen["interval"]]
    end = chosen["last"] + timedelta(days=1) if chosen["last"] else first + timedelta(days=AHEAD[chosen["interval"]])
    try:
        if not timedelta(0) < end - first <= timedelta(days=longest):
            raise NotFound("forecast.days", _("Der Zeitraum muss 1 bis %(days)s Tage lang sein.", days=longest))
        return covered(run, first, end)
    except NotFound as error:
        asked.errors["to"] = [_(error.message)]
        return covered(run, run.first_day, run.first_day + timedelta(days=AHEAD[chosen["interval"]]))


def _beside(expected: list[Row], came: list[Row]) -> list[Row]:
    """What is expected and what came, by stretch of time."""
    seen = {row["start"]: row["calls"] for row in came}
    return [row | {"came": seen.get(row["start"])} for row in expected]


def recent_snapshots(session: Session) -> list[ForecastRun]:
    return list(session.scalars(select(ForecastRun).order_by(desc(ForecastRun.id)).limit(30)))


def snapshot_choices(listed: list[ForecastRun]) -> list[tuple[int, str]]:
    return [
        (run.id, f"{run.id}: {language.day(run.first_day)} – {language.day(run.end_day - timedelta(days=1))}")
        for run in listed
    ]


def _busiest(rows: list[Row]) -> str | None:
    calls: dict[str, float] = {}
    for row in rows:
        calls[row["queue"]] = calls.get(row["queue"], 0.0) + row["calls"]
    return max(calls, key=lambda queue: calls[queue]) if calls else None
