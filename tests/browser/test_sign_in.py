"""Signing in by keyboard alone, and the pages that everybody has."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.conftest import PASSWORD, SignIn
from wfm.accounts.rules import Role


def test_signing_in_and_out_by_keyboard(centre: None, page: Page) -> None:
    page.goto("/konto")
    check_page(page, dark=True)
    page.get_by_label("Anmeldename").focus()
    page.keyboard.type("finance")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("[0-9]/konto$"))  # where they wanted to go: /anmelden?next=/konto ends so too
    page.locator("summary", has_text="Kim Finance").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Abmelden", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/anmelden")


def test_a_wrong_password_keeps_the_name(centre: None, page: Page) -> None:
    page.goto("/anmelden")
    page.get_by_label("Anmeldename").fill("finance")
    page.get_by_label("Passwort").fill("falsch")
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Anmeldename")).to_have_value("finance")
    expect(page.get_by_label("Passwort")).to_have_value("")
    check_page(page, dark=True)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_start_page(sign_in: SignIn, role: Role) -> None:
    page = sign_in(role)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Kim {role.title()}")
    check_page(page, thorough=True)


def test_ones_own_account(sign_in: SignIn) -> None:
    page = sign_in("agent")
    for path in ("/konto", "/konto/passwort", "/gibt-es-nicht"):
        page.goto(path)
        check_page(page, dark=True)


def test_a_page_that_renews_itself_goes_to_the_sign_in_as_a_whole(sign_in: SignIn) -> None:
    page = sign_in("finance", "/konto?seite=1")
    page.context.clear_cookies()
    page.evaluate("() => { htmx.ajax('GET', '/konto', 'main'); }")  # not waited for: the page it runs in is left
    page.wait_for_url("**/anmelden?next=/konto?seite%3D1")
    expect(page.get_by_label("Anmeldename")).to_have_count(1)
    page.get_by_label("Anmeldename").fill("finance")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/konto?seite=1")


def test_signing_in_without_javascript(open_page, centre: None) -> None:
    page = open_page(javascript=False)
    page.goto("/anmelden")
    page.get_by_label("Anmeldename").fill("agent")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_text("Kim Agent").first).to_be_visible()


def test_english_is_chosen_and_kept(page: Page) -> None:
    page.goto("/anmelden")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/anmelden")
    expect(page.locator("html")).to_have_attribute("lang", "en")
