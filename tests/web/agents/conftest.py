"""A week of six agents, for pages that only read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from tests.api.conftest import signed_in
from tests.reporting.test_persons import NAMES, take_in, told
from wfm.core.db import transaction
from wfm.directory.service import load_base_data


@pytest.fixture(scope="module")
def centre(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with transaction() as session:
        load_base_data(session)
    folder: Path = tmp_path_factory.mktemp("log")
    take_in(folder, told("2026-09-07"), told("2026-09-08"), told("2026-09-15", NAMES[:5]))


@pytest.fixture
def ask(centre: None, app: Flask) -> Callable:
    return partial(signed_in, app)
