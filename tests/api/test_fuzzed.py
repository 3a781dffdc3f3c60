"""Schemathesis reads the document and tries to break what it promises: no 5xx, no undocumented answer.

The admin's token gets most of the tries: beside a few by chance every limit of every parameter (what Schemathesis
calls coverage, dozens of requests a route). Other roles get tries by chance on routes that are theirs: elsewhere they
are refused before anything is read of what they send, which test_access.py asks of each. A try that is made for one of
them is sent by all, and by an administrator's browser: making it takes as long as answering it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from wfm.accounts.rules import GRANTED, Role
from wfm.app import create_app

from .conftest import Caller, Callers

served = create_app()
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", served)
by_chance = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", served)
by_chance.config.phases.coverage.enabled = False


def tries(count: int) -> Callable:
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def check(case, headers: dict[str, str], *but):
    # What a schema cannot say (`to` after `from`, a cursor is one of ours) may be refused.
    return case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance, *but])


@schema.parametrize()
@tries(3)
def test_no_input_breaks_it(case, callers: Callers):
    check(case, {"Authorization": f"Bearer {callers('admin').token}"})


@by_chance.parametrize()
@tries(8)
def test_no_input_of_any_role_or_browser_breaks_it(case, callers: Callers, browser: Caller):
    (permission,) = case.operation.definition.raw["security"][0]["token"]
    roles = [role for role in Role if role is not Role.ADMIN and permission in GRANTED[role]]
    for role in roles:  # it does not take a token away: that is tried with the admin's
        answer = check(case, {"Authorization": f"Bearer {callers(role).token}"}, ignored_auth)
        assert answer.status_code != 401, role
    cookie = browser.client.get_cookie("wfm_session")
    assert cookie
    case.cookies["wfm_session"] = cookie.value
    case.headers.pop("Authorization", None)  # made up, and a token goes before a cookie
    answer = check(case, {"X-CSRF-Token": browser.csrf or ""}, ignored_auth)
    assert answer.status_code != 401


@pytest.fixture
def browser(callers: Callers) -> Caller:
    """An administrator who has just signed in."""
    return callers("admin", page=True)
