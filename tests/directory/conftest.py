"""A transaction with the base data, rolled back in the end."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from wfm.core.db import engine
from wfm.directory import service


@pytest.fixture
def session(module_database: str) -> Iterator[Session]:
    with Session(engine()) as session:
        service.load_base_data(session)
        yield session
        session.rollback()
