"""Two people settle a year in the browser, and the supervisor looks at what other variants would have meant."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.billing.centre import BURGDORF, LANGENHAGEN, WEDEMARK, agree, close, cost, parties, terms
from tests.browser.checks import check_page
from tests.browser.conftest import SignIn
from wfm.core.db import transaction
from wfm.core.intervals import Month


@pytest.fixture(scope="module")
def closed_year(centre: None) -> None:
    with transaction() as session:
        parties(session)
        umlage = terms(session, "V1", {})
        for partner in (BURGDORF, LANGENHAGEN, WEDEMARK):
            agree(session, umlage, partner, date(2025, 1, 1))
        for number in range(1, 13):
            usage = {BURGDORF: (100, 20_000), LANGENHAGEN: (300, 90_000), WEDEMARK: (50, 9_000), "": (10, 1_000)}
            close(session, Month(2025, number), usage)
            cost(session, Month(2025, number), 833_333)


def open_from_menu(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})  # narrow, it is folded
    page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name=name, exact=True).click()


def test_two_people_settle_a_year(closed_year: None, sign_in: SignIn) -> None:
    finance = sign_in("finance")
    open_from_menu(finance, "Abrechnungen")
    check_page(finance, dark=True)
    finance.get_by_role("link", name="Jahresabrechnung", exact=True).click()
    finance.wait_for_url("**/neu?art=annual")
    finance.get_by_label("Jahr").fill("2024")
    check_page(finance, dark=True)
    finance.get_by_role("button", name="Entwurf rechnen").click()
    expect(finance.get_by_role("alert")).to_contain_text("Noch nicht abgeschlossen")
    finance.get_by_label("Jahr").fill("2025")
    finance.get_by_role("button", name="Entwurf rechnen").click()
    expect(finance.get_by_text("Der Entwurf ist gerechnet.")).to_be_visible()
    address = finance.url
    finance.get_by_role("link", name="Burgdorf").first.click()
    finance.locator(f"#herleitung-{BURGDORF} summary").click()
    expect(finance.locator(f"#herleitung-{BURGDORF}")).to_contain_text("€")
    check_page(finance, dark=True)
    finance.get_by_role("link", name="Prüfen").click()
    finance.wait_for_url("**/schritt/check")
    check_page(finance)
    finance.get_by_role("button", name="Prüfen").click()
    expect(finance.get_by_text("Die Abrechnung ist geprüft.")).to_be_visible()
    expect(finance.get_by_role("link", name="Freigeben")).to_have_count(0)
    expect(finance.get_by_text("Freigeben muss eine zweite Person").last).to_be_visible()

    supervisor = sign_in("supervisor")
    supervisor.goto(address)
    supervisor.get_by_role("link", name="Freigeben").click()
    supervisor.get_by_role("button", name="Freigeben").click()
    expect(supervisor.get_by_text("Die Abrechnung ist freigegeben und gebucht.")).to_be_visible()
    check_page(supervisor, dark=True)
    open_from_menu(supervisor, "Hauptbuch")
    expect(supervisor.get_by_role("table", name="Salden")).to_contain_text("Forderung an Burgdorf")
    check_page(supervisor, dark=True)
    supervisor.goto(f"{address}/storno")  # only finance prepares
    expect(supervisor.get_by_role("heading", level=1)).to_contain_text("nicht")

    finance.reload()
    finance.get_by_role("link", name="Versenden").click()
    finance.get_by_role("button", name="Versenden").click()
    expect(finance.get_by_text("Die Abrechnung ist versandt")).to_be_visible()
    finance.get_by_role("link", name="eintragen (Wedemark)").click()
    finance.get_by_label("Begründung").fill("Die Zahl der Anrufe stimmt nicht.")
    check_page(finance)
    finance.get_by_role("button", name="Widerspruch eintragen").click()
    expect(finance.get_by_text("Der Widerspruch ist eingetragen.")).to_be_visible()
    check_page(finance)
    finance.get_by_role("link", name="entscheiden (Wedemark)").click()
    finance.wait_for_url("**/entscheidung/**")
    check_page(finance)
    open_from_menu(finance, "Abrechnungen")
    check_page(finance)


def test_variants_are_compared(closed_year: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor")
    open_from_menu(page, "Variantenvergleich")
    page.get_by_label("Erster Monat").fill("2025-01")
    page.get_by_label("Letzter Monat").fill("2025-12")
    page.get_by_label("Kosten", exact=True).select_option("assumed")
    page.get_by_label("Angenommener Betrag").fill("120 Taler")
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.get_by_role("alert")).to_contain_text("ein Betrag in Euro")
    check_page(page)
    page.get_by_label("Angenommener Betrag").fill("120.000,50")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_url("**euros=120.000**")
    expect(page.get_by_text("120.000,50 €").first).to_be_visible()
    expect(page.get_by_text("Beispielwerte, nicht vereinbart").first).to_be_visible()
    check_page(page, dark=True)
    page.get_by_role("link", name=re.compile(r"\(Burgdorf, Beispiel V4\)")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Herleitung: Burgdorf, V4")
    check_page(page)
    page.get_by_role("link", name="Zurück zum Vergleich").click()
    page.get_by_role("table", name="Was jeder Partner zahlt").get_by_role("link", name="Burgdorf", exact=True).click()
    expect(page.locator("[data-plot] canvas")).to_be_visible()
    page.get_by_text("Zahlen als Tabelle").click()
    check_page(page, dark=True)


def test_who_wins_and_loses_against_any_candidate_over_any_months(closed_year: None, sign_in: SignIn) -> None:
    page = sign_in("finance")

    def look(first: str, last: str) -> None:
        page.get_by_label("Erster Monat").fill(first)
        page.get_by_label("Letzter Monat").fill(last)
        page.get_by_role("button", name="Anzeigen").click()
        page.wait_for_url(f"**from={first}&to={last}**")

    page.goto("/abrechnung/variantenvergleich")
    look("2025-03", "2025-05")
    page.get_by_label("Verglichen mit").select_option("V5")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_url("**base=V5**")
    expect(page.get_by_text("Unterschied zu Beispiel V5.")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Unterschied je Partner"))).to_have_count(7)
    table = page.get_by_role("table", name="Was jeder Partner zahlt")
    expect(table.get_by_role("columnheader", name="Unterschied")).to_have_count(7)
    check_page(page, dark=True)
    # A month without actual cost, and no plan: no cost is made up, and the message leads to its field.
    look("2025-03", "2026-01")
    page.get_by_role("alert").get_by_role("link", name="fehlen für: Januar 2026").click()
    expect(page.get_by_label("Kosten", exact=True)).to_be_focused()
    check_page(page)
    with transaction() as session:
        cost(session, Month(2025, 3), 90_000, "plan")
    look("2025-03", "2026-01")
    expect(page.get_by_text("Gerechnet mit geplanten Kosten")).to_be_visible()
    expect(page.get_by_text("10 Monate haben keinen Plan")).to_be_visible()
    check_page(page)
    look("2019-01", "2019-02")
    expect(page.get_by_role("alert")).to_contain_text("keine Kosten eingetragen")
