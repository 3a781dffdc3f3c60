"""A centre with parties on file and a year that is closed, and the official rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.billing.centre import (
    BURGDORF,
    LANGENHAGEN,
    WEDEMARK,
    agree,
    charge,
    close,
    cost,
    parties,
    terms,
)
from tests.billing.invoice.conftest import en16931, rules, xrechnung
from tests.billing.invoice.example import NOT_TAXABLE
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.directory.service import load_base_data

__all__ = ["charge", "en16931", "parties", "rules", "xrechnung"]

LONG_AGO = date(2020, 1, 1)
TAX = [{"from": "2020-01-01", "treatment": "not_taxable", "reason": NOT_TAXABLE}]
TAXED_LATER = [*TAX, {"from": "2027-01-01", "treatment": "taxed"}]
YEAR = Days.of_year(2026)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with time_machine.travel(datetime(2027, 3, 31, 10, tzinfo=UTC), tick=False), transaction() as session:
        load_base_data(session)
        yield session


def a_year(session: Session, tax: Any = TAX, variant: str = "V1", parameters: Any = None, **parts: Any) -> None:
    """Three partners by inhabitants, twelve closed months, planned and actual cost."""
    umlage = terms(session, variant, parameters or {}, **parts)
    for partner in (BURGDORF, LANGENHAGEN, WEDEMARK):
        agree(session, umlage, partner, LONG_AGO, tax=tax)
    closed_months(session, 2026)


def closed_months(session: Session, year: int) -> None:
    for number in range(1, 13):
        usage = {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000), WEDEMARK: (50, 9_000), "": (10, 1_000)}
        close(session, Month(year, number), usage)
        cost(session, Month(year, number), 800_000, "plan")
        cost(session, Month(year, number), 833_333)
