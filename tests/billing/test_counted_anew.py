"""A run counted anew: the same where nothing was corrected, and what it would have been where something was."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.billing.centre import (
    BURGDORF,
    FINANCE,
    LANGENHAGEN,
    NO_ADVANCES,
    WEDEMARK,
    agree,
    charge_and_issue,
    close,
    correct,
    cost,
    terms,
)
from wfm.billing.models import Terms
from wfm.billing.rules.case import Key
from wfm.billing.rules.run import Run, divide
from wfm.billing.service.cases import version_of
from wfm.billing.service.drafting import draft_annual
from wfm.billing.service.runs import counted, gather, usage_of_service
from wfm.core.intervals import Days, Month

YEAR = Days.of_year(2026)
NEXT = Days.of_year(2027)
BY_USAGE = {"unattributed": "usage"}
PRICE = {"price_per_minute_cents": 50, "unit": "second"}


def three_terms(session: Session) -> None:
    """A price, what divides the rest, and a pilot in which Burgdorf spends its first half year."""
    prices = terms(session, "V3", PRICE, name="Preis", cycle=NO_ADVANCES, counting=BY_USAGE)
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=NO_ADVANCES, counting=BY_USAGE)
    pilot = terms(session, "V0", {}, name="Erprobung")
    agree(session, umlage, LANGENHAGEN, date(2026, 1, 1))
    agree(session, pilot, BURGDORF, date(2026, 1, 1), date(2026, 7, 1))
    agree(session, umlage, BURGDORF, date(2026, 7, 1))
    agree(session, prices, WEDEMARK, date(2026, 1, 1))


def closed_years(session: Session) -> None:
    for number in range(24):
        month = Month(2026 + number // 12, number % 12 + 1)
        usage = {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000), WEDEMARK: (50, 10_000), "": (9, 3_001)}
        close(session, month, usage)
        cost(session, month, 1_000_000)


def again(session: Session, run: Run) -> Run:
    versions = [version_of(each) for each in session.scalars(select(Terms))]
    return counted(run, {each.title: each for each in versions}, usage_of_service(session, YEAR))


def test_nothing_corrected_is_nothing_changed(session: Session):
    three_terms(session)
    closed_years(session)
    run = gather(session, YEAR, 12_000_000).run
    assert again(session, run) == run
    charge_and_issue(session, draft_annual(session, FINANCE, YEAR))
    assert draft_annual(session, FINANCE, NEXT).inputs["earlier"] == []


def test_the_pilot_beside_one_that_pays_is_no_correction(session: Session):
    umlage = terms(session, "V5", {"plan_cents": 0}, cycle=NO_ADVANCES)
    agree(session, umlage, LANGENHAGEN, date(2026, 1, 1))
    agree(session, terms(session, "V0", {}, name="Erprobung"), BURGDORF, date(2026, 1, 1))
    closed_years(session)
    charge_and_issue(session, draft_annual(session, FINANCE, YEAR))
    assert draft_annual(session, FINANCE, NEXT).inputs["earlier"] == []


@given(
    late=st.lists(
        st.tuples(
            st.sampled_from([BURGDORF, LANGENHAGEN, WEDEMARK, ""]),
            st.integers(1, 12),
            st.integers(-9, 40),
            st.integers(-3_000, 9_000),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_corrections_are_charged_as_if_they_had_been_known(session: Session, late: list[tuple[str, int, int, int]]):
    with session.begin_nested() as trial:
        three_terms(session)
        closed_years(session)
        first = charge_and_issue(session, draft_annual(session, FINANCE, YEAR))
        for partner, month, calls, seconds in late:
            correct(session, date(2026, month, 3), partner, calls, seconds, booked_in=Month(2027, 2))
        second = draft_annual(session, FINANCE, NEXT)
        known = divide(gather(session, YEAR, 12_000_000).run).cents
        for partner, cents in known.items():
            charged = [
                each["own" if settlement is first else "corrections"]
                for settlement in (first, second)
                for each in settlement.result["charges"]
                if each["partner"] == partner
            ]
            assert sum(charged) == cents
        trial.rollback()


def test_unattributed_usage_is_split_anew(session: Session):
    three_terms(session)
    closed_years(session)
    run = gather(session, YEAR, 12_000_000).run
    correct(session, date(2026, 3, 3), "", 400, 120_000, booked_in=Month(2027, 2))
    before, after = (
        {group.label: group.unattributed[Key.HANDLE_S] for group in each.groups} for each in (run, again(session, run))
    )
    assert sum(after.values()) - sum(before.values()) == 120_000
    assert all(after[label] > before[label] for label in before)
