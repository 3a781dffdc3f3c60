"""The decision paper: every part says what it knows, or what is missing."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from tests.billing.accession.conftest import GARBSEN, LAATZEN, LEHRTE, SEHNDE, USAGE
from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, SUPERVISOR, WEDEMARK, close, cost, terms
from wfm.billing.service.decision_paper import Asked, decision_paper
from wfm.billing.service.questionnaires import ask, hand_in, save
from wfm.billing.service.supposing import reference
from wfm.core.errors import NotFound
from wfm.core.intervals import Month
from wfm.core.rounding import half_up


def answered(session: Session, **answers: str) -> None:
    _, secret = ask(session, SUPERVISOR, BURGDORF)
    save(session, secret, answers)
    hand_in(session, secret)


def test_from_the_answers_to_the_cost_of_every_variant(session: Session):
    answered(session, calls_a_year="6.000", calls_source="Telefonanlage 2026", wished_start="2027-07-01")
    paper = decision_paper(session, FINANCE, Asked(BURGDORF, named=True))
    assert paper["answers"]["calls_a_year"] == 6_000
    assert paper["start"] == {"day": "2027-07-01", "wished": "2027-07-01", "assumed": False}
    calls = paper["forecast"]["calls_a_year"]
    assert 0 < calls["low"] < calls["expected"] < calls["high"]
    cost = paper["cost"]
    assert cost["basis"] == "plan"
    assert [(year["year"], year["days"], year["full"]) for year in cost["years"]] == [
        (2027, 184, False),
        (2028, 366, True),
        (2029, 365, True),
    ]
    by_variant = {one["variant"]: one for one in cost["variants"]}
    assert list(by_variant) == ["V1", "V2", "V3", "V4", "V5", "V6", "V7"]
    for one in by_variant.values():
        assert one["problem"] is None
        for place, year in enumerate(one["years"]):
            parts = year["cents"]["expected"] + year["others_with_cents"] + year["host_cents"]
            assert parts == cost["cost_cents"][place] + cost["more_cents"][place]
            assert year["cents"]["low"] <= year["cents"]["expected"] <= year["cents"]["high"]
    # By inhabitants (all of 31.12.2024) and days, by hand: cost x E x d / sum.
    people = {row["partner"]: row["inhabitants"] for row in paper["comparable"]["rows"]}
    own = paper["inhabitants"]["inhabitants"]
    by_hand = Fraction(120_000_000 * own * 184, own * 184 + 365 * sum(people.values()))
    first = by_variant["V1"]["years"][0]
    assert abs(first["cents"]["expected"] - by_hand) < 1
    assert first["cents"]["low"] == first["cents"]["high"]
    assert by_variant["V1"]["years"][2]["cents_per_inhabitant"] == half_up(
        Fraction(120_000_000, own + sum(people.values()))
    )
    assert sum(row["without_cents"] for row in first["others"]) == first["others_without_cents"] == 120_000_000
    # Examples cover the cost of their own year: what is shown is what was reckoned with.
    plans = [year["parameters"]["plan_cents"] for year in by_variant["V5"]["years"]]
    assert plans == [a + b for a, b in zip(cost["cost_cents"], cost["more_cents"], strict=True)]
    json.dumps(paper)


def seasonal(session: Session) -> None:
    """Five partners; of each 24 calls a month in the first quarter of 2026, 8 in all others; and one since July."""
    for number in range(1, 13):
        usage = dict.fromkeys((LANGENHAGEN, WEDEMARK, GARBSEN, LAATZEN, LEHRTE), (24 if number <= 3 else 8, 1000))
        close(session, Month(2026, number), usage | ({SEHNDE: (500, 1_000)} if number >= 7 else {}))
        for year in (2027, 2028, 2029):
            cost(session, Month(year, number), 10_000_000, "plan")


def test_a_first_part_of_a_year_has_the_calls_of_its_months(empty: Session):
    seasonal(empty)
    terms(empty, "V3", {"price_per_minute_cents": 600, "unit": "second"}, "Preis")
    answered(empty, calls_a_year="6.000", calls_source="Anlage", wished_start="2027-10-16")
    paper = decision_paper(empty, FINANCE, Asked(BURGDORF, named=True))
    # 24 of 144 in January to March, 8 of 144 later: 1/6 and 1/18. Whoever came in July does not count.
    assert paper["forecast"]["season"] == [0.1667] * 3 + [0.0556] * 9
    calls = paper["cost"]["calls_a_year"]["expected"]
    months = [month["expected"] for month in paper["forecast"]["months"]]
    assert months == [half_up(Fraction(calls, 6))] * 3 + [half_up(Fraction(calls, 18))] * 9
    for month in paper["forecast"]["months"]:
        assert month["low"] < month["expected"] < month["high"]
    # 16 of 31 days of October, November, December: 2.516 of 18 parts. By days it would have been 77 of 365.
    part = Fraction(16, 31 * 18) + Fraction(2, 18)
    first, second = paper["cost"]["years"][:2]
    assert first["calls"]["expected"] == half_up(part * calls)
    assert second["calls"] == paper["cost"]["calls_a_year"]
    # A price times usage says the same in cents, to the rounding of months.
    price = next(one for one in paper["cost"]["variants"] if not one["example"])
    paid = [year["cents"]["expected"] for year in price["years"][:2]]
    assert paid[0] / paid[1] == pytest.approx(float(part), rel=0.01)


def test_of_few_partners_months_count_alike(empty: Session):
    for number in range(1, 13):
        close(empty, Month(2026, number), {LANGENHAGEN: (10 * number, 1_000), WEDEMARK: (10 * number, 1_000)})
        cost(empty, Month(2027, number), 1_000_000, "plan")
    answered(empty, calls_a_year="6.000", calls_source="Anlage", wished_start="2027-10-01")
    paper = decision_paper(empty, FINANCE, Asked(BURGDORF, named=True))
    assert paper["forecast"]["season"] is None
    assert len({month["expected"] for month in paper["forecast"]["months"]}) == 1
    calls = paper["cost"]["calls_a_year"]["expected"]
    assert paper["cost"]["years"][0]["calls"]["expected"] == half_up(Fraction(calls, 4))


def test_months_without_any_usage_say_nothing_of_a_year(session: Session):
    assert reference(session, date(2027, 1, 10)) == reference(session, date(2027, 4, 10))
    known = reference(session, date(2027, 4, 10))
    assert known is not None
    assert (known.first, known.last, set(known.months.values())) == (Month(2026, 1), Month(2026, 12), {12})
    assert reference(session, date(2028, 2, 1)) is None


def test_comparable_partners_by_hand(session: Session):
    paper = decision_paper(session, FINANCE, Asked(BURGDORF, named=True))
    row = next(row for row in paper["comparable"]["rows"] if row["partner"] == LANGENHAGEN)
    assert (row["calls_a_year"], row["inhabitants"]) == (12_000, 54_142)
    assert row["calls_per_1000"] == round(12_000_000 / 54_142, 1)
    assert paper["comparable"]["partners"] == len(USAGE) - 1


def test_others_are_not_named_to_a_municipality(session: Session):
    for viewer, asked in ((MUNICIPALITY, Asked(BURGDORF, named=True)), (FINANCE, Asked(BURGDORF))):
        paper = decision_paper(session, viewer, asked)
        assert paper["comparable"]["rows"] == []
        assert paper["comparable"]["calls_per_1000"] % 10 == 0  # of six, none of whom dominates; rounded
        told = json.dumps(paper)
        assert LANGENHAGEN not in told
        assert all(year["others"] == [] for one in paper["cost"]["variants"] for year in one["years"])
        assert paper["cost"]["variants"][4]["years"][2]["others_with_cents"] > 0
    with pytest.raises(NotFound):
        decision_paper(session, MUNICIPALITY, Asked(LANGENHAGEN))


def test_of_few_partners_nothing_can_be_reckoned_back(empty: Session):
    for number in range(1, 13):
        close(empty, Month(2026, number), {LANGENHAGEN: (1_000, 200_000)})
        cost(empty, Month(2027, number), 1_000_000, "plan")
    terms(empty, "V3", {"price_per_minute_cents": 121, "unit": "second"}, "Preis")
    paper = decision_paper(empty, MUNICIPALITY, Asked(BURGDORF))
    assert paper["comparable"]["calls_per_1000"] is None
    by_title = {one["title"]: one for one in paper["cost"]["variants"]}
    for title, one in by_title.items():
        shown = one["problem"] is None
        # A price that is agreed tells of oneself alone; so does what goes by inhabitants.
        assert shown == (one["variant"] in ("V1", "V6") or not one["example"]), title
        for year in one["years"]:
            assert year.get("others_with_cents") is None
            assert year.get("host_cents") is None
    named = decision_paper(empty, FINANCE, Asked(BURGDORF, named=True))
    assert all(one["problem"] is None for one in named["cost"]["variants"])


def test_without_a_plan_the_newest_whole_year_of_actual_cost_is_carried_on(empty: Session):
    for number in range(1, 13):
        close(empty, Month(2026, number), {LANGENHAGEN: (1_000, 200_000), WEDEMARK: (500, 100_000)})
    for number in range(3, 13):
        cost(empty, Month(2025, number), 1_000_000)
    for number in range(1, 5):
        cost(empty, Month(2026, number), 2_000_000)
    cost(empty, Month(2026, 6), 9_000_000)
    paper = decision_paper(empty, FINANCE, Asked(BURGDORF, named=True))
    # May 2025 to April 2026
    assert (paper["cost"]["basis"], paper["cost"]["cost_cents"][0]) == ("actual", 8 * 1_000_000 + 4 * 2_000_000)


def test_what_is_missing_is_said(empty: Session):
    paper = decision_paper(empty, FINANCE, Asked(BURGDORF))
    assert paper["answers"] is None
    assert "keinem Partner Nutzung" in paper["comparable"]["missing"]
    assert "keine Prognose" in paper["staff"]["missing"]
    assert "Nutzung" in paper["cost"]["missing"]
    assert paper["forecast"]["calls_a_year"]["expected"] > 0  # a rough guess, and says so
    assert any("grobe Annahme" in reason for reason in paper["forecast"]["reasons"])
    codes = {point["code"] for point in paper["open_points"]}
    assert {"terms", "agreement", "cost", "staff_cost", "questionnaire", "start", "calls", "law", "missing"} <= codes
    region = decision_paper(empty, FINANCE, Asked("REGION"))
    assert "Einwohner" in region["forecast"]["missing"]
    with pytest.raises(NotFound):
        decision_paper(empty, FINANCE, Asked("03299999"))


def test_a_wished_start_that_is_over_is_moved_and_said(session: Session):
    answered(session, wished_start="01.07.2026")
    paper = decision_paper(session, FINANCE, Asked(BURGDORF, cost_cents=100_000_000))
    assert paper["start"] == {"day": date(2027, 2, 1).isoformat(), "wished": "2026-07-01", "assumed": True}
    assert paper["cost"]["basis"] == "assumed"
    assert paper["cost"]["cost_cents"] == [100_000_000] * 3
