"""A closed month as it is told to a partner."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, MUNICIPALITY, correct
from tests.billing.papers.conftest import a_year, parties
from tests.reporting.test_pdf import opened, text_of
from wfm.billing.service import documents
from wfm.billing.service.statements import issue_month
from wfm.core.errors import NotAllowed, RuleBroken
from wfm.core.intervals import Month

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
    with pytest.raises(RuleBroken, match="2027-01"):
        issue_month(session, FINANCE, Month(2027, 1))


def test_a_municipality_issues_nothing(session: Session):
    with pytest.raises(NotAllowed):
        issue_month(session, MUNICIPALITY, SEPTEMBER)
