"""An open transaction in a centre with base data and parties; folders below have one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.billing.centre import parties
from wfm.core.db import transaction
from wfm.directory.service import load_base_data


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with transaction() as session:
        load_base_data(session)
        parties(session)
        yield session
