"""From the past to a forecast, an adjustment on it, and back; the other pages of planning as they stand."""

from __future__ import annotations

import json
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, PASSWORD, SignIn
from tests.forecasting.conftest import fill
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.core.db import transaction
from wfm.forecasting.service import events, runs

JUNE, SEPTEMBER = date(2026, 6, 15), date(2026, 9, 15)
LOOK = "/planung/prognose?queue=rathaus&from=2026-06-15&to=2026-07-24"


@pytest.fixture(scope="module")
def centre(module_database: str) -> None:
    """Half a year of two queues, a forecast of its last weeks and the summer, two events, people of all roles."""
    with transaction() as session:
        fill(session)
        for role in Role:
            partner = BURGDORF if role is Role.MUNICIPALITY else None
            people.add_person(
                session, login=str(role), name=f"Kim {role.title()}", role=role, partner=partner, password=PASSWORD,
                by="test",
            )  # fmt: skip
        for day in ("2026-03-09", "2026-07-13"):
            row = {"kind": "tax_notice", "title": "Grundsteuer", "first_day": day}
            events.enter_event(session, row, by="test")
    with transaction() as session:
        runs.make_run(session, by="worker", first=JUNE, end=SEPTEMBER)


def last(page: Page, name: str) -> float:
    """The last value of a line of the picture."""
    drawn = json.loads(page.locator("[data-plot]").get_attribute("data-plot") or "")
    (line,) = [line for line in drawn["lines"] if line["name"] == name]
    return [value for value in line["values"] if value is not None][-1]


def test_from_history_to_an_adjustment_and_back(centre: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor")
    page.get_by_role("link", name="Prognose", exact=True).first.click()
    page.wait_for_url("**/planung/prognose**")
    page.get_by_label("Warteschlange").select_option("rathaus")
    page.get_by_label("Erster Tag").fill("2026-06-15")
    page.get_by_label("Letzter Tag").fill("2026-07-24")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_url("**queue=rathaus**")
    expect(page.locator(".wfm-plot canvas")).to_be_visible()
    expect(page.get_by_text("gekommen", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Grundsteuer")).to_be_visible()
    check_page(page, dark=True)
    page.get_by_text("Zahlen als Tabelle").click()
    check_page(page)
    before = last(page, "erwartet")

    page.get_by_role("link", name="Prognose anpassen").click()
    page.wait_for_url("**/anpassungen**")  # both pages have days to fill in
    page.get_by_label("Erster Tag").fill("2026-07-24")
    page.get_by_label("Letzter Tag").fill("2026-07-24")
    page.get_by_label("Wert").fill("1,5")
    page.get_by_label("Grund").fill("Die Bescheide gehen später hinaus")
    page.get_by_role("button", name="Wirkung ansehen").click()
    expect(page.get_by_text("Noch ist nichts geändert")).to_be_visible()
    check_page(page, dark=True)
    page.get_by_role("button", name="Anpassen", exact=True).click()
    expect(page.get_by_text("Die Anpassung liegt auf der Prognose.")).to_be_visible()
    check_page(page)

    page.goto(LOOK)
    assert last(page, "erwartet") == pytest.approx(1.5 * before, abs=0.1)
    assert last(page, "ohne Anpassungen") == before
    page.get_by_role("link", name="Anpassungen", exact=True).click()
    page.wait_for_url("**/anpassungen**")
    page.get_by_role("button", name="Zurücknehmen").click()
    expect(page.get_by_text("Die Anpassung ist zurückgenommen.")).to_be_visible()
    page.goto(LOOK)
    assert last(page, "erwartet") == before


@pytest.mark.parametrize(
    "address",
    [
        "/planung/prognose?interval=30&from=2026-06-22&to=2026-06-26",
        "/planung/prognose/entstehung?queue=rathaus",
        "/planung/prognose/fehler?run=1&queue=rathaus",
        "/planung/prognose/staende",
        f"/planung/prognose/partner?partner={BURGDORF}",
        "/planung/heute?queue=rathaus&at=2026-06-29T11:00:00%2B02:00",
        "/planung/ereignisse",
        "/planung/ereignisse/2",
        "/planung/ereignisse/einlesen",
    ],
)
def test_pages_of_planning(centre: None, sign_in: SignIn, address: str) -> None:
    page = sign_in("supervisor", address)
    check_page(page, dark=True)


def test_a_municipality_has_its_own_forecast(centre: None, sign_in: SignIn) -> None:
    page = sign_in("municipality")
    page.get_by_role("link", name="Prognose je Partner").first.click()
    expect(page.get_by_role("heading", name="Prognose je Partner")).to_be_visible()
    expect(page.get_by_label("Partner", exact=True)).to_have_count(0)
    page.goto("/planung/prognose/partner?from=2026-07-01&to=2026-07-31")
    expect(page.locator(".wfm-plot canvas")).to_be_visible()
    check_page(page, dark=True)


def test_without_javascript_the_numbers_are_there(centre: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor", LOOK, javascript=False)
    page.get_by_text("Zahlen als Tabelle").click()
    expect(page.get_by_role("rowheader", name="24.07.2026")).to_be_visible()
    page.goto("/planung/prognose/staende")
    page.get_by_role("button", name="Neu rechnen").click()
    expect(page.get_by_text("Die Prognose wird gerechnet.")).to_be_visible()
