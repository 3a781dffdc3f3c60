"""Documents of a settlement: numbers, parts by tax, advances taken off, corrections, void ones, the host's own."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, WEDEMARK
from tests.billing.invoice.conftest import Validate
from tests.billing.papers.conftest import YEAR, a_year, charge, parties
from wfm.billing.models import Document
from wfm.billing.service import documents, settling
from wfm.billing.service.drafting import draft_advance, draft_annual
from wfm.billing.service.reading import shares
from wfm.core.intervals import Days

NEXT = Days(date(2027, 1, 1), date(2028, 1, 1))


def money(issued: list[Document], partner: str | None = None) -> list[Document]:
    return [one for one in issued if one.kind != "statement" and partner in (None, one.partner)]


def check(issued: list[Document], *validators: Validate) -> None:
    for one in money(issued):
        assert one.xml is not None
        for validate in validators:
            assert validate(one.xml) == []


def test_a_year_with_advances(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session)
    for number in (1, 2, 3, 4):
        advance = charge(session, draft_advance(session, FINANCE, 2026, number))
        issued = documents.issue(session, FINANCE, advance.id)
        assert [(one.kind, one.partner) for one in money(issued)] == [
            ("advance", partner) for partner in (BURGDORF, LANGENHAGEN, WEDEMARK)
        ]
        check(issued[:1], en16931, xrechnung)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = documents.issue(session, FINANCE, annual.id)
    due = {share.partner: share.due_cents for share in shares(session, annual.id)}
    assert {one.partner: one.cents for one in money(issued)} == due
    check(issued, en16931, xrechnung)
    numbers = [documents.number_of(one) for one in reversed(documents.listed(session, FINANCE)) if one.xml]
    assert numbers == [f"SC-2027-{number:04d}" for number in range(1, 16)]
    assert len([one for one in issued if one.kind == "statement"]) == 3
    assert documents.issue(session, FINANCE, annual.id) == []
    assert settling.send(session, FINANCE, annual.id).state == "sent"
