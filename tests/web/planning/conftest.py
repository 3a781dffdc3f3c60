"""Half a year of two queues, a snapshot made on its last morning, and one of June."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from flask import Flask

from tests.api.conftest import signed_in
from tests.forecasting.conftest import NOW, fill
from wfm.core.db import transaction
from wfm.directory.service import run_import
from wfm.forecasting.service import runs

JUNE = date(2026, 6, 1)
SEELZE = "03241015"
PROFILE = (
    "partner,as_of,calls_a_year,source,wished_start,queue\n03241015,2026-06-01,9000,Schreiben,2026-07-06,rathaus\n"
)


@pytest.fixture(scope="module")
def centre(module_database: str) -> None:
    with time_machine.travel(NOW, tick=False):
        with transaction() as session:
            fill(session)
            run_import(session, "profiles", PROFILE)
        with transaction() as session:
            runs.make_run(session, by="test", first=JUNE, end=JUNE + timedelta(days=29))
        with transaction() as session:
            runs.make_run(session, by="worker")


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ask(centre: None, app: Flask) -> Callable:
    return partial(signed_in, app)
