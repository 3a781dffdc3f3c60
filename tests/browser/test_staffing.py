"""From a forecast to a requirement, its reasons, a plan with changes, and the comparison; with and without scripts."""

from __future__ import annotations

import re

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import check_page
from tests.browser.conftest import SignIn
from tests.forecasting.conftest import NOW, fill
from wfm.core.db import transaction
from wfm.forecasting.service import runs


@pytest.fixture(scope="module")
def forecast(centre: None) -> None:
    with time_machine.travel(NOW, tick=False), transaction() as session:
        fill(session)
    with time_machine.travel(NOW, tick=False), transaction() as session:
        runs.make_run(session, by="test")


def figure(page: Page, name: str) -> Locator:
    shown = page.locator(".wfm-figure", has=page.get_by_text(name, exact=True))
    return shown.locator(".wfm-figure__value")


def open_from_menu(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})  # narrow, it is folded
    link = page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name=name, exact=True)
    address = link.get_attribute("href")
    link.click()
    page.wait_for_url(f"**{address}**")


def test_from_the_forecast_to_a_comparison(forecast: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor")
    open_from_menu(page, "Personalbedarf")
    page.get_by_label("Tag", exact=True).fill("2026-07-07")
    page.get_by_label("Warteschlange", exact=True).select_option(label="Rathaus")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_url("**queue=rathaus**")
    check_page(page, dark=True)
    expect(page.locator("[data-plot] canvas")).to_be_visible()
    before = figure(page, "Stunden am Telefon").inner_text()

    slider = page.get_by_role("slider", name="Sicherheit")
    slider.focus()
    for _step in range(9):
        slider.press("ArrowRight")
    expect(page.locator("#needed")).to_contain_text("geplant mit 95 % Sicherheit")
    expect(figure(page, "Stunden am Telefon")).not_to_have_text(before)

    page.get_by_text("Zahlen als Tabelle").click()
    check_page(page)
    page.get_by_role("link", name=re.compile("Warum")).nth(4).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Warum \d+ Agents\?"))
    page.get_by_text("Zahlen als Tabelle").click()
    check_page(page, dark=True)

    open_from_menu(page, "Planungen")
    page.get_by_role("link", name="Planung anlegen").click()
    page.wait_for_url("**/planungen/neu")
    check_page(page, dark=True)
    page.get_by_label("Name").fill("Ein Viertel mehr")
    page.get_by_label("Faktor auf die Anrufe").fill("viel")
    page.get_by_role("button", name="Planung anlegen").click()
    expect(page.get_by_role("alert")).to_contain_text("Hier wird eine Zahl erwartet.")
    page.get_by_label("Faktor auf die Anrufe").fill("1,25")
    page.get_by_role("button", name="Planung anlegen").click()
    expect(page.get_by_text("Die Planung ist angelegt.")).to_be_visible()
    page.get_by_label("Erster Tag").fill("2026-07-06")
    page.get_by_label("Letzter Tag").fill("2026-07-10")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_url("**from=2026-07-06**")
    page.get_by_text("Zahlen als Tabelle").click()
    row = page.get_by_role("table", name="Vergleich").get_by_role("row", name="Ein Viertel mehr")
    expect(row).to_contain_text("+")
    check_page(page, dark=True)


def test_assumptions_and_capacity(forecast: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor")
    open_from_menu(page, "Kapazität")
    expect(page.get_by_text("lässt sich noch nicht rechnen")).to_be_visible()
    check_page(page, dark=True)
    page.get_by_role("link", name="Arbeitsbedingungen eintragen").click()
    page.wait_for_url("**/arbeit/neu**")
    check_page(page, dark=True)
    page.get_by_label("Wochenstunden").fill("39")
    page.get_by_label("besetzte Stellen").fill("1")
    page.get_by_label("Monate bis zur Einstellung").fill("6")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_text("Die Annahme ist eingetragen.")).to_be_visible()
    check_page(page, dark=True)
    for slug in ("schwund", "besetzung", "faehigkeiten"):
        page.goto(f"/planung/annahmen/{slug}/neu")
        check_page(page)
    page.goto("/planung/kapazitaet")
    expect(page.get_by_text("als Erstes entscheiden bis").first).to_be_visible()
    page.get_by_text("Zahlen als Tabelle").click()
    check_page(page, dark=True)


def test_it_works_without_scripts(forecast: None, sign_in: SignIn) -> None:
    page = sign_in("finance", javascript=False)
    page.goto("/planung/personalbedarf?day=2026-07-07", wait_until="networkidle")
    page.get_by_role("slider", name="Sicherheit").press("ArrowRight")
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.get_by_text("geplant mit 55 % Sicherheit")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_text("Zahlen als Tabelle").click()
    page.get_by_role("link", name=re.compile("Warum")).first.click()
    expect(page.get_by_role("table", name="Bedarf je Warteschlange")).to_be_visible()


def test_without_a_plan_of_ones_own_nothing_can_be_changed(forecast: None, sign_in: SignIn) -> None:
    page = sign_in("finance", "/planung/planungen")
    expect(page.get_by_role("link", name="Planung anlegen")).to_have_count(0)
    page.goto("/planung/annahmen")
    expect(page.get_by_role("link", name=re.compile("^Eintragen"))).to_have_count(0)
