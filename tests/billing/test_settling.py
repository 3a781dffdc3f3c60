"""A settlement's life: reckoned from stored inputs, two people, ledger, corrections, objections, reversal."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.billing.centre import (
    BURGDORF,
    FINANCE,
    LANGENHAGEN,
    MUNICIPALITY,
    SUPERVISOR,
    WEDEMARK,
    agree,
    close,
    correct,
    cost,
    terms,
)
from tests.billing.centre import (
    charge_and_issue as charge,
)
from wfm.accounts.rules import Viewer
from wfm.billing.models import LedgerEntry, LedgerLine, Settlement
from wfm.billing.service import ledger, settling
from wfm.billing.service.drafting import draft_advance, draft_annual, draft_period
from wfm.billing.service.reading import shares
from wfm.billing.service.results import digest, recompute, require_unchanged
from wfm.core.errors import Conflict, NotAllowed, NotFound, RuleBroken, WfmError
from wfm.core.intervals import Days, Month

YEAR = Days.of_year(2026)
NEXT = Days.of_year(2027)


def year_of_usage(session: Session, year: int, times: int = 1) -> None:
    for number in range(1, 13):
        usage = {BURGDORF: (100 * times, 20_000), LANGENHAGEN: (300 * times, 90_000), "": (10, 1_000)}
        close(session, Month(year, number), usage)


def by_inhabitants(session: Session) -> None:
    umlage = terms(session, "V1", {})
    agree(session, umlage, BURGDORF, date(2026, 1, 1))
    agree(session, umlage, LANGENHAGEN, date(2026, 1, 1))
    agree(session, umlage, WEDEMARK, date(2026, 7, 1))


def owed(session: Session, settlement: Settlement) -> dict[str, int]:
    return {share.partner: share.due_cents for share in shares(session, settlement.id)}


def test_a_year_with_advances_covers_its_cost_to_the_cent(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 800_000, "plan")
        cost(session, Month(2026, number), 833_333)
    advances = [charge(session, draft_advance(session, FINANCE, 2026, number)) for number in range(1, 5)]
    assert [sorted(owed(session, each)) for each in advances] == [
        [BURGDORF, LANGENHAGEN], [BURGDORF, LANGENHAGEN],
        [BURGDORF, LANGENHAGEN, WEDEMARK], [BURGDORF, LANGENHAGEN, WEDEMARK],
    ]  # fmt: skip
    assert sum(sum(owed(session, each).values()) for each in advances) == 9_600_000

    annual = draft_annual(session, FINANCE, YEAR)
    assert sum(share.cents for share in shares(session, annual.id)) == 9_999_996
    assert sum(owed(session, annual).values()) == 399_996
    assert recompute(annual) == annual.result_hash
    charge(session, annual)
    balances = ledger.balances(session)
    assert sum(balances.values()) == 0
    assert balances["cost"] == 0
    assert balances["host"] == -9_999_996
    assert {name: cents for name, cents in balances.items() if name.startswith("advance")} == dict.fromkeys(
        (f"advance:{partner}" for partner in (BURGDORF, LANGENHAGEN, WEDEMARK)), 0
    )
    assert sum(cents for name, cents in balances.items() if name.startswith("partner")) == 9_999_996


def test_the_same_inputs_give_the_same_bytes_whatever_has_changed_since(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 100_001)
    annual = draft_annual(session, FINANCE, YEAR)
    session.execute(text("UPDATE partner_inhabitants SET inhabitants = inhabitants * 2"))
    session.expire(annual)
    assert recompute(annual) == digest(annual.result) == annual.result_hash
    kept = json.loads(json.dumps(annual.inputs))
    assert kept["sources"]["inhabitants"][BURGDORF]["as_of"] == "2024-12-31"
    session.expunge(annual)  # the database would refuse it
    annual.inputs = kept | {"run": kept["run"] | {"cost_cents": kept["run"]["cost_cents"] + 1}}
    assert recompute(annual) != annual.result_hash


def test_the_host_pays_the_part_of_a_partner_that_is_still_in_the_pilot(session: Session):
    by_seconds = terms(session, "V5", {"plan_cents": 0}, cycle={"advances": 0, "due_days": []})
    pilot = terms(session, "V0", {}, "Pilot")
    agree(session, by_seconds, BURGDORF, date(2026, 1, 1))
    agree(session, pilot, LANGENHAGEN, date(2026, 1, 1), date(2026, 7, 1))
    agree(session, by_seconds, LANGENHAGEN, date(2026, 7, 1))
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000_000)
    annual = draft_annual(session, FINANCE, YEAR)
    # B 240,000 s, L 540,000 s in the pilot and 540,000 s after it, 12,000 s of nobody; 12,000,000 ct
    kept = -(-12_000_000 * 12_000 // 1_332_000) - 1
    left = 12_000_000 - kept
    shares_ = {share.partner: share.cents for share in shares(session, annual.id)}
    assert shares_ == {BURGDORF: round(left * 240 / 1320), LANGENHAGEN: round(left * 540 / 1320)}
    assert recompute(annual) == annual.result_hash


def test_what_was_tampered_with_is_not_released(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 100_001)
    annual = draft_annual(session, FINANCE, YEAR)
    require_unchanged(annual)
    run = annual.inputs["run"] | {"cost_cents": annual.inputs["run"]["cost_cents"] + 1}
    other = Settlement(kind="annual", inputs=annual.inputs | {"run": run}, result_hash=annual.result_hash)
    with pytest.raises(Conflict, match="passt nicht mehr"):
        require_unchanged(other)


def test_two_people(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1)
    annual = draft_annual(session, FINANCE, YEAR)
    with pytest.raises(Conflict):
        settling.release(session, SUPERVISOR, annual.id)
    settling.check(session, FINANCE, annual.id)
    with pytest.raises(NotAllowed) as refused:
        settling.release(session, FINANCE, annual.id)
    assert refused.value.code == "settlement.four_eyes"
    with pytest.raises(NotAllowed):
        settling.release(session, MUNICIPALITY, annual.id)
    assert not session.query(LedgerEntry).count()
    with pytest.raises(Conflict, match="schon eine Abrechnung"):
        draft_annual(session, FINANCE, YEAR)
    settling.withdraw(session, FINANCE, annual.id)
    draft_annual(session, FINANCE, YEAR)


def test_what_may_still_change_is_not_settled(session: Session):
    by_inhabitants(session)
    for number in range(1, 12):
        close(session, Month(2026, number), {BURGDORF: (1, 1)})
        cost(session, Month(2026, number), 1)
    with pytest.raises(RuleBroken, match="Noch nicht abgeschlossen: Dezember 2026"):
        draft_annual(session, FINANCE, YEAR)
    close(session, Month(2026, 12), {BURGDORF: (1, 1)})
    with pytest.raises(RuleBroken, match="keine Kosten eingetragen für: Dezember 2026"):
        draft_annual(session, FINANCE, YEAR)


def test_a_correction_after_settling_is_charged_with_the_next_one_as_if_it_had_been_known(session: Session):
    by_seconds = terms(session, "V5", {"plan_cents": 0}, cycle={"advances": 0, "due_days": []})
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, by_seconds, partner, date(2026, 1, 1))
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000_000)
    first = charge(session, draft_annual(session, FINANCE, YEAR))
    before = {share.partner: share.cents for share in shares(session, first.id)}
    year_of_usage(session, 2027)
    correct(session, date(2026, 5, 3), BURGDORF, 50, 60_000, booked_in=Month(2027, 2))
    cost(session, Month(2026, 11), 7)
    for number in range(1, 13):
        cost(session, Month(2027, number), 1_000_000)
    second = charge(session, draft_annual(session, FINANCE, NEXT))
    # 2026 again: 300,000 and 1,080,000 s of B and L, 12,000 s of nobody, 12,000,007 ct
    kept = 12_000_007 * 12_000 // 1_392_000 + 1
    assert kept == 103_449
    restated = {each["partner"]: each["corrections"] for each in second.result["charges"]}
    assert before[BURGDORF] + restated[BURGDORF] == round((12_000_007 - 103_448) * 300_000 / 1_380_000)
    assert sum(before.values()) + sum(restated.values()) == 12_000_007 - 103_448
    assert ledger.balances(session)["cost"] == 0
    with pytest.raises(Conflict, match="baut auf dieser auf"):
        settling.reverse(session, FINANCE, first.id, "falsch")
    # Nothing is charged twice.
    year_of_usage(session, 2028)
    for number in range(1, 13):
        cost(session, Month(2028, number), 1_000_000)
    third = draft_annual(session, FINANCE, Days(date(2028, 1, 1), date(2029, 1, 1)))
    assert third.inputs["earlier"] == []


def test_an_objection_is_answered_and_a_reversal_undoes_everything(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000)
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False):
        annual = charge(session, draft_annual(session, FINANCE, YEAR))
        settling.send(session, FINANCE, annual.id)
        assert {share.due_on for share in shares(session, annual.id)} == {date(2027, 3, 31)}
        with pytest.raises(RuleBroken, match=r"noch bis zum 29\.03\.2027"):
            settling.finish(session, FINANCE, annual.id)
    with time_machine.travel(datetime(2027, 3, 29, 12, tzinfo=UTC), tick=False):
        settling.object_to(session, MUNICIPALITY, annual.id, BURGDORF, "Die Zahl der Anrufe stimmt nicht.")
        assert annual.state == "objected"
        settling.decide(session, SUPERVISOR, annual.id, BURGDORF, accepted=False, reason="Geprüft: sie stimmt.")
        assert annual.state == "sent"
    with time_machine.travel(datetime(2027, 3, 30, 12, tzinfo=UTC), tick=False):
        with pytest.raises(RuleBroken, match="abgelaufen"):
            settling.object_to(session, FINANCE, annual.id, WEDEMARK, "zu spät")
        settling.finish(session, FINANCE, annual.id)
        assert session.scalar(text("SELECT count(*) FROM month WHERE settled_at IS NOT NULL")) == 12
        reversal = settling.reverse(session, FINANCE, annual.id, "Kosten falsch gebucht")
        charge(session, reversal)
    assert set(ledger.balances(session).values()) == {0}
    assert session.scalar(text("SELECT count(*) FROM month WHERE settled_at IS NOT NULL")) == 0
    draft_annual(session, FINANCE, YEAR)


def test_a_municipality_objects_for_itself_only(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    settling.send(session, FINANCE, annual.id)
    with pytest.raises(WfmError):
        settling.object_to(session, MUNICIPALITY, annual.id, WEDEMARK, "nein")


def test_whoever_has_left_is_still_charged_for_what_is_found_later(session: Session):
    by_seconds = terms(session, "V5", {"plan_cents": 0}, cycle={"advances": 0, "due_days": []})
    agree(session, by_seconds, BURGDORF, date(2026, 1, 1), date(2027, 1, 1))
    agree(session, by_seconds, LANGENHAGEN, date(2026, 1, 1))
    for year in (2026, 2027):
        year_of_usage(session, year)
        for number in range(1, 13):
            cost(session, Month(year, number), 1_000_000)
        if year == 2026:
            charge(session, draft_annual(session, FINANCE, YEAR))
    correct(session, date(2026, 5, 3), BURGDORF, 50, 60_000, booked_in=Month(2027, 2))
    second = charge(session, draft_annual(session, FINANCE, NEXT))
    (left,) = (share for share in shares(session, second.id) if share.partner == BURGDORF)
    assert left.due_cents > 0
    assert left.by_treatment == {"not_taxable": left.cents}
    settling.send(session, FINANCE, second.id)
    assert left.due_on is not None


def test_nothing_is_charged_beforehand_that_the_year_does_not_take_off(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000, "plan")
        cost(session, Month(2026, number), 1_000)
    first, second = (draft_advance(session, FINANCE, 2026, number) for number in (1, 2))
    charge(session, first)
    annual = draft_annual(session, FINANCE, YEAR)
    with pytest.raises(Conflict, match="schon eine Abrechnung"):
        draft_advance(session, FINANCE, 2026, 3)
    with pytest.raises(Conflict, match="schon eine Abrechnung"):
        draft_period(session, FINANCE, Days(date(2026, 1, 1), date(2026, 4, 1)))
    settling.check(session, FINANCE, annual.id)
    charge(session, second)
    with pytest.raises(Conflict, match="Seit dem Entwurf"):
        settling.release(session, SUPERVISOR, annual.id)
    settling.withdraw(session, FINANCE, annual.id)
    again = charge(session, draft_annual(session, FINANCE, YEAR))
    assert again.inputs["advances_of"] == [first.id, second.id]


def test_an_advance_keeps_which_months_it_was_divided_by(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2025)
    cost(session, Month(2026, 1), 1_000, "plan")
    advance = draft_advance(session, FINANCE, 2026, 1)
    months = {each["month"]: each["content_hash"] for each in advance.inputs["sources"]["usage"]}
    assert months == {f"2025-{number:02d}": f"2025-{number:02d}".encode().hex() for number in range(1, 13)}


def test_a_reversal_that_was_withdrawn_may_be_made_again(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    reversal = settling.reverse(session, FINANCE, annual.id, "falsch")
    with pytest.raises(Conflict, match="schon storniert"):
        settling.reverse(session, FINANCE, annual.id, "falsch")
    settling.withdraw(session, FINANCE, reversal.id)
    session.flush()
    charge(session, settling.reverse(session, FINANCE, annual.id, "doch"))
    assert set(ledger.balances(session).values()) == {0}


def test_two_tokens_are_not_two_people(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 1_000)
    annual = draft_annual(session, FINANCE, YEAR)
    with pytest.raises(NotAllowed) as refused:
        settling.check(session, Viewer("key", FINANCE.role), annual.id)
    assert refused.value.code == "settlement.no_person"
    settling.check(session, FINANCE, annual.id)
    with pytest.raises(NotAllowed, match="nur ein Mensch"):
        settling.release(session, Viewer("other", FINANCE.role), annual.id)
    with pytest.raises(NotFound):  # what has not gone out is none of theirs yet
        settling.object_to(session, MUNICIPALITY, annual.id, BURGDORF, "nein")


def test_the_difference_may_be_carried_over(session: Session):
    by_seconds = terms(session, "V5", {"plan_cents": 0}, cycle={"true_up": "carry_over", "carry_over_years": 3})
    for partner in (BURGDORF, LANGENHAGEN):
        agree(session, by_seconds, partner, date(2026, 1, 1))
    year_of_usage(session, 2025)
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 800_000, "plan")
        cost(session, Month(2026, number), 900_000)
    for number in range(1, 5):
        charge(session, draft_advance(session, FINANCE, 2026, number))
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    assert set(owed(session, annual).values()) == {0}
    balances = ledger.balances(session)
    carried = {name: cents for name, cents in balances.items() if name.startswith("carry")}
    assert sum(carried.values()) == sum(share.cents - share.advances_cents for share in shares(session, annual.id)) > 0
    assert balances["cost"] == 0
    year_of_usage(session, 2027)
    for number in range(1, 13):
        cost(session, Month(2027, number), 900_000)
    charge(session, draft_annual(session, FINANCE, NEXT))
    with pytest.raises(Conflict, match="baut auf dieser auf"):
        settling.reverse(session, FINANCE, annual.id, "falsch")
    later = ledger.balances(session)
    assert all(later[name] * 3 - cents * 2 in range(-3, 4) for name, cents in carried.items())


def test_a_period_charged_by_prices_is_taken_off_at_the_end_of_the_year(session: Session):
    parameters = {"price_per_minute_cents": 121, "unit": "second"}
    price = terms(session, "V3", parameters, cycle={"advances": 0, "due_days": [], "remainder": "shares"})
    agree(session, price, BURGDORF, date(2026, 1, 1))
    year_of_usage(session, 2026)
    for number in range(1, 13):
        cost(session, Month(2026, number), 50_000)
    quarter = charge(session, draft_period(session, FINANCE, Days(date(2026, 1, 1), date(2026, 4, 1))))
    assert owed(session, quarter) == {BURGDORF: 121_000}  # 60,000 s at 1.21 a minute
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    assert owed(session, annual) == {BURGDORF: 600_000 - 121_000}
    with pytest.raises(Conflict, match="verrechnet"):
        settling.reverse(session, FINANCE, quarter.id, "falsch")


def test_an_entry_that_does_not_sum_to_zero_is_refused_by_the_database(session: Session):
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        post_lopsided(session)


def post_lopsided(session: Session) -> None:
    with session.begin_nested():
        entry = LedgerEntry(
            booked_on=date(2026, 1, 1), kind="cost", text="x", made_at=datetime.now(UTC), made_by="person:1"
        )
        session.add(entry)
        session.flush()
        session.add(LedgerLine(entry_id=entry.id, no=1, account="cost", cents=1))
        session.flush()
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_shadow_settlement_is_never_charged(session: Session):
    by_inhabitants(session)
    year_of_usage(session, 2026)
    cost(session, Month(2026, 1), 800_000, "plan")
    cost(session, Month(2026, 2), 700_000)  # of one month only: no actual cost of the year
    shadow = draft_annual(session, FINANCE, YEAR, shadow=True)
    assert (shadow.inputs["cost"]["stage"], shadow.inputs["cost"]["cents"]) == ("plan", 800_000)
    assert len(shadow.inputs["cost"]["without_actual"]) == 11
    settling.check(session, FINANCE, shadow.id)
    with pytest.raises(RuleBroken, match="nie berechnet"):
        settling.release(session, SUPERVISOR, shadow.id)


def test_who_may_not(session: Session):
    for viewer in (SUPERVISOR, MUNICIPALITY, Viewer("x", FINANCE.role, scopes=frozenset({"usage.read"}))):
        with pytest.raises(NotAllowed):
            draft_annual(session, viewer, YEAR)
