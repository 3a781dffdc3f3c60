"""Roles, permissions, viewers, pseudonyms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wfm.accounts.rules import GRANTED, PERMISSIONS, NotSignedIn, Role, Viewer, check_grant, check_usable, pseudonym
from wfm.core.errors import BadInput, NotAllowed, NotFound

# supervisor, agent, finance, municipality, admin, staff council
TABLE = """
usage.read             + - + + + -
queues.read            + + - - + -
calls.read             + - + + + -
raw.read               + - + + + -
completeness.read      + - + - + -
quarantine.read        + - - - + -
quarantine.manage      + - - - + -
events.write           - - - - + -
directory.read         + + + + + -
directory.write        + - - - + -
forecast.read          + - + - + -
forecast.partner.read  + - + + + -
forecast.write         + - - - + -
staffing.read          + - + - + -
staffing.write         + - - - + -
months.close           + - + - - -
settlement.read        + - + - + -
settlement.write       - - + - + -
settlement.release     + - + - - -
statements.read        + - + + + -
statements.object      - - - + - -
accession.read         + - + + + -
accession.write        + - + - + -
own.read               - + - - - -
groups.read            + - - - + -
persons.read           + - - - - -
people.manage          - - - - + -
tokens.manage          - - - - + -
settings.read          + + - - + +
settings.manage        - - - - + -
audit.read             - - - - + +
agreements.propose     + - - - + -
agreements.sign        - - - - - +
metrics.read           - - - - + -
"""
NOW = datetime(2026, 9, 1, tzinfo=UTC)
KEY = b"a key for tests only"


def test_what_each_role_may():
    stated = {permission: marks for permission, *marks in (line.split() for line in TABLE.strip().splitlines())}
    assert stated.keys() == PERMISSIONS.keys()
    for permission, marks in stated.items():
        assert [Viewer("x", role).may(permission) for role in Role] == [mark == "+" for mark in marks], permission


def test_what_is_not_named_is_refused():
    assert GRANTED.keys() == set(Role)
    for role in Role:
        assert not Viewer("x", role).may("nuclear.launch")
        with pytest.raises(NotAllowed):
            Viewer("x", role).require("nuclear.launch")


def test_scopes_narrow_and_never_widen():
    viewer = Viewer("x", Role.AGENT, scopes=frozenset({"queues.read", "usage.read"}))
    assert viewer.may("queues.read")
    assert not viewer.may("directory.read")
    assert not viewer.may("usage.read")


@pytest.mark.parametrize("role", Role)
def test_whose_figures_a_viewer_sees(role: Role):
    bound = role is Role.MUNICIPALITY
    viewer = Viewer("x", role, partner="03241003" if bound else None)
    assert viewer.may_see_partner("03241003")
    assert viewer.may_see_partner("03241005") is not bound
    assert viewer.may_see_partner(None) is not bound
    assert viewer.sees_all_partners is not bound
    if bound:
        with pytest.raises(NotFound):
            viewer.require_partner("03241005")


def test_a_municipality_without_a_partner_sees_nothing():
    viewer = Viewer("x", Role.MUNICIPALITY)
    assert not viewer.may_see_partner(None)
    assert not viewer.may_see_partner("03241003")


@pytest.mark.parametrize(
    ("role", "partner", "scopes", "source", "code"),
    [
        ("municipality", None, (), None, "token.partner_missing"),
        ("admin", "03241003", (), None, "token.partner_useless"),
        ("finance", None, ("events.write",), None, "token.scope"),
        ("admin", None, ("event.write",), None, "token.scope"),
        ("supervisor", None, (), "pbx", "token.source_useless"),
        ("admin", None, ("usage.read",), "pbx", "token.source_useless"),
    ],
)
def test_grants_that_make_no_sense(
    role: str, partner: str | None, scopes: tuple[str, ...], source: str | None, code: str
):
    with pytest.raises(BadInput) as error:
        check_grant(Role(role), partner, scopes, source)
    assert error.value.code == code


def test_revoked_and_expired():
    check_usable(None, None, NOW)
    check_usable(None, NOW + timedelta(microseconds=1), NOW)
    for revoked, expires, code in ((NOW, None, "token.revoked"), (None, NOW, "token.expired")):
        with pytest.raises(NotSignedIn) as error:
            check_usable(revoked, expires, NOW)
        assert error.value.code == code


def test_a_pseudonym_is_steady_in_a_call_and_says_nothing():
    assert pseudonym("Kern", "a", KEY) == pseudonym("Kern", "a", KEY)
    assert pseudonym("Kern", "a", KEY) != pseudonym("Kern", "a", b"another key")
    assert pseudonym("Kern", "a", KEY).startswith("Agent ")
    staff = {pseudonym(f"Agent {number}", "a", KEY) for number in range(300)}
    assert len(staff) == 300


def test_no_two_calls_tell_that_one_person_took_both():
    """A municipality may open each of its calls, a supervisor all: they must not add up one person's."""
    assert len({pseudonym("Kern", f"call {number}", KEY) for number in range(300)}) == 300
