"""Planning on a forecast that was made by hand: agents, reasons, money, what-if, capacity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from wfm.core.clock import BERLIN, start_of_day
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken
from wfm.core.intervals import Days
from wfm.directory.rules.dated import Validity
from wfm.directory.service import load_base_data, run_import
from wfm.forecasting.models import ForecastDay, ForecastRun, ForecastSeries
from wfm.staffing.rules.changes import Changes, Joining
from wfm.staffing.service import assumptions, plans
from wfm.staffing.service.capacity import capacity_report
from wfm.staffing.service.figures import comparison_report, requirement_report
from wfm.staffing.service.group_why import group_why_report
from wfm.staffing.service.plans import PLAIN
from wfm.staffing.service.why import why_report

DAY = date(2027, 1, 12)  # a Tuesday
ONE_DAY = Days(DAY, DAY + timedelta(days=1))
END = date(2027, 4, 1)
BURGDORF = "03241003"
#: Calls by quarter of an hour from 08:00 on, a forecast in thousandths: 20, 40, 10 and 4 a half hour.
QUARTERS = [10, 10, 20, 20, 5, 5, 2, 2]


@pytest.fixture
def session(database):
    with transaction() as session:
        load_base_data(session)
        run_import(session, "queues", "queue,label,wrapup_s,partner,valid_from,valid_to\nrathaus,R,,,,\nkasse,K,,,,\n")
        run = ForecastRun(
            made_at=datetime(2027, 1, 1, tzinfo=BERLIN),
            made_by="test",
            first_day=date(2027, 1, 1),
            end_day=END,
            generated=False,
            warnings=[],
        )
        session.add(run)
        session.flush()
        forecast(session, run, "rathaus", 180.0)
        yield session
        session.rollback()


def forecast(session, run, queue, handling_s, day_sd=0.1, days=None):
    """Every day of the run alike, but for weekends, on which nobody calls."""
    series = ForecastSeries(run_id=run.id, kind="queue", queue=queue, method="profile", history_from=None)
    session.add(series)
    session.flush()
    day = run.first_day
    calls = [1000 * quarter for quarter in QUARTERS]
    while day < run.end_day:
        if day.weekday() < 5:
            session.add(
                ForecastDay(
                    series_id=series.id,
                    day=day,
                    first_slot=32,
                    calls=calls,
                    lo95=calls,
                    lo80=calls,
                    hi80=calls,
                    hi95=calls,
                    total=sum(calls),
                    total_lo95=0,
                    total_lo80=0,
                    total_hi80=0,
                    total_hi95=0,
                    day_sd=day_sd,
                    handling_s=None if handling_s is None else [handling_s] * len(calls),
                )
            )
        day += timedelta(days=1)
    session.flush()


def set_parameters(session, **changes):
    values = {
        "target": "115",
        "model": "C",
        "patience_s": None,
        "handling_s": None,
        "max_occupancy": None,
        "confidence": Decimal("0.5"),
    }
    assumptions.assume(session, "parameters", None, Validity(date(2026, 1, 1)), values | changes, by="test")


def set_terms(session, **changes):
    values = {
        "weekly_hours": Decimal(39),
        "cents_per_hour": 4200,
        "hiring_months": 4,
        "posts": Decimal("1.5"),
        "leaving_a_year": Decimal("0.12"),
    }
    assumptions.assume(session, "terms", None, Validity(date(2026, 1, 1)), values | changes, by="test")


def agents(session, plan=PLAIN):
    return [row["agents"] for row in requirement_report(session, plan, ONE_DAY)["rows"]]


def test_agents_are_those_of_erlang_c(session):
    """Loads 2, 4, 1 and 0.4 Erlang with 180 s; 75 % within 30 s. From printed tables of Erlang C: with 3 agents at 2
    Erlang P(wait) = 4/9, so P(<= 30 s) = 1 - 4/9 e^(-1/6) = 0.624; with 4: 1 - 4/23 e^(-1/3) = 0.875."""
    set_parameters(session)
    rows = requirement_report(session, PLAIN, ONE_DAY)["rows"]
    assert [row["load"] for row in rows] == [2, 4, 1, 0.4]
    assert [row["agents"] for row in rows] == [4, 6, 3, 2]
    assert rows[0]["service_level"] == pytest.approx(0.8754, abs=5e-5)
    assert rows[0]["one_less"] == pytest.approx(0.6238, abs=5e-5)
    assert rows[0]["occupancy"] == 0.5
    assert rows[0]["start"] == "2027-01-12T08:00:00+01:00"
    # 2 agents at 1 Erlang: 1 - 1/3 e^(-1/6) = 0.718; 1 at 0.4 Erlang: 1 - 0.4 e^(-0.1) = 0.638
    assert [row["one_less"] for row in rows[2:]] == [pytest.approx(level, abs=5e-5) for level in (0.7178, 0.6381)]


def test_sums_are_hours_paid_hours_and_cents(session):
    set_parameters(session)
    set_terms(session)
    for kind, share in (("leave", "0.14"), ("illness", "0.06"), ("breaks", "0.1")):
        values = {"share": Decimal(share), "source": "plan"}
        assumptions.assume(session, "shrinkage", kind, Validity(date(2026, 1, 1)), values, by="test")
    report = requirement_report(session, PLAIN, ONE_DAY)
    # 4 + 6 + 3 + 2 half hours = 7.5 hours; / (0.8 x 0.9) = 10.4167 paid; x 42 Euro = 437.50
    assert report["total"] == {
        "calls": 74,
        "agent_hours": 7.5,
        "paid_hours": 10.42,
        "cents": 43_750,
        "most_agents": 6,
    }
    assert report["totals"] == [{"queue": "rathaus", **report["total"]}]
    assert report["shrinkage"]["overall"] == 0.28


def test_a_ceiling_on_occupancy_binds_where_the_target_alone_would_not(session):
    set_parameters(session, max_occupancy=Decimal("0.3"))
    assert agents(session) == [7, 14, 4, 2]  # load / 0.3, rounded up
    why = why_report(session, PLAIN, "rathaus", datetime(2027, 1, 12, 8, 29, tzinfo=BERLIN))
    assert why["bound_by"] == "occupancy"
    assert why["agents"] == 7


def test_what_changes_on_the_way_holds_from_its_day_on(session):
    set_parameters(session)
    set_terms(session)
    next_day = DAY + timedelta(days=1)
    values = {"target": "115", "model": "C", "patience_s": None, "handling_s": 90, "confidence": Decimal("0.5")}
    later = values | {"max_occupancy": Decimal("0.5")}
    assumptions.assume(session, "parameters", None, Validity(next_day), later, by="test")
    share = {"share": Decimal("0.2"), "source": "plan"}
    assumptions.assume(session, "shrinkage", "leave", Validity(next_day), share, by="test")
    report = requirement_report(session, PLAIN, Days(DAY, DAY + timedelta(days=2)))
    assert [row["agents"] for row in report["rows"]] == [4, 6, 3, 2, *[2, 4, 2, 1]]
    assert [(row["from"], row["handling_s"]) for row in report["assumptions"]] == [
        ("2027-01-12", None),
        ("2027-01-13", 90),
    ]
    # 7.5 hours, then 4.5 of which each costs 1.25 paid ones: 13.125 x 42 Euro
    assert (report["total"]["paid_hours"], report["total"]["cents"]) == (13.12, 55_125)


def test_more_confidence_never_needs_fewer(session):
    set_parameters(session)
    surer = replace(PLAIN, changes=Changes(confidence=0.95))
    # loads x e^(1.645 x 0.1) = 1.18: 2.36, 4.71, 1.18, 0.47
    assert agents(session, surer) == [4, 7, 3, 2]


def test_why_names_each_link(session):
    set_parameters(session, model="A", patience_s=120)
    why = why_report(session, PLAIN, "rathaus", datetime(2027, 1, 12, 8, 45, tzinfo=BERLIN))
    assert (why["calls"], why["handling_s"], why["load"]) == (40, 180, 4)
    assert why["snapshot_calls"] == 40
    assert why["assumptions"]["patience_s"] == 120
    assert why["assumptions"]["patience"] is None, "given, not estimated"
    assert [row["agents"] for row in why["around"]] == [3, 4, 5, 6, 7]
    levels = [row["service_level"] for row in why["around"]]
    assert levels == sorted(levels)
    assert levels[1] < 0.75 <= levels[2]
    assert [row["meets_goal"] for row in why["around"]] == [False, False, True, True, True]
    chances = [row["chance"] for row in why["around"]]
    assert chances == sorted(chances)


def test_why_at_a_time_at_which_nobody_calls(session):
    set_parameters(session)
    with pytest.raises(NotFound, match="keine Anrufe"):
        why_report(session, PLAIN, "rathaus", datetime(2027, 1, 12, 20, 0, tzinfo=BERLIN))


def test_patience_is_estimated_from_calls(session):
    """600 s waited by all, 5 gave up: 120 s on average."""
    at = start_of_day(date.today()) - timedelta(days=10)
    zero = ", ".join(["0"] * 12)
    session.execute(
        text(
            f"""INSERT INTO fact_interval (starts_at, queue, day, offered, answered, abandoned, wait_s_answered,
                    wait_s_abandoned, left_timeout, left_key, left_empty, left_withdrawn, lost, open, refused,
                    wait_unknown_answered, wait_unknown_unanswered, talk_s, talk_unknown, wrapup_s, wrapup_reported,
                    wrapup_inferred, wrapup_inferred_s, talk_here_s, wrapup_here_s, staffed_here_s, paused_here_s,
                    answered_by_class, abandoned_by_class)
                VALUES (:at, 'rathaus', :day, 15, 10, 5, 400, 200, {zero}, 0, 0, 0, 0, 0, 0, 0, '{{}}', '{{}}')"""
        ),
        {"at": at, "day": at.astimezone(BERLIN).date()},
    )
    described = requirement_report(session, PLAIN, ONE_DAY)["assumptions"][0]
    assert described["patience_s"] == 120
    assert described["patience"]["abandoned"] == 5
    assert described["patience"]["low_s"] < 120 < described["patience"]["high_s"]


def test_handling_times_may_be_given_or_those_of_the_other_queues(session):
    run = session.get(ForecastRun, session.scalar(text("SELECT max(id) FROM forecast_run")))
    forecast(session, run, "kasse", None)
    set_parameters(session)
    rows = requirement_report(session, PLAIN, ONE_DAY, ["kasse"])["rows"]
    assert {row["handling_s"] for row in rows} == {180}
    values = {"target": "115", "model": "C", "patience_s": None, "max_occupancy": None, "confidence": Decimal("0.5")}
    own = values | {"handling_s": 90}
    assumptions.assume(session, "parameters", "kasse", Validity(date(2026, 1, 1)), own, by="test")
    rows = requirement_report(session, PLAIN, ONE_DAY, ["kasse"])["rows"]
    assert [row["load"] for row in rows] == [1, 2, 0.5, 0.2]


def test_nobody_knows_how_long_calls_take(session):
    run = ForecastRun(
        made_at=datetime(2027, 1, 2, tzinfo=BERLIN), made_by="test", first_day=DAY, end_day=END, generated=False,
        warnings=[],
    )  # fmt: skip
    session.add(run)
    session.flush()
    forecast(session, run, "kasse", None)
    set_parameters(session)
    with pytest.raises(RuleBroken, match="noch nicht bekannt"):
        requirement_report(session, PLAIN, ONE_DAY)


def test_what_if_plans_side_by_side(session):
    set_parameters(session)
    set_terms(session)
    double = plans.keep_plan(session, "Doppelt", {"volume": 2.0}, by="test")
    later = plans.keep_plan(session, "Ab neun", {"opens": 540, "closes": 600}, by="test", copy_of=double.id)
    report = comparison_report(session, [PLAIN, plans.as_plan(double), plans.as_plan(later)], ONE_DAY)
    plain, doubled, from_nine = report["plans"]
    assert doubled["total"]["calls"] == 148
    # loads 4, 8, 2, 0.8 Erlang
    assert doubled["total"]["agent_hours"] == (6 + 11 + 4 + 2) / 2
    assert doubled["difference"]["agent_hours"] == doubled["total"]["agent_hours"] - plain["total"]["agent_hours"]
    assert plain["difference"]["cents"] == 0
    assert from_nine["total"]["calls"] == 74, "who calls before nine calls later"
    assert from_nine["changes"] == {"opens": 540, "closes": 600}


def test_a_partner_joins_in_a_plan_only(session):
    set_parameters(session)
    session.execute(
        text(
            """INSERT INTO partner_profile (partner, as_of, version, calls_a_year, queue, source)
               VALUES (:partner, '2026-01-01', 1, 25000, 'rathaus', 'eigene Zählung')"""
        ),
        {"partner": BURGDORF},
    )
    joining = Changes(joining=(Joining(BURGDORF, date(2027, 1, 1)),))
    later = Changes(joining=(Joining(BURGDORF, date(2027, 3, 1)),))
    total = requirement_report(session, replace(PLAIN, changes=joining), ONE_DAY)["total"]
    assert total["calls"] == pytest.approx(74 + 100, rel=0.15)  # 25,000 / 250 days
    assert requirement_report(session, replace(PLAIN, changes=later), ONE_DAY)["total"]["calls"] == 74
    region = Changes(joining=(Joining("REGION", date(2027, 1, 1)),))
    with pytest.raises(BadInput, match="keine Einwohner"):
        requirement_report(session, replace(PLAIN, changes=region), ONE_DAY)


def test_a_partner_whom_the_forecast_contains_does_not_join_again(session):
    set_parameters(session)
    run = session.query(ForecastRun).one()
    joining = {"joining": [{"partner": BURGDORF, "first_day": "2027-01-01"}]}
    unrouted = ForecastSeries(run_id=run.id, kind="newcomer", partner=BURGDORF, method="newcomer", history_from=None)
    session.add(unrouted)
    plans.keep_plan(session, "beside the queues", joining, by="test", run_id=run.id)
    session.add(
        ForecastSeries(
            run_id=run.id, kind="part", queue="rathaus", partner=BURGDORF, service="", method="share", share=0.1
        )
    )
    session.flush()
    for refused in (
        lambda: plans.keep_plan(session, "twice", joining, by="test", run_id=run.id),
        lambda: requirement_report(session, replace(PLAIN, changes=Changes.read(joining)), ONE_DAY),
    ):
        with pytest.raises(RuleBroken, match="schon enthalten und würden doppelt gezählt") as caught:
            refused()
        assert caught.value.details["field"] == "joining"


def test_plans_are_kept_once_and_go(session):
    kept = plans.keep_plan(session, "Plan", {"volume": 1.2}, by="test")
    with pytest.raises(Conflict):
        plans.keep_plan(session, "Plan", {}, by="test")
    with pytest.raises(BadInput) as caught:
        plans.keep_plan(session, "Anders", {"joining": [{"partner": "1", "first_day": "2027-01-01"}]}, by="test")
    assert caught.value.details["field"] == "joining"
    copy = plans.keep_plan(session, "Kopie", {}, by="test", copy_of=kept.id)
    plans.drop_plan(session, kept.id, by="test")
    session.flush()
    session.refresh(copy)
    assert copy.copy_of is None
    with pytest.raises(NotFound):
        plans.find_plan(session, kept.id)


def test_capacity_by_month(session):
    set_parameters(session)
    set_terms(session)
    report = capacity_report(session, PLAIN)
    months = report["rows"]
    assert [row["month"] for row in months] == ["2027-01", "2027-02", "2027-03"]
    # 21, 20 and 23 weekdays of 7.5 hours (holidays are the forecast's matter); a post is 39 x 4.348 = 169.57 hours
    assert [row["agent_hours"] for row in months] == [157.5, 150, 172.5]
    assert [row["posts_needed"] for row in months] == [0.93, 0.88, 1.02]
    assert [row["posts_there"] for row in months] == [1.5, 1.49, 1.47]
    assert [row["decide_by"] for row in months] == [None, None, None]
    assert report["cents"] == (157.5 + 150 + 172.5) * 4200


def test_capacity_says_what_is_missing(session):
    set_parameters(session)
    with pytest.raises(RuleBroken, match="Arbeitsbedingungen"):
        capacity_report(session, PLAIN)


def test_assumptions_follow_each_other(session):
    set_terms(session)
    values = {
        "weekly_hours": Decimal("38.5"),
        "cents_per_hour": 4300,
        "hiring_months": 3,
        "posts": None,
        "leaving_a_year": Decimal(0),
    }
    assumptions.assume(session, "terms", None, Validity(date(2027, 1, 1)), values, by="test")
    newest, before = assumptions.assumptions(session, "terms")
    assert (before.valid, newest.valid) == (
        Validity(date(2026, 1, 1), date(2027, 1, 1)),
        Validity(date(2027, 1, 1)),
    )
    with pytest.raises(Conflict):
        assumptions.assume(
            session,
            "terms",
            None,
            Validity(date(2026, 6, 1), date(2027, 6, 1)),
            values | {"hiring_months": 1},
            by="test",
        )
    assumptions.withdraw(session, "terms", newest.id, by="test")
    assert [row.valid for row in assumptions.assumptions(session, "terms")] == [Validity(date(2026, 1, 1))]
    with pytest.raises(NotFound):
        assumptions.withdraw(session, "terms", newest.id, by="test")


@pytest.mark.parametrize(
    ("kind", "key", "values", "field"),
    [
        ("parameters", "unbekannt", {"target": "115"}, "queue"),
        ("parameters", None, {"target": "unbekannt"}, "target"),
        ("skills", "alle", {"queues": ["rathaus", "unbekannt"]}, "queues"),
        ("skills", "alle", {"queues": ["rathaus", "rathaus"]}, "queues"),
        ("skills", "", {"queues": ["rathaus"]}, "name"),
    ],
)
def test_assumptions_that_cannot_be(session, kind, key, values, field):
    with pytest.raises(BadInput) as caught:
        assumptions.assume(session, kind, key, Validity(date(2026, 1, 1)), values, by="test")
    assert caught.value.details["field"] == field


def set_skills(session, name="Alle", queues=("rathaus", "kasse"), factor="1"):
    values = {"queues": list(queues), "cost_factor": Decimal(factor)}
    assumptions.assume(session, "skills", name, Validity(date(2026, 1, 1)), values, by="test")


def test_the_total_is_that_of_the_groups_and_their_cost_factor(session):
    forecast(session, session.query(ForecastRun).one(), "kasse", 180.0)
    set_parameters(session, model="A", patience_s=180)
    set_terms(session)
    alone = requirement_report(session, PLAIN, ONE_DAY)
    assert (alone["groups"], alone["total"]["calls"]) == (None, 148)
    set_skills(session, factor="1.25")
    report = requirement_report(session, PLAIN, ONE_DAY)
    groups = report["groups"]
    assert groups["alone"] == alone["total"]
    assert report["total"]["calls"] == 148
    heads = sum(row["agents"] for row in groups["rows"])
    assert report["total"]["agent_hours"] == heads / 2 < alone["total"]["agent_hours"]
    # No shrinkage: hours at the telephone are paid hours; 42 Euro x 1.25.
    assert report["total"]["cents"] == heads / 2 * 5250
    assert groups["saving"]["cents"] == alone["total"]["cents"] - report["total"]["cents"]
    assert requirement_report(session, PLAIN, ONE_DAY, ["rathaus"])["groups"] is None


def test_plans_are_compared_and_months_counted_by_group(session):
    forecast(session, session.query(ForecastRun).one(), "kasse", 180.0)
    set_parameters(session, model="A", patience_s=180)
    set_terms(session)
    before = capacity_report(session, PLAIN)
    set_skills(session)
    total = requirement_report(session, PLAIN, ONE_DAY)["total"]
    column = comparison_report(session, [PLAIN], ONE_DAY)["plans"][0]
    assert column["total"] == total
    after = capacity_report(session, PLAIN)
    assert [one["queue"] for one in after["groups"]["check"]] == ["kasse", "rathaus"]
    for alone, shared in zip(before["rows"], after["rows"], strict=True):
        assert shared["posts_needed"] < alone["posts_needed"] == shared["posts_alone"]
        assert shared["cents"] == pytest.approx(alone["cents"] * shared["agent_hours"] / alone["agent_hours"], abs=1)


def test_why_of_a_group_knows_all_who_share(session):
    forecast(session, session.query(ForecastRun).one(), "kasse", 180.0)
    set_parameters(session, model="A", patience_s=180)
    set_skills(session)
    why = group_why_report(session, PLAIN, "Alle", datetime(2027, 1, 12, 8, 45, tzinfo=BERLIN))
    assert [(one["queue"], one["calls"], one["load"]) for one in why["queues"]] == [
        ("kasse", 40, 4),
        ("rathaus", 40, 4),
    ]
    assert why["pooled"] <= why["together"] == why["agents"] < why["alone"]
    less, found, more = why["around"]
    assert (less["agents"], found["meets_goals"], more["meets_goals"]) == (why["agents"] - 1, True, True)
    with pytest.raises(NotFound, match="Diese Gruppe gibt es an diesem Tag nicht"):
        group_why_report(session, PLAIN, "Keine", datetime(2027, 1, 12, 8, 45, tzinfo=BERLIN))
    with pytest.raises(NotFound, match="keine Anrufe erwartet"):
        group_why_report(session, PLAIN, "Alle", datetime(2027, 1, 12, 20, 0, tzinfo=BERLIN))
