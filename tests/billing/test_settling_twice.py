"""Nothing is charged twice, nothing is left behind: settlements that touch each other, in whatever order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.billing.centre import (
    BURGDORF,
    FINANCE,
    LANGENHAGEN,
    NO_ADVANCES,
    SUPERVISOR,
    agree,
    close,
    correct,
    cost,
    parties,
    terms,
)
from tests.billing.centre import (
    charge_and_issue as charge,
)
from wfm.billing.models import Settlement, SettlementShare
from wfm.billing.service import issuing, ledger, settling
from wfm.billing.service.drafting import draft_advance, draft_annual, draft_period
from wfm.billing.service.reading import shares
from wfm.billing.service.results import recompute
from wfm.billing.service.tax import tax_rules
from wfm.core.db import transaction
from wfm.core.errors import Conflict
from wfm.core.intervals import Days, Month
from wfm.directory.service import load_base_data

CARRIED = {"true_up": "carry_over", "carry_over_years": 3}


FIRST_HALF = Days(date(2027, 1, 1), date(2027, 7, 1))
SECOND_HALF = Days(date(2027, 7, 1), date(2028, 1, 1))


def closed_year(session: Session, number: int, cents: int = 1_000_000) -> None:
    for month in range(1, 13):
        close(session, Month(number, month), {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000)})
        cost(session, Month(number, month), cents, "plan")
        cost(session, Month(number, month), cents + 100_000)


def by_seconds(session: Session, **cycle: object) -> None:
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=cycle)
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, umlage, partner, date(2026, 1, 1))


def check(session: Session, settlement: Settlement) -> Settlement:
    return settling.check(session, FINANCE, settlement.id)


def release(session: Session, settlement: Settlement) -> Settlement:
    """As two people do it who send what they release: later settlements refer to the documents."""
    released = settling.release(session, SUPERVISOR, settlement.id)
    issuing.issue(session, FINANCE, settlement.id)
    return released


def share(session: Session, settlement: Settlement, partner: str) -> SettlementShare:
    return next(each for each in shares(session, settlement.id) if each.partner == partner)


def carried(session: Session) -> int:
    return sum(cents for name, cents in ledger.balances(session).items() if name.startswith("carry"))


# ---- advances --------------------------------------------------------------------------------------------------------


def test_an_advance_is_not_released_after_the_annual_settlement_that_would_have_taken_it_off(session: Session):
    by_seconds(session)
    closed_year(session, 2026)
    advance = check(session, draft_advance(session, FINANCE, 2026, 1))
    charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    with pytest.raises(Conflict) as refused:
        release(session, advance)
    assert refused.value.code == "settlement.exists"


def test_two_who_release_at_once_do_so_one_after_the_other(database: str):
    with transaction() as session:
        load_base_data(session)
        parties(session)
        by_seconds(session)
        closed_year(session, 2026)
        advance = check(session, draft_advance(session, FINANCE, 2026, 1)).id
        annual = check(session, draft_annual(session, FINANCE, Days.of_year(2026))).id

    def release_advance() -> str:
        with transaction() as other:
            settling.release(other, SUPERVISOR, advance)
        return "released"

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            settling.release(session, SUPERVISOR, annual)
            session.flush()
            meanwhile = pool.submit(release_advance)
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not session.scalar(text(waiting)) and not meanwhile.done():
                pass
        with pytest.raises(Conflict, match="schon eine Abrechnung"):
            meanwhile.result()


def test_the_reversal_of_an_advance_is_not_released_once_the_advance_was_set_off(session: Session):
    by_seconds(session)
    closed_year(session, 2026)
    advance = charge(session, draft_advance(session, FINANCE, 2026, 1))
    reversal = check(session, settling.reverse(session, FINANCE, advance.id, "falsch"))
    charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    with pytest.raises(Conflict) as refused:
        release(session, reversal)
    assert refused.value.code == "settlement.set_off"


def test_a_part_of_a_year_is_not_settled_beside_advances_of_the_whole_year(session: Session):
    by_seconds(session)
    closed_year(session, 2026)
    closed_year(session, 2027)
    charge(session, draft_advance(session, FINANCE, 2027, 1))
    with pytest.raises(Conflict) as refused:
        draft_annual(session, FINANCE, FIRST_HALF)
    assert refused.value.code == "settlement.reaches_beyond"
    draft_annual(session, FINANCE, Days.of_year(2027))


def test_whoever_paid_advances_and_is_no_member_after_all_gets_them_back(session: Session):
    by_seconds(session)
    closed_year(session, 2025)
    closed_year(session, 2026)
    first = charge(session, draft_advance(session, FINANCE, 2026, 1))
    paid = share(session, first, BURGDORF).cents
    session.execute(text("UPDATE agreement SET valid = daterange('2025-01-01', '2026-01-01') WHERE partner = :p"),
                    {"p": BURGDORF})  # fmt: skip
    session.expire_all()
    annual = charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    assert share(session, annual, BURGDORF).due_cents == -paid < 0
    assert recompute(annual) == annual.result_hash
    assert {cents for name, cents in ledger.balances(session).items() if name.startswith("advance")} == {0}
    settling.send(session, FINANCE, annual.id)
    assert tax_rules(annual.inputs, BURGDORF)  # the paper that gives it back has a tax treatment


def test_the_pilot_is_no_time_for_advances(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0})
    pilot = terms(session, "V0", {}, "Pilot")
    agree(session, umlage, BURGDORF, date(2026, 1, 1))
    agree(session, pilot, LANGENHAGEN, date(2026, 1, 1), date(2026, 7, 1))
    agree(session, umlage, LANGENHAGEN, date(2026, 7, 1))
    closed_year(session, 2025)
    closed_year(session, 2026)
    asked = [draft_advance(session, FINANCE, 2026, number) for number in (1, 2, 3, 4)]
    assert [sorted(each.partner for each in shares(session, one.id)) for one in asked] == [
        [BURGDORF], [BURGDORF], [BURGDORF, LANGENHAGEN], [BURGDORF, LANGENHAGEN],
    ]  # fmt: skip


# ---- corrections -----------------------------------------------------------------------------------------------------


def corrected_2026(session: Session) -> Settlement:
    by_seconds(session, **NO_ADVANCES)
    for number in (2026, 2027, 2028):
        closed_year(session, number)
    first = charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    correct(session, date(2026, 5, 3), BURGDORF, 50, 60_000, booked_in=Month(2027, 2))
    return first


def test_two_drafts_don_t_charge_one_correction_twice(session: Session):
    corrected_2026(session)
    second, third = (check(session, draft_annual(session, FINANCE, Days.of_year(number))) for number in (2027, 2028))
    assert second.inputs["earlier"]
    assert third.inputs["earlier"]
    release(session, second)
    with pytest.raises(Conflict) as refused:
        release(session, third)
    assert refused.value.code == "settlement.outdated"


def test_what_a_later_settlement_rests_on_is_not_reversed_before_it(session: Session):
    first = corrected_2026(session)
    reversal = check(session, settling.reverse(session, FINANCE, first.id, "falsch"))
    second = charge(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    with pytest.raises(Conflict) as refused:
        release(session, reversal)
    assert refused.value.code == "settlement.built_on"
    settling.withdraw(session, FINANCE, reversal.id)
    session.flush()
    with pytest.raises(Conflict) as refused:
        settling.reverse(session, FINANCE, first.id, "falsch")
    assert refused.value.details["settlement"] == second.id
    charge(session, settling.reverse(session, FINANCE, second.id, "falsch"))
    charge(session, settling.reverse(session, FINANCE, first.id, "falsch"))
    charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    again = charge(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    assert again.inputs["earlier"] == []
    balances = ledger.balances(session)
    assert balances["cost"] == 0
    assert sum(cents for name, cents in balances.items() if name.startswith("partner")) == 2 * 12 * 1_100_000


def test_what_a_later_settlement_has_corrected_further_is_not_reversed_before_it(session: Session):
    corrected_2026(session)
    second = charge(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    correct(session, date(2026, 6, 3), BURGDORF, 50, 60_000, booked_in=Month(2028, 2))
    third = charge(session, draft_annual(session, FINANCE, Days.of_year(2028)))
    with pytest.raises(Conflict) as refused:
        settling.reverse(session, FINANCE, second.id, "falsch")
    assert refused.value.details["settlement"] == third.id
    charge(session, settling.reverse(session, FINANCE, third.id, "falsch"))


def test_sums_that_privacy_has_deleted_are_no_correction(session: Session):
    corrected_2026(session)
    charge(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    session.execute(text("DELETE FROM fact_month WHERE month < '2026-03-01'"))
    session.execute(text("DELETE FROM usage_correction"))
    third = draft_annual(session, FINANCE, Days.of_year(2028))
    assert third.inputs["earlier"] == []
    settling.withdraw(session, FINANCE, third.id)
    cost(session, Month(2026, 11), 500)
    again = draft_annual(session, FINANCE, Days.of_year(2028))
    assert sum(each["corrections"] for each in again.result["charges"]) == 500


def test_a_draft_does_not_outlive_the_settlement_it_corrects(session: Session):
    first = corrected_2026(session)
    second = check(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    charge(session, settling.reverse(session, FINANCE, first.id, "falsch"))
    with pytest.raises(Conflict) as refused:
        release(session, second)
    assert refused.value.code == "settlement.outdated"


def test_a_correction_falls_on_the_days_on_which_the_partner_was_a_member(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=NO_ADVANCES)
    agree(session, umlage, BURGDORF, date(2026, 1, 1))
    taxed = [{"from": "2026-09-15", "treatment": "not_taxable"}, {"from": "2027-01-01", "treatment": "taxed"}]
    agree(session, umlage, LANGENHAGEN, date(2026, 9, 15), tax=taxed)
    closed_year(session, 2026)
    charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    correct(session, date(2026, 10, 3), LANGENHAGEN, 50, 60_000, booked_in=Month(2026, 12))
    closed_year(session, 2027)
    second = draft_annual(session, FINANCE, Days.of_year(2027))
    (charged,) = (each for each in second.result["charges"] if each["partner"] == LANGENHAGEN)
    assert charged["corrections"] > 0
    assert share(session, second, LANGENHAGEN).by_treatment == {
        "not_taxable": charged["corrections"], "taxed": charged["own"],
    }  # fmt: skip


def test_each_agreement_says_the_tax_of_its_own_days(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=NO_ADVANCES)
    agree(session, umlage, LANGENHAGEN, date(2026, 1, 1))
    both = [{"from": "2026-01-01", "treatment": "not_taxable"}, {"from": "2026-07-01", "treatment": "taxed"}]
    agree(session, umlage, BURGDORF, date(2026, 1, 1), date(2026, 7, 1), tax=both)
    agree(session, umlage, BURGDORF, date(2026, 7, 1), tax=[{"from": "2020-01-01", "treatment": "exempt"}])
    closed_year(session, 2026)
    found = share(session, draft_annual(session, FINANCE, Days.of_year(2026)), BURGDORF)
    assert set(found.by_treatment) == {"not_taxable", "exempt"}
    assert sum(found.by_treatment.values()) == found.cents


# ---- carried over ----------------------------------------------------------------------------------------------------


def carried_2026(session: Session) -> Settlement:
    by_seconds(session, **CARRIED)
    for number in (2026, 2027, 2028, 2029):
        closed_year(session, number)
    charge(session, draft_advance(session, FINANCE, 2026, 1))
    return charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))


def test_two_parts_of_a_year_don_t_both_charge_what_was_put_off_to_it(session: Session):
    carried_2026(session)
    there = carried(session)
    charge(session, draft_annual(session, FINANCE, FIRST_HALF))
    charge(session, draft_annual(session, FINANCE, SECOND_HALF))
    assert carried(session) * 3 - there * 2 in range(-6, 7)


def test_parts_of_a_year_drafted_together_are_reckoned_anew(session: Session):
    carried_2026(session)
    one, other = (check(session, draft_annual(session, FINANCE, half)) for half in (FIRST_HALF, SECOND_HALF))
    release(session, one)
    with pytest.raises(Conflict) as refused:
        release(session, other)
    assert refused.value.code == "settlement.outdated"


def test_what_was_put_off_is_charged_once_though_a_year_is_reversed_and_settled_anew(session: Session):
    first = carried_2026(session)
    reversal = check(session, settling.reverse(session, FINANCE, first.id, "falsch"))
    second = charge(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    with pytest.raises(Conflict) as refused:
        release(session, reversal)
    assert refused.value.code == "settlement.built_on"
    charge(session, settling.reverse(session, FINANCE, second.id, "falsch"))
    release(session, reversal)
    cost(session, Month(2026, 3), 300_000)
    for number in (2026, 2027, 2028):
        charge(session, draft_annual(session, FINANCE, Days.of_year(number)))
    charge(session, draft_annual(session, FINANCE, Days.of_year(2029)))
    assert carried(session) == 0


def test_whoever_has_left_owes_what_was_put_off_and_keeps_a_tax_rule(session: Session):
    carried_2026(session)
    there = carried(session)
    session.execute(text("UPDATE agreement SET valid = daterange('2026-01-01', '2027-01-01') WHERE partner = :p"),
                    {"p": BURGDORF})  # fmt: skip
    session.expire_all()
    second = charge(session, draft_annual(session, FINANCE, Days.of_year(2027)))
    left = share(session, second, BURGDORF)
    assert (left.cents, left.due_cents > 0) == (0, True)
    assert carried(session) < there
    assert tax_rules(second.inputs, BURGDORF)


# ---- other -----------------------------------------------------------------------------------------------------------


def test_what_was_reversed_does_not_make_its_months_settled(session: Session):
    by_seconds(session, **NO_ADVANCES, objection_days=0)
    closed_year(session, 2026)
    annual = charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    settling.send(session, FINANCE, annual.id)
    charge(session, settling.reverse(session, FINANCE, annual.id, "falsch"))
    session.execute(text("UPDATE settlement SET sent_at = sent_at - interval '2 days' WHERE id = :i"), {"i": annual.id})
    session.refresh(annual)
    with pytest.raises(Conflict) as refused:
        settling.finish(session, FINANCE, annual.id)
    assert refused.value.code == "settlement.reversed"
    assert session.scalar(text("SELECT count(*) FROM month WHERE settled_at IS NOT NULL")) == 0


def test_prices_of_a_period_bear_only_their_part_of_what_is_nobodys(session: Session):
    price = terms(session, "V3", {"price_per_minute_cents": 60, "unit": "second"}, "Preis",
                  counting={"unattributed": "usage"}, cycle=NO_ADVANCES)  # fmt: skip
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=NO_ADVANCES)
    agree(session, price, BURGDORF, date(2026, 1, 1))
    agree(session, umlage, LANGENHAGEN, date(2026, 1, 1))
    close(session, Month(2026, 1), {BURGDORF: (10, 1_000), LANGENHAGEN: (10, 3_000), "": (4, 400)})
    period = draft_period(session, FINANCE, Month(2026, 1).days)
    assert share(session, period, BURGDORF).cents == 1_100  # a quarter of what is nobody's


def test_the_host_pays_for_the_pilot_beside_prices_trued_up_to_the_cost(session: Session):
    parameters = {"price_per_minute_cents": 60, "unit": "second"}
    price = terms(session, "V3", parameters, "Preis", cycle=NO_ADVANCES | {"remainder": "shares"})
    agree(session, price, BURGDORF, date(2026, 1, 1))
    agree(session, terms(session, "V0", {}, "Pilot"), LANGENHAGEN, date(2026, 1, 1))
    closed_year(session, 2026)
    annual = draft_annual(session, FINANCE, Days.of_year(2026))
    # 240,000 s and 1,080,000 s of 13,200,000 ct
    assert share(session, annual, BURGDORF).cents == 2_400_000
    assert share(session, annual, LANGENHAGEN).cents == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement SET inputs = '{}'",
        "UPDATE settlement SET result_hash = ''",
        "UPDATE settlement_share SET cents = cents + 1",
        "UPDATE settlement_share SET by_treatment = '{}'",
        "UPDATE ledger_line SET cents = 1",
        "DELETE FROM ledger_entry",
        "DELETE FROM settlement_share",
    ],
)
def test_the_database_keeps_what_was_reckoned_and_booked(session: Session, change: str):
    by_seconds(session, **NO_ADVANCES)
    closed_year(session, 2026)
    charge(session, draft_annual(session, FINANCE, Days.of_year(2026)))
    session.execute(text("SET LOCAL ROLE wfm_app"))
    with pytest.raises(DBAPIError, match=r"stays as it was reckoned|permission denied"), session.begin_nested():
        session.execute(text(change))
