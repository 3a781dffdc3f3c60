"""A centre whose year 2025 is closed, with cost and agreements: two under inhabitants, one from July on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from flask import Flask

from tests.api.conftest import signed_in
from tests.billing.centre import BURGDORF, LANGENHAGEN, WEDEMARK, agree, close, cost, parties, terms
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data


@pytest.fixture
def centre(database: str) -> None:
    with transaction() as session:
        load_base_data(session)
        parties(session)
        umlage = terms(session, "V1", {})
        for partner, start in ((BURGDORF, 1), (LANGENHAGEN, 1), (WEDEMARK, 7)):
            agree(session, umlage, partner, date(2025, start, 1))
        for number in range(1, 13):
            usage = {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000), "": (10, 1_000)}
            if number >= 7:
                usage[WEDEMARK] = (50, 9_000)
            close(session, Month(2025, number), usage)
            cost(session, Month(2025, number), 833_333)
            cost(session, Month(2025, number), 800_000, "plan")


@pytest.fixture
def ask(centre: None, app: Flask) -> Callable:
    return partial(signed_in, app)
