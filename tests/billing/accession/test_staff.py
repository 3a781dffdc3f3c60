"""Staff with and without a partner, and its cost in what the others and the partner pay."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.billing.accession.test_paper import answered
from tests.billing.centre import BURGDORF, FINANCE
from tests.staffing.test_planning import forecast, set_parameters, set_terms
from wfm.billing.service.decision_paper import Asked, decision_paper
from wfm.core.clock import BERLIN
from wfm.directory.service import run_import
from wfm.forecasting.models import ForecastRun
from wfm.staffing.rules.changes import Changes, Joining
from wfm.staffing.service.capacity import capacity_report
from wfm.staffing.service.plans import Plan


def planned(session: Session) -> None:
    """A forecast of three months, and what a post is."""
    run_import(session, "queues", "queue,label,wrapup_s,partner,valid_from,valid_to\nrathaus,R,,,,\n")
    made = datetime(2027, 1, 1, tzinfo=BERLIN)
    days = {"first_day": date(2027, 1, 1), "end_day": date(2027, 4, 1)}
    run = ForecastRun(made_at=made, made_by="test", generated=False, warnings=[], **days)
    session.add(run)
    session.flush()
    forecast(session, run, "rathaus", 180.0)
    set_parameters(session)
    set_terms(session)


def test_more_posts_cost_more_from_the_first_day_on(session: Session):
    planned(session)
    answered(session, calls_a_year="20.000", calls_source="Anlage", wished_start="2027-07-01")
    paper = decision_paper(session, FINANCE, Asked(BURGDORF, named=True))
    staff, cost = paper["staff"], paper["cost"]
    # Without: the capacity plan's own figures (tests/staffing), the mean of its three months.
    assert staff["posts_without"] == round((0.93 + 0.88 + 1.02) / 3, 2)
    assert staff["posts_with"] > staff["posts_without"]
    assert staff["posts_there"] == 1.5
    more = staff["more_cents_a_year"]
    assert more > 0
    low, expected, high = staff["volumes"]
    assert [each["calls_a_year"] for each in staff["volumes"]] == list(paper["forecast"]["calls_a_year"].values())
    assert low["posts_more"] < expected["posts_more"] < high["posts_more"]
    assert low["more_cents_a_year"] < more < high["more_cents_a_year"]
    assert (expected["posts_with"], expected["more_cents_a_year"]) == (staff["posts_with"], more)
    # 184 of 365 days in the first year.
    assert cost["more_cents"] == [(2 * more * 184 + 365) // (2 * 365), more, more]
    by_inhabitants = next(one for one in cost["variants"] if one["variant"] == "V1")
    year = by_inhabitants["years"][1]
    assert year["cents"]["expected"] + year["others_with_cents"] == 120_000_000 + more
    assert "staff_cost" not in {point["code"] for point in paper["open_points"]}


def test_low_and_high_are_what_the_capacity_plan_says_of_so_many_calls(session: Session):
    planned(session)
    answered(session, calls_a_year="20.000", calls_source="Anlage", wished_start="2027-07-01")
    paper = decision_paper(session, FINANCE, Asked(BURGDORF))
    calls = paper["forecast"]["calls_a_year"]
    for each in paper["staff"]["volumes"]:
        # Twice the partner at half the volume needs the same people as the partner once.
        times = calls[each["volume"]] / calls["expected"]
        halves = (Joining(BURGDORF, date(2027, 1, 1), times / 2),) * 2
        report = capacity_report(session, Plan(None, "", None, Changes(joining=halves)))
        posts = sum(row["posts_needed"] for row in report["rows"]) / 3
        assert each["posts_with"] == pytest.approx(posts, abs=0.15)


def test_without_a_rate_the_cost_of_staff_is_open(session: Session):
    planned(session)
    session.execute(text("UPDATE work_terms SET cents_per_hour = NULL"))
    paper = decision_paper(session, FINANCE, Asked(BURGDORF))
    assert paper["staff"]["more_cents_a_year"] is None
    assert paper["cost"]["more_cents"] == [0, 0, 0]
    assert "staff_cost" in {point["code"] for point in paper["open_points"]}
