"""A centre with parties on file and a year that is closed, and the official rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, SUPERVISOR, WEDEMARK, agree, close, cost, terms
from tests.billing.invoice.conftest import en16931, rules, xrechnung
from tests.billing.invoice.example import IBAN, LEITWEG, NOT_TAXABLE
from wfm.billing.models import Party, Settlement
from wfm.billing.service import settling
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.directory.rules.dated import Validity
from wfm.directory.service import load_base_data

__all__ = ["en16931", "rules", "xrechnung"]

LONG_AGO = date(2020, 1, 1)
TAX = [{"from": "2020-01-01", "treatment": "not_taxable", "reason": NOT_TAXABLE}]
TAXED_LATER = [*TAX, {"from": "2027-01-01", "treatment": "taxed"}]
HOST = {
    "name": "Beispielstadt, Servicecenter", "street": "Musterplatz 1", "postcode": "12345", "town": "Beispielstadt",
    "contact": "Abrechnung Servicecenter", "telephone": "+49 511 0000", "email": "abrechnung@servicecenter.example",
    "identifier": "K-4711", "tax_number": "00/000/00000", "vat_id": "DE136695976", "iban": IBAN, "bic": "COBADEFFXXX",
}  # fmt: skip
NAMES = {BURGDORF: "Stadt Burgdorf", LANGENHAGEN: "Stadt Langenhagen", WEDEMARK: "Gemeinde Wedemark"}
YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with time_machine.travel(datetime(2027, 3, 31, 10, tzinfo=UTC), tick=False), transaction() as session:
        load_base_data(session)
        yield session


def parties(session: Session, **host: Any) -> None:
    """The host and three partners, all that documents need."""
    forever = Validity(LONG_AGO)
    session.add(Party(partner=None, valid=forever, details=HOST | host, booking={}))
    for partner, name in NAMES.items():
        details = {"name": name, "street": "Am Markt 2", "postcode": "12346", "town": "Ort", "leitweg_id": LEITWEG}
        booking = {"account": "348100", "product": "11.1", "cost_centre": partner[-3:], "tax_code": "V0"}
        session.add(Party(partner=partner, valid=forever, details=details, booking=booking))
    session.flush()


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


def charge(session: Session, settlement: Settlement) -> Settlement:
    settling.check(session, FINANCE, settlement.id)
    return settling.release(session, SUPERVISOR, settlement.id)
