"""What documents ask for is what the ledger says a partner owes: gross, whatever became of the settlements."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, WEDEMARK, agree, close, correct, cost, terms
from tests.billing.papers.conftest import LONG_AGO, TAXED_LATER, YEAR, a_year, charge, closed_months, parties
from wfm.billing.models import Document, LedgerEntry, Settlement
from wfm.billing.rules.ledger import TAX, partner_account
from wfm.billing.service import documents, issuing, ledger, settling
from wfm.billing.service.drafting import draft_advance, draft_annual
from wfm.core.intervals import Days, Month

NEXT = Days(date(2027, 1, 1), date(2028, 1, 1))
PARTNERS = (BURGDORF, LANGENHAGEN, WEDEMARK)
TAXED = [{"from": "2020-01-01", "treatment": "taxed"}]


def asked(session: Session, partner: str) -> int:
    """The sum of a partner's valid documents."""
    query = select(func.coalesce(func.sum(Document.cents), 0))
    return session.scalar(query.where(Document.partner == partner, Document.voided_at.is_(None))) or 0


def agrees(session: Session) -> bool:
    """Whether each balance is the sum of the partner's documents, and all balances sum to zero."""
    balances = ledger.balances(session)
    assert sum(balances.values()) == 0
    owed = {partner: balances.get(partner_account(partner), 0) for partner in PARTNERS}
    return owed == {partner: asked(session, partner) for partner in PARTNERS}


def go_out(session: Session, settlement: Settlement) -> Settlement:
    charge(session, settlement)
    issuing.issue(session, FINANCE, settlement.id)
    assert agrees(session), settlement.kind
    return settlement


def tax_entries(session: Session, settlement: Settlement) -> list[dict[str, int]]:
    return [
        {line.account: line.cents for line in lines}
        for entry, lines in ledger.lines_of(session, settlement.id)
        if entry.kind == "tax"
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_each_step_of_two_years(session: Session, seed: int):
    """Advances, the years, a correction, a void document, a reversal and a new settlement; Wedemark is never taxed."""
    chance = Random(seed)
    parties(session)
    umlage = terms(session, "V5", {"plan_cents": 0})
    for partner, tax in ((BURGDORF, TAXED_LATER), (LANGENHAGEN, TAXED), (WEDEMARK, TAXED_LATER[:1])):
        agree(session, umlage, partner, LONG_AGO, tax=tax)
    for month in (Month(year, number) for year in (2026, 2027) for number in range(1, 13)):
        close(session, month, {partner: (10, chance.randrange(1, 90_000)) for partner in (*PARTNERS, "")})
        for stage in ("plan", "actual"):
            cost(session, month, chance.randrange(1, 900_000), stage)
    for number in (1, 2):
        go_out(session, draft_advance(session, FINANCE, 2026, number))
    first = go_out(session, draft_annual(session, FINANCE, YEAR))
    assert ledger.balances(session)["cost"] == 0
    go_out(session, draft_advance(session, FINANCE, 2027, 3))
    correct(session, date(2026, 5, 4), BURGDORF, -5, -chance.randrange(1, 9_000), booked_in=Month(2027, 1))
    second = go_out(session, draft_annual(session, FINANCE, NEXT))
    of_burgdorf = documents.listed(session, FINANCE, settlement_id=second.id, partner=BURGDORF)
    assert {each.treatment for each in of_burgdorf} >= {"not_taxable", "taxed"}
    (voided,) = documents.listed(session, FINANCE, settlement_id=second.id, partner=LANGENHAGEN, kind="invoice")
    documents.void(session, FINANCE, voided.id, "Anschrift")
    issuing.issue(session, FINANCE, second.id)
    assert agrees(session)
    go_out(session, settling.reverse(session, FINANCE, second.id, "Falsche Kosten"))
    cost(session, Month(2027, 3), 12_345)
    go_out(session, draft_annual(session, FINANCE, NEXT))
    balances = ledger.balances(session)
    assert balances["cost"] == 0
    assert balances[TAX] < 0
    assert first.state == "released"


def test_a_period_over_the_change_is_taxed_in_part(session: Session):
    parties(session)
    a_year(session, TAXED_LATER)
    closed_months(session, 2027)
    both = go_out(session, draft_annual(session, FINANCE, Days(date(2026, 1, 1), date(2028, 1, 1))))
    taxed = documents.listed(session, FINANCE, settlement_id=both.id, partner=BURGDORF, kind="invoice")[0]
    net = sum(line["net_cents"] for line in taxed.content["lines"])
    (entry,) = tax_entries(session, both)
    assert entry[partner_account(BURGDORF)] == taxed.cents - net > 0
    undone = go_out(session, settling.reverse(session, FINANCE, both.id, "Falsche Kosten"))
    assert tax_entries(session, undone) == [{account: -cents for account, cents in entry.items()}]
    assert set(ledger.balances(session).values()) == {0}


def test_issued_again_after_voiding_posts_nothing_that_is_posted(session: Session):
    parties(session)
    a_year(session, TAXED)
    annual = go_out(session, draft_annual(session, FINANCE, YEAR))
    before = tax_entries(session, annual)
    assert len(before) == 1
    for one in documents.listed(session, FINANCE, settlement_id=annual.id, partner=BURGDORF):
        documents.void(session, FINANCE, one.id, "Anschrift")
    issuing.issue(session, FINANCE, annual.id)
    assert tax_entries(session, annual) == before
    assert agrees(session)


def test_what_was_void_when_it_was_reversed_leaves_no_tax(session: Session):
    parties(session)
    a_year(session, TAXED)
    annual = go_out(session, draft_annual(session, FINANCE, YEAR))
    (one,) = documents.listed(session, FINANCE, settlement_id=annual.id, partner=BURGDORF, kind="invoice")
    documents.void(session, FINANCE, one.id, "Anschrift")
    go_out(session, settling.reverse(session, FINANCE, annual.id, "Falsche Kosten"))
    assert set(ledger.balances(session).values()) == {0}


def test_untaxed_and_the_hosts_own_partner_have_no_tax(session: Session):
    parties(session, own_partner=LANGENHAGEN)
    a_year(session, TAXED_LATER)
    for draft in (lambda: draft_advance(session, FINANCE, 2026, 1), lambda: draft_annual(session, FINANCE, YEAR)):
        settlement = charge(session, draft())
        issuing.issue(session, FINANCE, settlement.id)
    assert not session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "tax")).all()
