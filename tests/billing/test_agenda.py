"""What agreements ask for next: advances of this year, the annual settlement of the last one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, agree, close, cost, terms
from wfm.billing.service import settling
from wfm.billing.service.agenda import what_is_due
from wfm.billing.service.drafting import draft_advance, draft_annual
from wfm.core.errors import NotAllowed, RuleBroken
from wfm.core.intervals import Days, Month


def due(session: Session, today: str) -> list[tuple[int, int | None, str]]:
    return [
        (each.year, each.instalment, str(each.day)) for each in what_is_due(session, FINANCE, date.fromisoformat(today))
    ]


def test_advances_come_up_two_months_before_their_day_as_long_as_nobody_has_begun(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0})
    agree(session, umlage, BURGDORF, date(2026, 1, 1))
    for month in range(1, 13):
        close(session, Month(2025, month), {BURGDORF: (10, 1_000)})
        cost(session, Month(2026, month), 1_000, "plan")
    assert due(session, "2026-01-02") == [(2026, 1, "2026-02-15")]
    assert due(session, "2026-04-01") == [(2026, 1, "2026-02-15"), (2026, 2, "2026-05-15")]
    advance = draft_advance(session, FINANCE, 2026, 1)
    assert due(session, "2026-04-01") == [(2026, 2, "2026-05-15")]
    settling.withdraw(session, FINANCE, advance.id)
    assert due(session, "2026-04-01")[0] == (2026, 1, "2026-02-15")
    with pytest.raises(NotAllowed):
        what_is_due(session, MUNICIPALITY, date(2026, 4, 1))


def test_nobody_pays_for_a_part_of_the_year_it_is_not_there_nor_in_the_pilot(session: Session):
    agree(session, terms(session, "V0", {}, name="Pilot"), LANGENHAGEN, date(2026, 1, 1))
    agree(session, terms(session, "V5", {"plan_cents": 0}), BURGDORF, date(2026, 8, 15))
    assert due(session, "2026-12-31") == [(2026, 3, "2026-08-15"), (2026, 4, "2026-11-15")]


def test_the_annual_settlement_is_due_by_the_earliest_day_agreed(session: Session):
    for partner, name, day in ((BURGDORF, "eins", "05-31"), (LANGENHAGEN, "zwei", "04-30")):
        cycle = {"advances": 0, "due_days": [], "settlement_day": day}
        agree(session, terms(session, "V3", {"price_per_minute_cents": 9, "unit": "second"}, name=name, cycle=cycle),
              partner, date(2025, 1, 1))  # fmt: skip
    for month in range(1, 13):
        close(session, Month(2025, month), {BURGDORF: (10, 1_000)})
        cost(session, Month(2025, month), 1_000)
    assert due(session, "2025-12-31") == []
    assert due(session, "2026-01-01") == [(2025, None, "2026-04-30")]
    draft_annual(session, FINANCE, Days(date(2025, 1, 1), date(2025, 7, 1)))
    assert due(session, "2026-06-01") == [(2025, None, "2026-04-30")], "the second half of the year is left"
    draft_annual(session, FINANCE, Days(date(2025, 7, 1), date(2026, 1, 1)))
    assert due(session, "2026-06-01") == []


def test_who_changes_terms_pays_as_the_later_ones_say(session: Session):
    """Advances that no settlement would ask for are on nobody's agenda."""
    agree(session, terms(session, "V5", {"plan_cents": 0}), BURGDORF, date(2026, 1, 1), date(2026, 7, 1))
    cycle = {"advances": 0, "due_days": []}
    prices = terms(session, "V3", {"price_per_minute_cents": 9, "unit": "second"}, name="Preise", cycle=cycle)
    agree(session, prices, BURGDORF, date(2026, 7, 1))
    cost(session, Month(2026, 1), 1_000, "plan")
    close(session, Month(2025, 3), {BURGDORF: (10, 1_000)})
    with pytest.raises(RuleBroken, match="sieht einen Abschlag"):
        draft_advance(session, FINANCE, 2026, 1)
    assert due(session, "2026-04-01") == []
