"""Schemathesis reads the document and tries to break what it promises: no 5xx, no undocumented answer.

With the token of each role, and in the browser of an administrator. Who may do least is refused most, before anything
is read of what they send, so the admin's token gets most of the tries: beside those made by chance every limit of every
parameter (what Schemathesis calls coverage, dozens of requests a route).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from wfm.accounts.rules import Role
from wfm.app import create_app

from .conftest import Caller, Callers

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", create_app())
by_chance = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", create_app())
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
@tries(15)
def test_no_input_breaks_it(case, callers: Callers):
    check(case, {"Authorization": f"Bearer {callers('admin').token}"})


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
@by_chance.parametrize()
@tries(8)
def test_no_input_of_any_role_breaks_it(case, callers: Callers, role: Role):
    check(case, {"Authorization": f"Bearer {callers(role).token}"})


@by_chance.parametrize()
@tries(8)
def test_no_input_from_a_browser_breaks_it(case, callers: Callers):
    admin: Caller = callers("admin", page=True)
    cookie = admin.client.get_cookie("wfm_session")
    assert cookie
    case.cookies["wfm_session"] = cookie.value
    case.headers.pop("Authorization", None)  # made up, and a token goes before a cookie
    answer = check(case, {"X-CSRF-Token": admin.csrf or ""}, ignored_auth)  # it does not take our cookie away
    assert answer.status_code != 401
