"""A closed month as it is told to a partner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.orm import Session

import worker
from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, WEDEMARK, correct
from tests.billing.papers.conftest import a_year, parties
from tests.reporting.test_pdf import opened, text_of
from wfm.billing.service import documents, due_statements
from wfm.billing.service.statements import issue_month
from wfm.billing.tasks import issue_statements
from wfm.core.db import transaction
from wfm.core.errors import NotAllowed, RuleBroken
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data
from wfm.reporting.models import MonthState

SEPTEMBER = Month(2026, 9)


def test_a_month(session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WFM_PUBLIC_URL", "https://servicecenter.example/")
    parties(session)
    a_year(session)
    correct(session, date(2026, 7, 3), BURGDORF, -4, -800, booked_in=SEPTEMBER)
    issued = issue_month(session, FINANCE, SEPTEMBER)
    assert [documents.number_of(one) for one in issued] == ["SC-N-2027-0001", "SC-N-2027-0002", "SC-N-2027-0003"]
    assert [one.cents for one in issued] == [0, 0, 0]
    one = issued[0]
    assert (one.content["data"]["calls"], one.content["data"]["talk_s"]) == (100, 20_000)
    assert one.content["data"]["content_hash"] == str(SEPTEMBER).encode().hex()
    assert one.content["link"]["url"] == f"https://servicecenter.example/nutzung/{BURGDORF}?month=2026-09"
    assert one.pdf is not None
    with opened(one.pdf) as pdf:
        told = text_of(pdf)
    for words in ("5:33:20", "03.07.2026", "-4", "gewählte Nummer", "100,0 %", "Keine Forderung", "Burgdorf"):
        assert words in told
    assert "Langenhagen" not in told
    with opened(one.pdf) as pdf:
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfuaid:part"]) == ("2", "1")
    assert documents.files_of(one.content, "statement") == (one.pdf, None)
    assert issue_month(session, FINANCE, SEPTEMBER) == []
    documents.void(session, FINANCE, one.id, "Schreibfehler")
    assert [again.partner for again in issue_month(session, FINANCE, SEPTEMBER)] == [BURGDORF]


def test_a_shadow_of_the_pilot(session: Session):
    """8.333,33 EUR: nobody's 1.000 of 120.000 s are the host's (69,44), of the rest 90/119 are Langenhagen's.

    Burgdorf has 31.051 of 114.996 inhabitants.
    """
    parties(session)
    a_year(session, variant="V0")
    burgdorf, langenhagen, _ = issue_month(session, FINANCE, SEPTEMBER)
    for one, words in ((langenhagen, "(V5) 6.250,00 €"), (burgdorf, "(V1) 2.250,15 €")):
        assert one.pdf is not None
        with opened(one.pdf) as pdf:
            told = text_of(pdf)
        assert words in told
        assert "Rechnerischer Anteil 0,00 €" in told


def test_an_open_month_is_refused(session: Session):
    parties(session)
    a_year(session)
    with pytest.raises(RuleBroken, match="Januar 2027"):
        issue_month(session, FINANCE, Month(2027, 1))


def test_a_municipality_issues_nothing(session: Session):
    with pytest.raises(NotAllowed):
        issue_month(session, MUNICIPALITY, SEPTEMBER)


# ---- by themselves ---------------------------------------------------------------------------------------------------

AFTERWARDS = datetime(2027, 2, 1, tzinfo=UTC)
BOTH = [Month(2026, 8), SEPTEMBER]


@pytest.fixture
def later(database: str) -> Iterator[None]:
    """Time stands still; the task opens transactions of its own."""
    with time_machine.travel(datetime(2027, 3, 31, 10, tzinfo=UTC), tick=False):
        with transaction() as session:
            load_base_data(session)
        yield


@contextmanager
def a_closed_year(*numbers: int) -> Iterator[Session]:
    """A year of which these months closed after the agreements were entered; all others closed before."""
    with transaction() as session:
        a_year(session)
        session.execute(text("UPDATE agreement SET made_at = '2026-06-01'"))
        for number in numbers:
            session.get_one(MonthState, Month(2026, number).first).closed_at = AFTERWARDS
        session.flush()
        yield session


def issued() -> list[tuple[str, str]]:
    with transaction() as session:
        found = documents.listed(session, FINANCE, kind="statement", void=False)
        return sorted((f"{one.period.start:%Y-%m}", one.partner) for one in found)


@pytest.mark.usefixtures("later")
def test_statements_come_by_themselves():
    with a_closed_year(8, 9) as session:
        parties(session)
    issue_statements()
    partners = (BURGDORF, LANGENHAGEN, WEDEMARK)
    assert issued() == [(month, partner) for month in ("2026-08", "2026-09") for partner in partners]
    issue_statements()
    with transaction() as session:
        assert len(documents.listed(session, FINANCE)) == 6
        one = documents.listed(session, MUNICIPALITY)[0]
        assert one.made_by == "worker"
        documents.void(session, FINANCE, one.id, "Schreibfehler")
    issue_statements()
    assert len(issued()) == 5


def test_only_of_members_and_of_months_that_closed_after_the_agreement(later: None):
    with a_closed_year(9) as session:
        session.execute(
            text("UPDATE agreement SET valid = '[2020-01-01,2026-09-01)' WHERE partner = :p"), {"p": BURGDORF}
        )
        session.execute(text("UPDATE agreement SET made_at = '2027-03-01' WHERE partner = :p"), {"p": WEDEMARK})
        assert due_statements.due(session) == [(SEPTEMBER, LANGENHAGEN)]


def test_a_month_whose_sums_are_deleted_has_none(later: None):
    with a_closed_year(9) as session:
        session.execute(text("DELETE FROM fact_month WHERE month = '2026-09-01'"))
        assert due_statements.due(session) == []


def test_what_is_missing_keeps_them_waiting_and_is_told(later: None):
    with a_closed_year(8, 9):
        pass
    issue_statements()
    assert issued() == []
    names = (("Burgdorf", BURGDORF), ("Langenhagen", LANGENHAGEN), ("Wedemark", WEDEMARK))
    with transaction() as session:
        assert [(each["name"], each["mend"], each["months"]) for each in due_statements.waiting(session)] == [
            ("Träger", "/abrechnung/stellen/neu?partner=HOST", BOTH),
            *((name, f"/abrechnung/stellen/neu?partner={partner}", BOTH) for name, partner in names),
        ]
        parties(session)
        session.execute(text("DELETE FROM party WHERE partner = :p"), {"p": WEDEMARK})
    issue_statements()
    assert {partner for _, partner in issued()} == {BURGDORF, LANGENHAGEN}
    with transaction() as session:
        assert [each["name"] for each in due_statements.waiting(session)] == ["Wedemark"]


def test_the_hosts_own_partner_needs_no_entry_of_its_own(later: None):
    with a_closed_year(9) as session:
        parties(session, own_partner=LANGENHAGEN)
        session.execute(text("DELETE FROM party WHERE partner = :p"), {"p": LANGENHAGEN})
        assert due_statements.waiting(session) == []
    issue_statements()
    assert ("2026-09", LANGENHAGEN) in issued()
    with transaction() as session:
        session.execute(
            text("UPDATE document SET voided_at = now(), voided_by = 'person:1', void_reason = 'Anschrift'")
        )
        again = {one.partner for one in issue_month(session, FINANCE, SEPTEMBER)}
    assert LANGENHAGEN in again, "by hand as by itself"


def test_it_is_in_the_timetable():
    assert "billing.issue_statements" in {entry.task for entry in worker.TIMETABLE}
