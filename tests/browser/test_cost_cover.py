"""The cover of cost in a real browser, wide and narrow: a deficit looked at and carried forward."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.billing.centre import FINANCE, agree, charge, close, cost, parties, terms
from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from wfm.billing.service.drafting import draft_annual
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month


@pytest.fixture(scope="module")
def deficit(centre: None) -> None:
    """2025 cost 12 million euros; 1,200 calls at 9 euros brought 10,800."""
    with transaction() as session:
        parties(session)
        cycle = {"advances": 0, "due_days": [], "cost_covering": True}
        prices = terms(session, "V2", {"price_per_call_cents": 900, "ceiling_cents_per_inhabitant": 9_999}, cycle=cycle)
        agree(session, prices, BURGDORF, date(2025, 1, 1))
        for number in range(1, 13):
            close(session, Month(2025, number), {BURGDORF: (100, 20_000)})
            cost(session, Month(2025, number), 100_000_000)
        charge(session, draft_annual(session, FINANCE, Days.of_year(2025)))


def test_a_deficit_is_carried_forward(deficit: None, sign_in: SignIn) -> None:
    page = sign_in("finance")
    page.goto("/abrechnung/kosten/deckung?year=2025")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kostendeckung")
    check_page(page, dark=True)
    page.get_by_role("button", name="Ergebnis vortragen").click()
    expect(page.get_by_text("Das Ergebnis ist vorgetragen.")).to_be_visible()
    expect(page.get_by_role("table", name="Vorträge")).to_contain_text("2026: 3.996.400,00")
    check_page(page)
