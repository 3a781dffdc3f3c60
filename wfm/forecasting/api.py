"""Forecasts over the interface: snapshots, what became of them, events, adjustments, the rest of today.

A municipality sees the forecast of its own calls, and nothing of queues, from which those of others would follow.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, jsonify
from sqlalchemy import desc, select

from wfm.accounts.access import requires, viewer
from wfm.core.clock import BERLIN, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.core.paging import Page, fetch_page, page_of, read_cursor
from wfm.core.web import Blueprint, PageArguments, page_body, page_example, page_schema
from wfm.forecasting import examples as ex
from wfm.forecasting import service
from wfm.forecasting.formats import render
from wfm.forecasting.models import ForecastAdjustment, ForecastRun, ForecastWish, PlannedEvent
from wfm.forecasting.schemas import (
    AdjustmentArguments,
    AdjustmentSchema,
    AskedSchema,
    AskSchema,
    EffectSchema,
    ErrorArguments,
    ErrorsSchema,
    EventSchema,
    IntervalArguments,
    IntervalsSchema,
    LayerSchema,
    PartArguments,
    PartsSchema,
    PlannedEventSchema,
    RunSchema,
    RunWithSeriesSchema,
    TodayArguments,
    TodaySchema,
)
from wfm.forecasting.service import events
from wfm.reporting.downloads import also_as, download

blp = Blueprint("forecasts", __name__, description="Prognosen: wie viele Anrufe kommen, und wie sicher das ist")

Item = dict[str, Any]


def _answer(report: Item, what: str, form: str, name: str) -> Response:
    if form == "json":
        made_at = {"made_at": report["made_at"].astimezone(BERLIN).isoformat()} if "made_at" in report else {}
        return jsonify(report | made_at)
    return download(render(report, what, form), form, name)


@blp.get("/forecasts")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(RunSchema), example=page_example(ex.LISTED))
@requires("forecast.read")
def snapshots(arguments: Item) -> Item:
    """Snapshots, the newest first"""
    limit, cursor = arguments["limit"], arguments["cursor"]
    statement = select(ForecastRun).order_by(desc(ForecastRun.id)).limit(limit + 1)
    if cursor is not None:
        statement = statement.where(ForecastRun.id < read_cursor(cursor, [int])[0])
    with transaction() as session:
        page = page_of(session.scalars(statement).all(), limit, lambda run: [run.id])
    return page_body(Page([service.reading.run_summary(run) for run in page.items], page.next))


@blp.post("/forecasts")
@blp.arguments(AskSchema, example=ex.ASKED)
@blp.response(202, AskedSchema, example=ex.WAITING)
@requires("forecast.write")
def ask(arguments: Item) -> Item:
    """Let the worker make a forecast"""
    with transaction() as session:
        return _asked(service.asking.ask_for_run(session, by=viewer().actor, **arguments))


@blp.get("/forecasts/asked/<int:wish>")
@blp.response(200, AskedSchema, example=ex.WAITING)
@requires("forecast.read")
def asked(wish: int) -> Item:
    """What has become of a forecast that was asked for"""
    with transaction() as session:
        return _asked(service.asking.find_wish(session, wish))


def _asked(wish: ForecastWish) -> Item:
    state = service.asking.state_of(wish, now())
    return {"id": wish.id, "state": state, "run": wish.run_id, "reason": wish.refused}


@blp.get("/forecasts/<int:run>")
@blp.response(200, RunWithSeriesSchema, example=ex.RUN_WITH_SERIES)
@requires("forecast.read")
def snapshot(run: int) -> Item:
    """One snapshot: its series with method, errors of the back-test, treated gaps and outliers, warnings"""
    with transaction() as session:
        return service.reading.run_with_series(session, run)


@blp.get("/forecasts/intervals")
@blp.arguments(IntervalArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(ex.INTERVALS | {"made_at": ex.RUN["made_at"]}, "intervals", "csv"))
@blp.response(200, IntervalsSchema, example=ex.INTERVALS)
@requires("forecast.read")
def intervals(arguments: Item) -> Response:
    """Expected calls of a queue, or of the centre, by interval or day

    At most 31 days by 15 minutes, 62 by 30, 93 by 60, 550 by day: what is beyond is left out.
    """
    form = arguments.pop("form")
    with transaction() as session:
        report = service.reading.forecast_rows(session, **arguments)
    return _answer(report, "intervals", form, f"prognose-{report['id']}-ab-{report['from']}-je-{report['interval']}")


@blp.get("/forecasts/partners")
@blp.arguments(PartArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(ex.PARTS | {"made_at": ex.RUN["made_at"]}, "parts", "csv"))
@blp.response(200, PartsSchema, example=ex.PARTS)
@requires("forecast.partner.read")
def partners(arguments: Item) -> Response:
    """Expected calls by day, partner and service; they add up to their queues"""
    form = arguments.pop("form")
    with transaction() as session:
        report = service.reading.part_rows(session, viewer(), **arguments)
    return _answer(report, "parts", form, f"prognose-{report['id']}-partner-ab-{report['from']}")


@blp.get("/forecasts/errors")
@blp.arguments(ErrorArguments, location="query")
@also_as(blp, "xlsx")
@also_as(blp, "csv", render(ex.ERRORS, "errors", "csv"))
@blp.response(200, ErrorsSchema, example=ex.ERRORS)
@requires("forecast.read")
def errors(arguments: Item) -> Response:
    """What became of forecasts: WAPE, bias and coverage by queue and days ahead"""
    form = arguments.pop("form")
    with transaction() as session:
        report = service.errors.forecast_errors(session, **arguments)
    return _answer(report, "errors", form, f"prognosefehler-ab-{report['from']}")


@blp.get("/forecasts/today")
@blp.arguments(TodayArguments, location="query")
@blp.response(200, TodaySchema, example=ex.TODAY)
@requires("forecast.read")
def today(arguments: Item) -> Item:
    """The rest of a queue's day, forecast again from what has come so far"""
    with transaction() as session:
        return service.intraday.rest_of_day(session, **arguments)


