"""Schemathesis reads the document and tries to break what it promises: no 5xx, no undocumented answer."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from wfm.app import create_app

from .conftest import Callers

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", create_app())


@schema.parametrize()
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_input_breaks_it(case, callers: Callers):
    # What a schema cannot say (`to` after `from`, a cursor is one of ours) may be refused.
    headers = {"Authorization": f"Bearer {callers('admin').token}"}
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
