"""Variants side by side over the same months, and what hangs on volumes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, WEDEMARK, close, cost, terms
from wfm.billing.service.comparing import compare, sensitivity
from wfm.core.db import transaction
from wfm.core.errors import NotAllowed, NotFound, RuleBroken
from wfm.core.intervals import Days, Month
from wfm.directory.service import load_base_data

YEAR = Days.of_year(2026)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with transaction() as session:
        load_base_data(session)
        for number in range(1, 13):
            usage = {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000), "": (10, 1_000)}
            if number >= 7:
                usage[WEDEMARK] = (50, 9_000)
            close(session, Month(2026, number), usage)
        yield session


def test_every_variant_covers_the_same_cost_side_by_side(session: Session):
    terms(session, "V1", {}, "Umlage")
    terms(session, "V3", {"price_per_minute_cents": 10, "unit": "second"}, "Preis")
    found = compare(session, FINANCE, YEAR, cost_cents=12_000_000)
    assert [(each["variant"], each["example"]) for each in found["candidates"]] == [
        ("V3", False), ("V1", False),
        *((variant, True) for variant in ("V1", "V2", "V3", "V4", "V5", "V6", "V7")),
    ]  # fmt: skip
    for place, candidate in enumerate(found["candidates"]):
        assert candidate["problem"] is None
        assert sum(row["cents"][place] for row in found["rows"]) + candidate["remainder_cents"] == 12_000_000
        if candidate["example"]:
            assert abs(candidate["remainder_cents"]) < 50
    # Wedemark joined in July: 184 of 365 days
    by_inhabitants = {row["partner"]: row["cents"][1] for row in found["rows"]}
    assert list(by_inhabitants) == [BURGDORF, LANGENHAGEN, WEDEMARK]
    assert found["rows"][0]["differences"][0] == 0
    assert found["open_months"] == []
    assert not found["generated"]


def test_terms_that_do_not_fit_say_why(session: Session):
    terms(session, "V7", {"weights": {"inhabitants": "1"}, "floor_cents": 10**9}, "Mischung")
    found = compare(session, FINANCE, YEAR, cost_cents=100, variants={"V7"})
    assert "Mindest" in found["candidates"][0]["problem"]
    assert found["rows"][0]["cents"][0] is None


def test_actual_cost_counts_only_if_every_month_has_it(session: Session):
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000_000, "plan")
        if number not in (8, 11):
            cost(session, Month(2026, number), 1_100_000)
    for found in (
        compare(session, FINANCE, YEAR, variants={"V1"}),
        sensitivity(session, FINANCE, YEAR, BURGDORF),
    ):
        assert (found["stage"], found["cost_cents"]) == ("plan", 12_000_000)
        assert (found["without_actual"], found["without_plan"]) == (["2026-08", "2026-11"], [])
    half = Days(date(2026, 1, 1), date(2026, 8, 1))
    found = compare(session, FINANCE, half, variants={"V1"})
    assert (found["stage"], found["cost_cents"], found["without_actual"]) == ("actual", 7_700_000, [])
    cost(session, Month(2026, 8), 0)
    cost(session, Month(2026, 11), 1_100_000)
    found = compare(session, FINANCE, YEAR, variants={"V1"})
    assert (found["stage"], found["cost_cents"]) == ("actual", 12_100_000)
    asked = compare(session, FINANCE, YEAR, stage="plan", variants={"V1"})
    assert (asked["stage"], asked["cost_cents"], asked["without_actual"]) == ("plan", 12_000_000, [])


def test_part_of_the_actual_cost_and_no_plan_is_no_cost(session: Session):
    for number in range(1, 12):
        cost(session, Month(2026, number), 1_000_000)
    with pytest.raises(RuleBroken, match="fehlen für: Dezember 2026") as refused:
        compare(session, FINANCE, YEAR)
    assert refused.value.code == "settlement.no_cost"
    cost(session, Month(2026, 12), 700, "plan")
    found = compare(session, FINANCE, YEAR, variants={"V1"})
    assert (found["cost_cents"], found["without_plan"]) == (700, [f"2026-{number:02d}" for number in range(1, 12)])


def test_any_of_them_may_be_the_first(session: Session):
    written = terms(session, "V1", {}, "Umlage")
    found = compare(session, FINANCE, YEAR, cost_cents=12_000_000, first="V5")
    keys = [each["key"] for each in found["candidates"]]
    assert keys == [f"terms-{written.id}", "V1", "V2", "V3", "V4", "V5", "V6", "V7"]
    assert found["first"] == "V5"
    for row in found["rows"]:
        assert row["differences"] == [cents - row["cents"][keys.index("V5")] for cents in row["cents"]]
    assert found["rows"][0]["inhabitants"] == 31_051
    with pytest.raises(NotFound):
        compare(session, FINANCE, YEAR, cost_cents=1, first="V9")


def test_without_cost_or_usage_it_says_so(session: Session):
    with pytest.raises(RuleBroken, match="keine Kosten eingetragen"):
        compare(session, FINANCE, YEAR)
    with pytest.raises(RuleBroken, match="keinem Partner Nutzung"):
        compare(session, FINANCE, Days(date(2020, 1, 1), date(2020, 2, 1)), cost_cents=1)
    cost(session, Month(2026, 3), 500_000, "plan")
    assert compare(session, FINANCE, YEAR, stage="plan")["cost_cents"] == 500_000
    with pytest.raises(NotAllowed):
        compare(session, MUNICIPALITY, YEAR, cost_cents=1)


def test_more_usage_never_pays_less(session: Session):
    found = sensitivity(session, FINANCE, YEAR, BURGDORF, cost_cents=12_000_000)
    assert len(found["rows"]) == 7
    for row in found["rows"]:
        own = [row["own"][step] for step in sorted(row["own"])]
        assert own == sorted(own), row["variant"]
    by_variant = {row["variant"]: row for row in found["rows"]}
    assert len(set(by_variant["V1"]["own"].values())) == 1
    assert by_variant["V3"]["host"][-30] == pytest.approx(3_600_000, abs=50)
    with pytest.raises(NotFound):
        sensitivity(session, FINANCE, YEAR, "03299999", cost_cents=1)