@blp.get("/forecasts/events")
@blp.arguments(PageArguments, location="query")
@blp.response(200, page_schema(EventSchema), example=page_example(ex.EVENT))
@requires("forecast.read")
def planned_events(arguments: Item) -> Item:
    """Planned events, by first day"""
    statement = select(*PlannedEvent.__table__.columns)
    with transaction() as session:
        page = fetch_page(session, statement, [PlannedEvent.first_day, PlannedEvent.id], **arguments)
    return page_body(Page([dict(row._mapping) for row in page.items], page.next))


@blp.post("/forecasts/events")
@blp.arguments(PlannedEventSchema, example=ex.ENTERED)
@blp.response(201, EventSchema, example=ex.EVENT)
@requires("forecast.write")
def enter_event(arguments: Item) -> PlannedEvent:
    """Plan an event; one of the same kind, title and first day is corrected"""
    with transaction() as session:
        return events.enter_event(session, _cells(arguments), by=viewer().actor)


@blp.put("/forecasts/events/<int:event>")
@blp.arguments(PlannedEventSchema, example=ex.ENTERED)
@blp.response(200, EventSchema, example=ex.EVENT)
@requires("forecast.write")
def correct_event(arguments: Item, event: int) -> PlannedEvent:
    """Let an event stand for another one"""
    with transaction() as session:
        return events.enter_event(session, _cells(arguments), by=viewer().actor, replaces=event)


@blp.delete("/forecasts/events/<int:event>")
@blp.response(200, EventSchema, example=ex.EVENT)
@requires("forecast.write")
def withdraw_event(event: int) -> PlannedEvent:
    """Take an event out; the answer is what it was"""
    with transaction() as session:
        return events.withdraw_event(session, event, by=viewer().actor)


@blp.get("/forecasts/events/<int:event>/effect")
@blp.response(200, EffectSchema, example=ex.EFFECT)
@requires("forecast.read")
def effect(event: int) -> Any:
    """What earlier events of this kind did to the calls"""
    with transaction() as session:
        return service.effects.effect_of(session, event)


def _cells(arguments: Item) -> dict[str, str]:
    """As a clerk would write them."""
    return {name: "" if value is None else str(value) for name, value in arguments.items()}


@blp.get("/forecasts/adjustments")
@blp.arguments(AdjustmentArguments, location="query")
@blp.response(200, page_schema(AdjustmentSchema), example=page_example(ex.ADJUSTMENT))
@requires("forecast.read")
def adjustments(arguments: Item) -> Item:
    """Layers of people on forecasts, those taken back included"""
    queue = arguments.pop("queue")
    statement = select(*ForecastAdjustment.__table__.columns)
    if queue is not None:
        statement = statement.where(ForecastAdjustment.queue == queue)
    with transaction() as session:
        page = fetch_page(session, statement, [ForecastAdjustment.id], **arguments)
    return page_body(Page([dict(row._mapping) for row in page.items], page.next))


@blp.post("/forecasts/adjustments")
@blp.arguments(LayerSchema, example=ex.MADE)
@blp.response(201, AdjustmentSchema, example=ex.ADJUSTMENT)
@requires("forecast.write")
def adjust(arguments: Item) -> ForecastAdjustment:
    """Put a layer on the forecast of a queue"""
    value = Decimal(str(arguments.pop("value")))
    if value != round(value, 3):
        raise BadInput("adjustment.value", "Höchstens drei Stellen nach dem Komma.", field="value")
    with transaction() as session:
        return service.adjusting.adjust(session, value=value, by=viewer().actor, **arguments)


@blp.delete("/forecasts/adjustments/<int:adjustment>")
@blp.response(200, AdjustmentSchema, example=ex.ADJUSTMENT)
@requires("forecast.write")
def take_back(adjustment: int) -> ForecastAdjustment:
    """Take a layer back; it stays in the list with who did so"""
    with transaction() as session:
        return service.adjusting.take_back(session, adjustment, by=viewer().actor)
