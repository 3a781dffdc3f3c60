"""Page and interface of the cover of cost: a period is looked at, and its result carried forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from tests.api.conftest import signed_in
from tests.billing.centre import BURGDORF, FINANCE, agree, charge, close, cost, parties, terms
from wfm.billing.service.drafting import draft_annual
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.directory.service import load_base_data

PAGE = "/abrechnung/kosten/deckung"


@pytest.fixture
def deficit(database: str) -> None:
    """2025 cost 12,000 euros; 1,200 calls at 9 euros brought 10,800."""
    with transaction() as session:
        load_base_data(session)
        parties(session)
        cycle = {"advances": 0, "due_days": [], "cost_covering": True}
        prices = terms(session, "V2", {"price_per_call_cents": 900, "ceiling_cents_per_inhabitant": 9_999}, cycle=cycle)
        agree(session, prices, BURGDORF, date(2025, 1, 1))
        for number in range(1, 13):
            close(session, Month(2025, number), {BURGDORF: (100, 20_000)})
            cost(session, Month(2025, number), 100_000)
        charge(session, draft_annual(session, FINANCE, Days.of_year(2025)))


@pytest.fixture
def finance(deficit: None, app: Flask) -> Callable:
    return signed_in(app, "finance")


def test_a_deficit_is_carried_forward_by_hand(finance):
    shown = finance.get(f"{PAGE}?year=2025").text
    assert "-1.200,00" in shown.replace("−", "-")
    assert "Ergebnis vortragen" in shown
    assert finance("POST", PAGE, data={"year": "2025", "over": "4"}).status_code == 422
    done = finance("POST", PAGE, data={"year": "2025", "over": "2"})
    assert done.status_code == 303
    after = finance.get(f"{PAGE}?year=2025").text
    assert "2026: 600,00 €; 2027: 600,00 €" in after
    assert "Ergebnis vortragen" not in after
    twice = finance("POST", PAGE, data={"year": "2025", "over": "2"})
    assert (twice.status_code, "schon vorgetragen" in twice.text) == (422, True)
    assert "2025 bis 2025" in finance.get(f"{PAGE}?year=2025&liste=vortraege&format=csv").text


def test_over_the_interface(finance):
    seen = finance.get("/api/v1/settlement/cost/cover?year=2025").json
    assert (seen["result_cents"], seen["years"][0]["yield_cents"], seen["carried"]) == (-120_000, 1_080_000, [])
    refused = finance("POST", "/api/v1/settlement/cost/cover", json={"year": 2024, "over": 3})
    assert (refused.status_code, refused.json["code"]) == (422, "cost.not_covering")
    made = finance("POST", "/api/v1/settlement/cost/cover", json={"year": 2025, "over": 3})
    assert (made.status_code, made.json["carried"]) == (201, {"2026": 40_000, "2027": 40_000, "2028": 40_000})
    assert finance("POST", "/api/v1/settlement/cost/cover", json={"year": 2025, "over": 3}).status_code == 409
