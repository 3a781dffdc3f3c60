"""Administration, purposes and agents' figures in a real browser: wide and narrow, light and dark, by keyboard."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.conftest import SignIn
from tests.reporting.test_persons import NAMES, take_in, told
from wfm.accounts.service import people
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Month

TODAY = berlin_day(now())
LAST_MONTH = Month.of(Month.of(TODAY).first - timedelta(days=1))


@pytest.fixture(scope="module", autouse=True)
def agents(centre: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Six agents on two days of last month, of whom the agent is Anna."""
    days = (LAST_MONTH.first + timedelta(days=number) for number in (6, 13))
    folder: Path = tmp_path_factory.mktemp("log")
    take_in(folder, *(told(day.isoformat()) for day in days))
    with transaction() as session:
        people.change_person(session, people.find_person(session, "agent").id, agent=NAMES[0], by="test")


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("admin", "/verwaltung/konten"),
        ("admin", "/verwaltung/konten/1"),
        ("admin", "/verwaltung/schluessel"),
        ("admin", "/verwaltung/rollen"),
        ("admin", "/verwaltung/einstellungen"),
        ("supervisor", "/verwaltung/zwecke"),
        ("staff_council", "/verwaltung/zwecke"),
        ("staff_council", "/verwaltung/protokoll"),
        ("supervisor", f"/gruppen?month={LAST_MONTH}"),
        ("supervisor", "/personen"),
        ("supervisor", "/heute"),
        ("agent", f"/meine-zahlen?month={LAST_MONTH}"),
    ],
)
def test_pages_are_for_everybody(sign_in: SignIn, role: str, path: str) -> None:
    page = sign_in(role, path)
    page.evaluate("document.querySelectorAll('main details').forEach(details => details.open = true)")
    check_page(page, dark=True)


def test_an_account_is_added_by_keyboard_and_its_password_shown(sign_in: SignIn) -> None:
    page = sign_in("admin", "/verwaltung/konten")
    page.get_by_label("Anmeldename", exact=True).focus()
    page.keyboard.type("nora")
    page.keyboard.press("Tab")
    page.keyboard.type("Nora Neu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Rolle: Diese Angabe fehlt.")).to_be_visible()
    check_page(page)
    expect(page.get_by_label("Anmeldename", exact=True)).to_have_value("nora")
    page.get_by_role("main").get_by_label("Rolle", exact=True).last.select_option("finance")
    page.get_by_role("button", name="Konto anlegen").click()
    expect(page.locator(".wfm-secret")).to_be_visible()
    expect(page).to_have_url(re.compile("/verwaltung/konten$"))
    check_page(page)


def test_an_agreement_from_proposal_to_end(sign_in: SignIn) -> None:
    page = sign_in("supervisor", "/verwaltung/zwecke")
    page.get_by_label("Fundstelle").fill("DV 12/2026")
    page.get_by_label("Umfang").select_option("calls")
    page.get_by_label("Personen – freiwillig").fill(NAMES[0])
    page.get_by_label("Erster Tag").fill(TODAY.isoformat())
    page.get_by_label("Letzter Tag").fill((TODAY + timedelta(days=9)).isoformat())
    page.get_by_label("Grund", exact=True).fill("Einarbeitung")
    page.get_by_role("button", name="Dem Personalrat vorschlagen").click()
    expect(page.get_by_role("status")).to_contain_text("liegt dem Personalrat vor")
    council = sign_in("staff_council", "/verwaltung/zwecke")
    council.get_by_role("button", name="„DV 12/2026“ unterzeichnen").click()
    expect(council.get_by_role("status")).to_contain_text("unterzeichnet")
    check_page(council)
    page.goto("/personen")
    check_page(page)
    page.get_by_label("Name").fill(NAMES[0])
    page.get_by_label("Erster Tag").fill(TODAY.isoformat())
    page.get_by_label("Letzter Tag").fill(TODAY.isoformat())
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.get_by_role("table", name=f"Tage von {NAMES[0]}")).to_be_visible()
    check_page(page)
    agent = sign_in("agent", "/meine-zahlen")
    expect(agent.get_by_role("table", name="Die letzten 50 Blicke")).to_contain_text("Nach Vereinbarung")
    council.get_by_role("button", name="„DV 12/2026“ beenden").click()
    expect(council.get_by_role("status")).to_contain_text("sie öffnet nichts mehr")
    page.goto("/personen")
    expect(page.get_by_text("Die Vergangenheit einzelner Personen ist verschlossen.")).to_be_visible()
