"""Terms are written while their shares are seen, a partner is bound to them, its agreement ends, cost is read in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert

from tests.browser.checks import check_page
from tests.browser.conftest import SignIn
from wfm.billing.service import cost_items as cost
from wfm.billing.service.files import import_file
from wfm.core.db import transaction
from wfm.directory.service import load_base_data
from wfm.reporting.models import FactDay

BURGDORF, GARBSEN = "03241003", "03241005"
ARRAYS = ("answered_by_class", "abandoned_by_class", "answered_calls_by_talk")


def a_day(partner: str, calls: int, talk_s: int) -> dict[str, object]:
    """A day in June 2026 of a partner, all calls answered."""
    row: dict[str, object] = {column.name: 0 for column in FactDay.__table__.columns if column.name != "longest_wait_s"}
    row |= {name: [0] * (6 if name.endswith("talk") else 8) for name in ARRAYS if name in row}
    row |= {
        "day": date(2026, 6, 3),
        "partner": partner,
        "likely": "",
        "queue": "rathaus",
        "service": "",
        "method": "number",
    }
    return row | {"offered": calls, "answered": calls, "calls": calls, "calls_answered": calls, "talk_s": talk_s}


@pytest.fixture(scope="module", autouse=True)
def june(module_database: str) -> None:
    """A month of calls, two thirds of the time Garbsen's, and what it was planned to cost."""
    with transaction() as session:
        load_base_data(session)
        session.execute(insert(FactDay), [a_day(BURGDORF, 100, 10_000), a_day(GARBSEN, 180, 20_000)])
        cost.keep_cost_centre(session, "1000", "Servicecenter", "111-07", Decimal(1), by="test")
        file = "month;cost_centre;kind;stage;amount\n2026-06;1000;staff;plan;30.000,00\n2026-06;1000;it;plan;3.000,00\n"
        import_file(session, cost.KIND, file + "2026-06;1000;staff;actual;28.500,00\n", by="test")


def test_without_scripts_a_button_shows_the_preview(sign_in: SignIn):
    page = sign_in("finance", javascript=False)
    page.goto("/abrechnung/regelungen/neu?variant=V3", wait_until="networkidle")
    page.get_by_label("Preis je Minute").fill("60")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.get_by_role("row", name="Burgdorf")).to_contain_text("100,00")
    expect(
        page.get_by_text("Die Kosten sind nicht gedeckt: Es fehlen 32.700,00 € von 33.000,00 €.").first
    ).to_be_visible()
    # Of May nobody has entered what it cost: the plan counts, and the preview says so.
    page.goto(
        f"{page.url.partition('?')[0]}?variant=V3&price_per_minute_cents=60&first=2026-05&last=2026-06&stage=actual"
    )
    expect(page.get_by_text("1 Monat hat keine: Mai 2026.")).to_be_visible()
    expect(page.get_by_text("von 33.000,00 €").first).to_be_visible()


def test_terms_are_written_with_their_shares_in_sight(sign_in: SignIn):
    page = sign_in("finance")
    page.goto("/abrechnung/regelungen")
    page.get_by_role("link", name="Regelung schreiben").click()
    page.wait_for_url("**/neu")
    page.get_by_label("Name").fill("Vollkosten")
    page.get_by_label("geplante Kosten").fill("396.000,00")
    page.get_by_label("geplante Kosten").press("Tab")
    shares = page.get_by_role("region", name="Anteile")
    expect(shares.get_by_role("row", name="Burgdorf")).to_contain_text("11.000,00")
    expect(shares.get_by_role("row", name="Garbsen")).to_contain_text("22.000,00")
    page.get_by_label("Kosten", exact=True).select_option("actual")
    expect(shares.get_by_role("row", name="Burgdorf")).to_contain_text("9.500,00")
    check_page(page, dark=True)
    page.get_by_role("button", name="Als Entwurf speichern").click()
    expect(page.get_by_text("Der Entwurf ist gespeichert.")).to_be_visible()
    page.get_by_role("button", name="Vereinbaren").click()
    expect(page.get_by_text("Die Regelung ist vereinbart.")).to_be_visible()
    check_page(page)

    page.goto("/abrechnung/vereinbarungen/neu")
    page.get_by_label("Partner").select_option(BURGDORF)
    page.get_by_label("Erster Tag").fill("2026-01-01")
    page.get_by_label("Regelung").select_option(label="Vollkosten (1), V5")
    page.get_by_label("Fundstelle").fill("Vereinbarung vom 12.11.2025")
    page.get_by_label("Umsatzsteuer").fill("2026-01-01 not_taxable; 2027-01-01 taxed")
    page.get_by_label("Umsatzsteuer").press("Tab")
    expect(page.get_by_role("region", name="Anteile").get_by_role("row", name="Burgdorf")).to_contain_text("33.000,00")
    check_page(page)
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vereinbarung mit Burgdorf")
    check_page(page)
    page.get_by_label("Letzter Tag").last.fill("2026-12-31")
    page.get_by_label("Grund", exact=True).fill("Austritt")
    page.get_by_role("button", name="Vereinbarung beenden").click()
    expect(page.get_by_text("Das Ende ist eingetragen.")).to_be_visible()
    page.goto("/abrechnung/vereinbarungen")
    expect(page.get_by_role("row", name="Burgdorf")).to_contain_text("31.12.2026")
    check_page(page)


def test_a_party_and_cost(sign_in: SignIn):
    page = sign_in("finance")
    page.goto("/abrechnung/stellen/neu")
    page.get_by_label("Partner", exact=True).select_option("HOST")
    for label, value in (
        ("Name", "Region Hannover"),
        ("Straße", "Weg 1"),
        ("Postleitzahl", "30169"),
        ("Ort", "Hannover"),
    ):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Leitweg-ID").fill("04011000-12345-04")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("alert")).to_contain_text("Prüfziffern passen nicht")
    check_page(page)
    page.get_by_label("Leitweg-ID").fill("04011000-12345-03")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("row", name="Region Hannover")).to_be_visible()
    check_page(page)
    page.goto("/abrechnung/kosten?year=2026")
    expect(page.get_by_role("row", name="Juni 2026").first).to_contain_text("28.500,00")
    check_page(page, dark=True)
    page.goto("/abrechnung/einlesen/cost")
    file = b"month;cost_centre;kind;stage;amount\n2026-06;1000;rooms;actual;1.500,00\n"
    page.get_by_label("CSV-Datei").set_input_files({"name": "raeume.csv", "mimeType": "text/csv", "buffer": file})
    page.get_by_role("button", name="Ansehen").click()
    expect(page.get_by_text("bisher 28.500,00 €, neu 1.500,00 €, dann 30.000,00 €")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_text("Übernommen: 1 neu")).to_be_visible()


def test_a_municipality_finds_none_of_it(sign_in: SignIn):
    page = sign_in("municipality")
    expect(page.get_by_role("link", name="Regelungen")).to_have_count(0)
    assert page.goto("/abrechnung/regelungen").status == 403
