"""Purposes: who may see which day of whom, and the agreements that open the past."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.accounts.rules import Role, Viewer
from wfm.accounts.rules.purposes import (
    PURPOSES,
    SCOPES,
    Agreement,
    Persons,
    Purpose,
    check_proposal,
    check_signature,
    may_see_person,
    opened_figures,
)
from wfm.core.errors import BadInput, NotAllowed

TODAY = date(2026, 11, 25)
DAYS = st.dates(date(2026, 11, 15), date(2026, 12, 5))


def viewer(role: str, agent: str | None = None) -> Viewer:
    return Viewer(role, Role(role), "03241003" if role == "municipality" else None, person_id=7, agent=agent)


def agreement(**changed) -> Agreement:
    values = {
        "reference": "DV 7",
        "scope": "calls",
        "agents": frozenset({"Anna"}),
        "first_day": date(2026, 11, 20),
        "last_day": date(2026, 11, 30),
        "signed_on": date(2026, 11, 1),
        "ended": False,
    }
    return Agreement(**{**values, **changed})


TABLE = """
    # role        purpose     day         with an agreement for Anna, 20 to 30 November
    supervisor    day         2026-11-25  yes
    supervisor    day         2026-11-24  no
    supervisor    day         2026-11-26  no
    supervisor    planning    2026-11-25  no
    supervisor    settlement  2026-11-25  no
    supervisor    own         2026-11-25  no
    supervisor    agreement   2026-11-24  yes
    supervisor    agreement   2026-11-20  yes
    supervisor    agreement   2026-11-19  no
    supervisor    agreement   2026-11-26  no
    agent         own         2026-11-01  yes
    agent         own         2026-11-26  no
    agent         day         2026-11-25  no
    agent         agreement   2026-11-24  no
    finance       settlement  2026-11-24  no
    finance       agreement   2026-11-24  no
    municipality  day         2026-11-25  no
    admin         day         2026-11-25  no
    admin         agreement   2026-11-24  no
    staff_council agreement   2026-11-24  no
"""


@pytest.mark.parametrize("line", [line for line in TABLE.strip().splitlines() if "#" not in line])
def test_who_may_see_annas_day(line: str):
    role, purpose, day, expected = line.split()
    asking = viewer(role, "Anna" if role == "agent" else None)
    seen = may_see_person(asking, "Anna", Purpose(purpose), date.fromisoformat(day), TODAY, [agreement()])
    assert seen == (expected == "yes")


@given(st.sampled_from(Role), st.sampled_from(["Anna", "Bert", None]), st.sampled_from(Purpose), DAYS, DAYS)
def test_without_an_agreement_there_is_no_past_of_others(role, own, purpose, day, today):
    if may_see_person(viewer(role, own), "Anna", purpose, day, today):
        assert day == today or own == "Anna"


@given(
    DAYS,
    DAYS,
    DAYS,
    DAYS,
    st.none() | DAYS,
    st.booleans(),
    st.sampled_from([frozenset(), frozenset({"Anna"}), frozenset({"Bert"})]),
)
def test_an_agreement_opens_its_days_and_people_only(day, today, first, last, signed, ended, agents):
    made = agreement(first_day=first, last_day=last, signed_on=signed, ended=ended, agents=agents)
    opened = may_see_person(viewer("supervisor"), "Anna", Purpose.AGREEMENT, day, today, [made])
    assert opened == (
        signed is not None and not ended and agents != {"Bert"} and max(first, signed) <= day <= today <= last
    )
    assert bool(opened_figures([made], "Anna", day, today)) == opened


def test_days_before_the_signature_stay_closed():
    late = agreement(signed_on=date(2026, 11, 22))
    days = [date(2026, 11, day) for day in range(19, 26)]
    assert [day.day for day in days if late.opens("Anna", day, TODAY)] == [22, 23, 24, 25]
    assert late.open_from == date(2026, 11, 22)
    assert agreement().open_from == date(2026, 11, 20)
    assert agreement(signed_on=None).open_from is None
    # Signed before its days: it does not hold earlier than it says.
    assert not agreement().in_force(date(2026, 11, 19))


def test_the_scope_says_which_figures():
    assert opened_figures([agreement()], "Anna", TODAY, TODAY) == set(SCOPES["calls"][1])
    both = [agreement(), agreement(scope="time", agents=frozenset())]
    assert opened_figures(both, "Anna", TODAY, TODAY) == set(SCOPES["calls_and_time"][1])
    assert "reason" not in str(SCOPES)


def test_every_purpose_says_what_it_shows():
    assert PURPOSES.keys() == set(Purpose)
    assert {purpose for purpose, rule in PURPOSES.items() if rule.persons is Persons.NAMED} == {
        "day",
        "own",
        "agreement",
    }


@pytest.mark.parametrize(
    ("scope", "first", "last", "code"),
    [
        ("everything", TODAY, TODAY, "agreement.scope"),
        ("calls", TODAY, date(2026, 11, 24), "agreement.days"),
        ("calls", date(2026, 1, 1), date(2026, 11, 24), "agreement.past"),
        ("calls", TODAY, date(2027, 11, 26), "agreement.long"),
    ],
)
def test_a_proposal_that_can_not_be(scope: str, first: date, last: date, code: str):
    with pytest.raises(BadInput) as refused:
        check_proposal(scope, first, last, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STAFF_COUNCIL])
def test_nobody_else_signs_for_the_staff_council(role: Role):
    with pytest.raises(NotAllowed):
        check_signature(viewer(role), "person:1")


def test_who_proposed_does_not_sign():
    check_signature(viewer("staff_council"), "person:1")
    with pytest.raises(NotAllowed, match="vorgeschlagen"):
        check_signature(viewer("staff_council"), "person:7")
    with pytest.raises(NotAllowed, match="Person des Personalrats"):
        check_signature(Viewer("program", Role.STAFF_COUNCIL), "person:1")
