"""Snapshots: kept as they were made, coherent to the thousandth, compared with what came; layers lie on top."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry
from wfm.accounts.rules import Role, Viewer
from wfm.core.clock import now, start_of_day
from wfm.core.errors import BadInput, Conflict, NotFound
from wfm.core.intervals import Days
from wfm.directory.service import run_import
from wfm.forecasting import queries
from wfm.forecasting.finding import find_run, series_of
from wfm.forecasting.models import ForecastDay, ForecastIntraday, ForecastRun, ForecastSeries
from wfm.forecasting.service import adjusting, intraday, reading, runs
from wfm.forecasting.service.errors import forecast_errors
from wfm.forecasting.service.keeping import count_old_forecasts, drop_old_forecasts

from .conftest import BURGDORF, END, GARBSEN, LAATZEN, NOW, SEHNDE, put_calls, put_day

LEADER = Viewer("leader", Role.SUPERVISOR)
JUNE = date(2026, 6, 1)
PROFILE = "partner,as_of,calls_a_year,source,wished_start,queue\n"


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(NOW, tick=False):
        yield


def make(session: Session, first: date = JUNE, days: int = 29) -> int:
    return runs.make_run(session, by="test", first=first, end=first + timedelta(days=days)).id


def totals(session: Session, run: int, kind: str, queue: str | None = None) -> list[int]:
    series = series_of(session, run, kind, queue)
    statement = select(ForecastDay.total).where(ForecastDay.series_id == series.id).order_by(ForecastDay.day)
    return list(session.scalars(statement))


def test_a_run_repeated_is_a_new_snapshot(session: Session):
    first = make(session)
    before = totals(session, first, "queue", "rathaus")
    session.execute(text("UPDATE fact_interval SET offered = offered * 2, answered = offered * 2"))
    second = make(session)
    assert second > first
    assert totals(session, first, "queue", "rathaus") == before
    assert sum(totals(session, second, "queue", "rathaus")) > 1.9 * sum(before)
    assert session.scalar(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(1)) == "forecast.run"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE forecast_run SET made_by = 'x'",
        "DELETE FROM forecast_run",
        "UPDATE forecast_series SET method = 'x'",
        "DELETE FROM forecast_day",
        "UPDATE forecast_intraday SET rest = 0",
        "UPDATE forecast_adjustment SET value = 2",
        "DELETE FROM forecast_adjustment",
        "UPDATE partner_profile SET calls_a_year = 1",
        "SELECT drop_old_forecasts(4000)",
    ],
)
def test_the_database_keeps_snapshots_as_they_are(session: Session, statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(statement))


def test_forecasts_are_about_right(session: Session):
    run = make(session)
    rows = forecast_errors(session, run=run, queue="rathaus")["rows"]
    assert sum(row["days"] for row in rows) == 21
    assert all(abs(row["bias"]) < 0.25 and row["wape_day"] < 0.25 for row in rows)


def test_closed_days_and_hours_expect_nobody(session: Session):
    run = make(session)
    rows = reading.forecast_rows(session, run=run, queue="rathaus", interval="30")["rows"]
    days = {row["start"][:10] for row in rows}
    assert {"2026-06-06", "2026-06-07"} & days == set()
    assert len(days) == 21
    assert {row["start"][11:16] for row in rows} == {f"{h:02d}:{m:02d}" for h in range(8, 16) for m in (0, 30)}
    assert all(row["handling_s"] == pytest.approx(180, abs=1) for row in rows)
    assert all(row["lo95"] <= row["lo80"] <= row["calls"] + 1 and row["calls"] <= row["hi80"] <= row["hi95"]
               for row in rows)  # fmt: skip


def test_everything_adds_up_exactly(session: Session):
    run_import(session, "profiles", PROFILE + f"{SEHNDE},2026-01-01,9000,Zählung,2026-06-08,rathaus\n")
    run_import(session, "profiles", PROFILE + "03241021,2026-01-01,20000,Zählung,2026-06-15,\n")
    run = make(session)
    rathaus, kasse, centre = (
        np.array(totals(session, run, kind, queue))
        for kind, queue in (("queue", "rathaus"), ("queue", "kasse"), ("centre", None))
    )
    rows = reading.part_rows(session, LEADER, run=run)["rows"]
    milli = lambda queue: sum(round(row["calls"] * 1000) for row in rows if row["queue"] == queue)  # noqa: E731
    assert milli("rathaus") == rathaus.sum()
    assert milli("kasse") == kasse.sum()
    assert milli(None) > 0
    assert centre.sum() == rathaus.sum() + kasse.sum() + milli(None)
    by_day = {}
    for row in rows:
        by_day[row["day"]] = by_day.get(row["day"], 0) + round(row["calls"] * 1000)
    assert [by_day[day] for day in sorted(by_day)] == centre.tolist()
    slots = reading.forecast_rows(session, run=run, interval="15")["rows"]
    assert sum(round(row["calls"] * 1000) for row in slots) == centre.sum()
    assert {row["partner"] for row in rows if row["new"]} == {SEHNDE, "03241021"}
    assert min(row["day"] for row in rows if row["partner"] == SEHNDE and row["calls"]) == "2026-06-08"


def test_parts_follow_what_partners_called(session: Session):
    rows = reading.part_rows(session, LEADER, run=make(session))["rows"]
    sums = {partner: sum(row["calls"] for row in rows if row["partner"] == partner) for partner in (BURGDORF, GARBSEN)}
    assert sums[BURGDORF] / sum(row["calls"] for row in rows) == pytest.approx(0.51, abs=0.02)
    assert all(row["lo95"] <= row["lo80"] <= row["hi80"] <= row["hi95"] for row in rows)


def width(session: Session, run: int, partner: str) -> tuple[float, float]:
    statement = select(ForecastSeries).where(ForecastSeries.run_id == run, ForecastSeries.partner == partner)
    series = session.scalars(statement.where(ForecastSeries.kind == "newcomer")).one()
    return series.backtest["rate_sd"], series.backtest["rate"]


def test_a_newcomer_is_wide_at_first_and_narrows_as_its_calls_come(session: Session):
    """Laatzen is taken for a partner that begins on 2 March; each run knows only what came before its first day."""
    run_import(
        session, "partners",
        f"key,name,kind,status,valid_from,valid_to\n{LAATZEN},Laatzen,municipality,full,2026-03-02,\n",
    )  # fmt: skip
    session.execute(text("DELETE FROM fact_day WHERE partner = :own AND day < '2026-03-02'"), {"own": LAATZEN})
    found = [width(session, make(session, first, 14), LAATZEN) for first in
             (date(2026, 2, 23), date(2026, 3, 9), date(2026, 4, 13), date(2026, 5, 26))]  # fmt: skip
    assert [sd for sd, _ in found] == sorted((sd for sd, _ in found), reverse=True)
    assert found[0][0] > 3 * found[-1][0]
    open_days = session.scalar(text("SELECT count(DISTINCT day) FROM fact_day WHERE day BETWEEN '2026-03-02' AND "
                                    "'2026-05-25'"))  # fmt: skip
    came = session.scalar(
        text("SELECT sum(offered) FROM fact_day WHERE partner = :own AND day < '2026-05-26'"), {"own": LAATZEN}
    )
    people = session.scalar(
        text("SELECT inhabitants FROM partner_inhabitants WHERE partner = :own ORDER BY as_of DESC LIMIT 1"),
        {"own": LAATZEN},
    )
    assert found[-1][1] == pytest.approx(came / people / open_days, rel=0.05)


def test_errors_come_when_the_days_are_over(session: Session):
    run = make(session, END, 28)
    assert forecast_errors(session, run=run)["rows"] == []
    expected = reading.read_queue(session, find_run(session, run), "rathaus", Days(END, END + timedelta(1)))
    for slot in range(32, 64):
        put_calls(session, "rathaus", start_of_day(END) + timedelta(minutes=15 * slot), 12)
    session.execute(text("UPDATE stream SET last_at = '2026-07-01 12:00+02'"))
    with time_machine.travel("2026-07-01T12:00:00+02:00", tick=False):
        (row,) = forecast_errors(session, run=run, queue="rathaus")["rows"]
    due = expected.read.calls[0, 32:64]
    assert (row["lead_from"], row["days"], row["calls"]) == (1, 1, 32 * 12)
    assert row["forecast"] == pytest.approx(due.sum())
    assert row["wape"] == pytest.approx(np.abs(due - 12).sum() / 384)
    assert row["wape_day"] == pytest.approx(abs(due.sum() - 384) / 384)
    assert row["bias"] == pytest.approx((due.sum() - 384) / 384)
    judged = due >= 3
    low, high = expected.read.quantiles[1, 0, 32:64], expected.read.quantiles[2, 0, 32:64]
    assert row["coverage80"] == pytest.approx(np.mean(((low <= 12) & (high >= 12))[judged]))


def adjust(session: Session, **changes: object) -> int:
    meant = {"queue": "rathaus", "first_day": date(2026, 7, 6), "last_day": date(2026, 7, 7), "kind": "factor",
             "value": Decimal("1.5"), "reason": "Bescheide", "by": "person:1"} | changes  # fmt: skip
    return adjusting.adjust(session, **meant).id  # type: ignore[arg-type]


def test_layers_lie_on_what_is_read_until_they_are_taken_back(session: Session):
    run = make(session, END, 14)

    def rows(queue: str | None, **how: object) -> dict[str, float]:
        shown = reading.forecast_rows(session, run=run, queue=queue, interval="day", **how)["rows"]  # type: ignore[arg-type]
        return {row["start"][:10]: row["calls"] for row in shown}

    before, centre = rows("rathaus"), rows(None)
    number = adjust(session)
    assert rows("rathaus")["2026-07-06"] == pytest.approx(1.5 * before["2026-07-06"], abs=0.002)
    assert rows("rathaus")["2026-07-08"] == before["2026-07-08"]
    assert rows("rathaus", adjusted=False) == before
    more = rows(None)["2026-07-06"] - centre["2026-07-06"]
    assert more == pytest.approx(0.5 * before["2026-07-06"], abs=0.01)
    adjusting.take_back(session, number, by="person:2")
    assert rows("rathaus") == before
    with pytest.raises(Conflict):
        adjusting.take_back(session, number, by="person:2")
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert actions == ["forecast.adjustment_taken_back", "forecast.adjusted"]


def test_a_layer_made_afterwards_makes_no_forecast_better(session: Session):
    run = make(session)
    adjust(session, first_day=JUNE, last_day=date(2026, 6, 26), value=Decimal(2))
    raw, adjusted = (forecast_errors(session, run=run, queue="rathaus", adjusted=how)["rows"] for how in (False, True))
    assert raw == adjusted
    with time_machine.travel("2026-05-31T12:00:00+02:00", tick=False):
        adjust(session, first_day=JUNE, last_day=JUNE, value=Decimal(3))
    first = forecast_errors(session, run=run, queue="rathaus", adjusted=True)["rows"][0]
    assert first["forecast"] == pytest.approx(3 * raw[0]["forecast"])


def test_the_rest_of_a_day(session: Session):
    make(session, date(2026, 6, 29), 7)
    at = start_of_day(date(2026, 6, 29)) + timedelta(hours=12)
    found = intraday.rest_of_day(session, queue="rathaus", at=at)
    came = session.scalar(
        text(
            "SELECT sum(offered) FROM fact_interval WHERE queue = 'rathaus' AND day = '2026-06-29' AND starts_at < :at"
        ),
        {"at": at},
    )
    assert found["came"] == came
    assert found["rest"] == pytest.approx(sum(row["now_expected"] or 0 for row in found["rows"]), abs=0.02)
    assert found["rest_lo95"] <= found["rest_lo80"] <= found["rest"] <= found["rest_hi80"] <= found["rest_hi95"]
    assert [row["came"] is None for row in found["rows"]] == [row["now_expected"] is not None for row in found["rows"]]
    with pytest.raises(NotFound):
        intraday.rest_of_day(session, queue="rathaus", at=at - timedelta(days=100))


def test_every_quarter_of_an_hour_the_rest_is_kept_once(session: Session):
    assert intraday.reforecast_today(session) == 0
    make(session, END, 7)
    assert intraday.reforecast_today(session) == 2
    intraday.reforecast_today(session)
    kept = session.scalars(select(ForecastIntraday).order_by(ForecastIntraday.queue)).all()
    assert [(row.queue, row.slot, row.came) for row in kept] == [("kasse", 28, 0), ("rathaus", 28, 0)]
    assert kept[1].rest_lo80 < kept[1].rest < kept[1].rest_hi80


@pytest.mark.parametrize(
    ("first", "end", "field"),
    [
        (JUNE, JUNE, "to"),
        (JUNE, JUNE + timedelta(days=551), "to"),
        (date(2029, 1, 1), date(2029, 1, 2), "from"),
        (date(2026, 1, 5), date(2026, 1, 6), "from"),
    ],
)
def test_days_that_no_forecast_can_have(session: Session, first: date, end: date, field: str):
    with pytest.raises(BadInput) as refused:
        runs.make_run(session, by="test", first=first, end=end)
    assert refused.value.details["field"] == field


def test_a_queue_nobody_knows_and_one_nobody_called(session: Session):
    with pytest.raises(NotFound):
        runs.make_run(session, by="test", queues=["nirgends"])
    run_import(session, "queues", "queue,label\nneu,Neu\n")
    assert runs.make_run(session, by="test").warnings == ["„neu“: keine Anrufe in der Vergangenheit, keine Prognose."]
    with pytest.raises(BadInput):
        runs.make_run(session, by="test", queues=["neu"])


def test_a_short_history_says_so(session: Session):
    run = make(session, date(2026, 1, 19), 7)
    series = series_of(session, run, "queue", "rathaus")
    assert any(warning.startswith("Kurze Vergangenheit: nur 10 Tage mit Anrufen") for warning in series.warnings)


def test_a_queue_that_was_called_on_one_day_only(session: Session):
    run_import(session, "queues", "queue,label\neinmal,Einmal\n")
    put_calls(session, "einmal", start_of_day(date(2026, 3, 10)) + timedelta(hours=9), 7)
    run = make(session)
    series = series_of(session, run, "queue", "einmal")
    assert series.warnings[0].startswith("Kurze Vergangenheit: nur 1 Tage")
    assert all(0 <= total < 1000 for total in totals(session, run, "queue", "einmal"))


def test_what_was_treated_stands_there(session: Session):
    series = series_of(session, make(session), "queue", "rathaus")
    assert {"kind": "gap", "day": "2026-05-12", "slot": None, "seen": None, "used": None} in series.treated
    assert any("An 1 Tagen fehlen Daten" in warning for warning in series.warnings)


def test_old_snapshots_go_and_the_newest_stays(session: Session):
    ids = []
    for moment in ("2021-06-30T07:00:00+02:00", "2021-07-01T07:00:00+02:00"):
        with time_machine.travel(moment, tick=False):
            run = ForecastRun(made_at=now(), made_by="test", first_day=JUNE, end_day=END, generated=False, warnings=[])
        session.add(run)
        session.flush()
        ids.append(run.id)
    assert count_old_forecasts(session, 1096) == 1
    assert drop_old_forecasts(session, 1096) == 1
    assert session.scalars(select(ForecastRun.id)).all() == ids[1:]
    with pytest.raises(DBAPIError, match="at least 90 days"):
        drop_old_forecasts(session, 30)


def test_a_municipality_sees_its_own_and_nothing_of_queues(session: Session):
    run = make(session)
    own = Viewer("burgdorf", Role.MUNICIPALITY, partner=BURGDORF)
    report = reading.part_rows(session, own, run=run)
    assert {row["partner"] for row in report["rows"]} == {BURGDORF}
    assert (report["warnings"], report["made_by"]) == ([], "")
    assert {row["queue"] for row in report["rows"]} == {None}
    both = reading.part_rows(session, LEADER, run=run, partner=BURGDORF)["rows"]
    assert sum(round(1000 * row["calls"]) for row in report["rows"]) == sum(round(1000 * row["calls"]) for row in both)
    assert len(report["rows"]) == len({row["day"] for row in both})
    with pytest.raises(NotFound):
        reading.part_rows(session, own, run=run, partner=GARBSEN)


def test_simulated_calls_mark_the_snapshot(session: Session):
    put_day(session, "kasse", BURGDORF, date(2026, 1, 10), 3, generated=True)
    run = make(session)
    assert reading.run_with_series(session, run)["generated"]
    assert queries.generated_queues(session, Days(JUNE, END)) == set()
