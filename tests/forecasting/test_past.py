"""What the facts say: gaps and closed times are not known, a clock that changes is one slot."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN
from wfm.core.intervals import Days
from wfm.forecasting import queries

from .conftest import BURGDORF, END, FIRST, GAP_DAY, put_calls, put_day


def test_calls_of_open_times_and_nothing_else(session: Session):
    past = queries.queue_pasts(session, Days(FIRST, END))["rathaus"]
    monday = past.calls.on([FIRST])[0]
    assert (past.calls.first_day, past.calls.last_day) == (FIRST, END - timedelta(days=1))
    assert np.flatnonzero(~np.isnan(monday)).tolist() == list(range(32, 64))
    assert monday[32:64].sum() == session.scalar(
        text("SELECT sum(offered) FROM fact_interval WHERE queue = 'rathaus' AND day = :day"), {"day": FIRST}
    )
    assert np.isnan(past.calls.on([date(2026, 1, 10), date(2026, 4, 3)])).all()  # a Saturday, Good Friday
    assert (past.outside, past.believed, past.generated) == (0, True, False)
    assert np.nansum(past.handling_s) == 180 * np.nansum(past.handled.counts)


def test_a_gap_is_not_known_and_shown(session: Session):
    past = queries.queue_pasts(session, Days(FIRST, END))["rathaus"]
    assert np.flatnonzero(np.isnan(past.calls.on([GAP_DAY])[0][32:64])).tolist() == list(range(8, 14))
    assert [(gap.kind, gap.day) for gap in past.gaps] == [("gap", GAP_DAY)]


def test_a_day_on_which_nobody_called_anywhere_is_not_known(session: Session):
    silent = date(2026, 3, 10)
    session.execute(text("DELETE FROM fact_interval WHERE day = :day"), {"day": silent})
    past = queries.queue_pasts(session, Days(FIRST, END))["rathaus"]
    assert np.isnan(past.calls.on([silent])).all()
    assert silent in {gap.day for gap in past.gaps}


def test_quiet_quarters_are_zeros(session: Session):
    past = queries.queue_pasts(session, Days(FIRST, END))["kasse"]
    assert (past.calls.counts == 0).sum() > 100


def test_both_0230_of_october_are_one_slot_and_that_of_march_is_none(session: Session):
    first, second = (datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN, fold=fold) for fold in (0, 1))
    put_calls(session, "rathaus", first, 4)
    put_calls(session, "rathaus", second, 10)
    put_calls(session, "rathaus", datetime(2025, 10, 26, 3, 0, tzinfo=BERLIN), 5)
    grid = queries.quarters(session, Days(date(2025, 10, 26), date(2025, 10, 27)))["rathaus"]["offered"][0]
    assert (grid[10], grid[12], grid[8]) == (7, 5, 0)
    march = queries.quarters(session, Days(date(2026, 3, 29), date(2026, 3, 31)))["rathaus"]["offered"]
    assert np.flatnonzero(np.isnan(march[0])).tolist() == [8, 9, 10, 11]
    assert not np.isnan(march[1]).any()


def test_hours_that_do_not_fit_the_calls_are_not_believed(session: Session):
    session.execute(text("DELETE FROM opening_hours"))
    without = queries.queue_pasts(session, Days(FIRST, END))["rathaus"]
    assert np.flatnonzero(without.open[0]).tolist() == list(range(32, 64))
    session.execute(
        text("INSERT INTO opening_hours (weekday, periods, valid) SELECT n, '{[480,720)}', '[2025-01-01,)' FROM "
             "generate_series(0, 4) n")
    )  # fmt: skip
    past = queries.queue_pasts(session, Days(FIRST, END))["rathaus"]
    assert not past.believed
    assert past.outside > 1000
    assert np.flatnonzero(past.open[0]).tolist() == list(range(32, 64))


def test_simulated_calls_are_marked(session: Session):
    put_day(session, "kasse", BURGDORF, date(2026, 1, 10), 3, generated=True)
    pasts = queries.queue_pasts(session, Days(FIRST, END))
    assert (pasts["kasse"].generated, pasts["rathaus"].generated) == (True, False)


def test_parts_add_up_to_the_calls_of_their_queue(session: Session):
    days = Days(FIRST, END)
    parts, pasts = queries.part_days(session, days), queries.quarters(session, days)
    for queue, own in parts.items():
        assert np.sum(list(own.values())) == pytest.approx(np.nansum(pasts[queue]["offered"]))
