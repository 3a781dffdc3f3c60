"""Documents and hand-over in a real browser: a municipality opens its statement and goes down to its calls."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.billing.centre import FINANCE, agree, close, cost, terms
from tests.billing.papers.conftest import LONG_AGO, TAX, YEAR, charge, parties
from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from tests.web.usage.conftest import fill
from wfm.billing.models import Document
from wfm.billing.service import documents, issuing
from wfm.billing.service.drafting import draft_annual
from wfm.billing.service.statements import issue_month
from wfm.core.db import transaction
from wfm.core.intervals import Month

SEPTEMBER = Month(2026, 9)


@pytest.fixture(scope="module")
def papers(centre: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """A year of Burgdorf's closed months, of which September holds the six calls that were told; sent just now."""
    fill(tmp_path_factory.mktemp("log"))
    with transaction() as session:
        parties(session)
        agree(session, terms(session, "V1", {}), BURGDORF, LONG_AGO, tax=TAX)
        for number in range(1, 13):
            month = Month(2026, number)
            close(session, month, {BURGDORF: (6, 450)})
            cost(session, month, 10_000)
        annual = charge(session, draft_annual(session, FINANCE, YEAR))
        issuing.issue_and_send(session, FINANCE, annual.id)
        (statement,) = issue_month(session, FINANCE, SEPTEMBER)
        made: list[Document] = [*documents.listed(session, FINANCE)]
        assert statement in made
        return {one.kind: one.id for one in made}


def test_from_a_statement_down_to_its_calls(papers: dict[str, int], sign_in: SignIn) -> None:
    page = sign_in("municipality")
    page.get_by_role("link", name="Unsere Abrechnungen").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unsere Abrechnungen")
    check_page(page, dark=True)
    page.get_by_role("table", name="Nachweise der Monate").get_by_role("link", name="SC-N").click()
    usage = page.get_by_role("table", name="Nutzung je Leistung")
    expect(usage.get_by_role("row").last).to_contain_text("6")
    check_page(page)
    page.get_by_role("link", name="Nutzung dieses Zeitraums").click()
    page.wait_for_url(f"**/nutzung/{BURGDORF}?month=2026-09")
    page.get_by_role("link", name="6", exact=True).first.click()
    expect(page.get_by_role("table", name="Anrufe").get_by_role("row")).to_have_count(7)


def test_an_objection_while_its_period_runs(papers: dict[str, int], sign_in: SignIn) -> None:
    page = sign_in("municipality")
    page.goto("/abrechnung/eigene")
    page.locator("summary", has_text="Widerspruch einlegen").click()
    page.get_by_label("Grund des Widerspruchs").fill("Im Mai fehlen Anrufe.")
    page.get_by_role("button", name="Widerspruch einlegen").click()
    expect(page.get_by_text("Ihr Widerspruch ist eingegangen.")).to_be_visible()
    expect(page.get_by_text("Im Mai fehlen Anrufe.")).to_be_visible()
    check_page(page)


def test_finance_sees_documents_and_hands_them_over(papers: dict[str, int], sign_in: SignIn) -> None:
    page = sign_in("finance")
    page.goto("/abrechnung/belege")
    check_page(page, dark=True)
    for kind in ("invoice", "statement"):
        page.goto(f"/abrechnung/belege/{papers[kind]}")
        expect(page.get_by_text("dieselben Bytes")).to_be_visible()
        check_page(page)
    page.goto("/abrechnung/uebergabe")
    check_page(page)
    page.get_by_role("button", name="übergeben").click()
    expect(page.get_by_text("Nichts zu übergeben")).to_be_visible()
    check_page(page)
    page.goto("/abrechnung/uebergabe/aufbau/standard")
    check_page(page, dark=True)
    page.get_by_label("Spalten").fill("Betrag = nichts")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Ein Feld „nichts“ gibt es nicht").first).to_be_visible()
    check_page(page)
