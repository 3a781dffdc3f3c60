"""What documents lack, seen on the draft, mended from there, and gone: then the settlement can be released."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select, update

from tests.billing.centre import FINANCE, LANGENHAGEN, SUPERVISOR, agree, close, cost, parties, terms
from tests.billing.invoice.example import IBAN, LEITWEG
from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from wfm.accounts.rules import Role, Viewer
from wfm.billing.models import Agreement, Document, Party
from wfm.billing.service import issuing, settling
from wfm.billing.service.drafting import draft_period
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month

QUARTER = Days(date(2026, 1, 1), date(2026, 4, 1))
REST = Days(date(2026, 4, 1), date(2026, 7, 1))


@pytest.fixture(scope="module")
def half_a_year(centre: None) -> dict[str, int]:
    """Charged by the minute: a quarter that is sent, one that lacks Burgdorf's entry and the host's IBAN."""
    tax = [{"from": "2020-01-01", "treatment": "taxed"}]
    with transaction() as session:
        parties(session)
        price = terms(session, "V3", {"price_per_minute_cents": "90.25", "unit": "second"}, "Preis")
        for partner in (BURGDORF, LANGENHAGEN):
            agree(session, price, partner, date(2020, 1, 1), tax=tax)
        session.execute(update(Agreement).values(made_at=datetime(2025, 1, 1, tzinfo=UTC)))
        for number in range(1, 7):
            close(session, Month(2026, number), {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000)})
            cost(session, Month(2026, number), 833_333)
        sent = draft_period(session, FINANCE, QUARTER)
        settling.check(session, FINANCE, sent.id)
        settling.release(session, SUPERVISOR, sent.id)
        issuing.issue_and_send(session, FINANCE, sent.id)
        draft = draft_period(session, FINANCE, REST)
        settling.check(session, Viewer("Ada", Role.FINANCE, person_id=99), draft.id)
        session.execute(delete(Party).where(Party.partner == BURGDORF))
        host = session.scalars(select(Party).where(Party.partner.is_(None))).one()
        host.details = host.details | {"iban": "", "contact": ""}
        session.execute(update(Party).where(Party.partner == LANGENHAGEN).values(booking={}))
        invoice = session.scalars(select(Document.id).where(Document.kind == "invoice").order_by(Document.id)).first()
        assert invoice is not None
        return {"draft": draft.id, "invoice": invoice, "host": host.id}


def test_from_a_draft_that_lacks_something_to_its_release(half_a_year: dict[str, int], sign_in: SignIn) -> None:
    supervisor, finance = sign_in("supervisor"), sign_in("finance")
    address = f"/abrechnung/abrechnungen/{half_a_year['draft']}"
    supervisor.goto(address)
    expect(supervisor.get_by_role("link", name="Freigeben")).to_have_count(0)
    expect(supervisor.get_by_text("Freigeben: Für die Belege fehlt noch etwas.")).to_be_visible()
    missing = supervisor.get_by_role("table", name="Was für die Belege fehlt")
    expect(missing.get_by_role("row")).to_have_count(4)
    check_page(supervisor, dark=True)
    supervisor.goto(f"{address}/schritt/release")
    check_page(supervisor)

    finance.goto(address)
    finance.get_by_role("table", name="Was für die Belege fehlt").get_by_role("link").last.click()
    finance.wait_for_url(f"**/stellen/neu?partner={BURGDORF}")
    expect(finance.get_by_label("Partner", exact=True)).to_have_value(BURGDORF)
    finance.get_by_label("Erster Tag").fill("2020-01-01")
    for label, cell in (("Name", "Stadt Burgdorf"), ("Straße", "Am Markt 2"), ("Postleitzahl", "31303")):
        finance.get_by_label(label, exact=True).fill(cell)
    finance.get_by_label("Ort", exact=True).fill("Burgdorf")
    finance.get_by_label("Leitweg-ID").fill(LEITWEG)
    check_page(finance)
    finance.get_by_role("button", name="Eintragen").click()
    finance.wait_for_url("**/stellen*")
    finance.goto(address)
    finance.get_by_role("table", name="Was für die Belege fehlt").get_by_role("link").first.click()
    finance.wait_for_url(f"**/stellen/{half_a_year['host']}")
    finance.get_by_label("IBAN").fill(IBAN)
    finance.get_by_label("Kontaktstelle").fill("Abrechnung")
    finance.get_by_role("button", name="Eintragen").click()
    finance.wait_for_url("**/stellen*")

    supervisor.goto(address)
    expect(supervisor.get_by_role("table", name="Was für die Belege fehlt")).to_have_count(0)
    supervisor.get_by_role("link", name="Freigeben").click()
    supervisor.get_by_role("button", name="Freigeben").click()
    expect(supervisor.get_by_text("Die Abrechnung ist freigegeben und gebucht.")).to_be_visible()


def test_an_invoice_by_price_the_tax_of_it_and_its_hand_over(half_a_year: dict[str, int], sign_in: SignIn) -> None:
    finance = sign_in("finance")
    finance.goto(f"/abrechnung/belege/{half_a_year['invoice']}")
    expect(finance.get_by_role("table", name="Positionen")).to_contain_text("0,9025 € je 60 Sekunden")
    check_page(finance)
    finance.goto("/abrechnung/hauptbuch")
    expect(finance.get_by_role("table", name="Salden")).to_contain_text("Umsatzsteuer, von Partnern verlangt")
    check_page(finance)
    finance.goto("/abrechnung/uebergabe")
    finance.get_by_role("button", name="Belege übergeben").click()
    expect(finance.get_by_role("table", name="Was für die Übergabe fehlt")).to_contain_text("Langenhagen")
    check_page(finance)
    finance.goto("/abrechnung/belege")
    check_page(finance, dark=True)
