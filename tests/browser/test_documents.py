"""Generated documents in a browser: readable by everybody, at any width, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.conftest import SignIn

PRIVATE = ("/anlage", "/verarbeitungsverzeichnis", "/folgenabschaetzung")


@pytest.mark.parametrize("address", PRIVATE)
def test_documents_of_the_centre(sign_in: SignIn, address: str) -> None:
    page = sign_in("staff_council", address)
    check_page(page, dark=True)
    expect(page.get_by_role("link", name="Angaben", exact=True)).to_have_count(0)


@pytest.mark.parametrize("address", ["/hilfe", "/barrierefreiheit"])
def test_documents_for_everybody(centre: None, page: Page, address: str) -> None:
    page.goto(address)
    check_page(page, dark=True)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    check_page(page)


def test_missing_entries_are_written_with_the_keyboard(sign_in: SignIn) -> None:
    page = sign_in("admin", "/verarbeitungsverzeichnis")
    page.get_by_role("link", name="Angaben eintragen").press("Enter")
    page.wait_for_url("**/anlage/angaben")
    check_page(page, dark=True)
    page.get_by_label("Verantwortlicher –").focus()
    page.keyboard.type("Beispielstadt, Rathausplatz 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("gespeichert")
    page.goto("/verarbeitungsverzeichnis")
    expect(page.get_by_text("Beispielstadt, Rathausplatz 1")).to_be_visible()


def test_a_document_is_downloaded(sign_in: SignIn) -> None:
    page = sign_in("staff_council", "/anlage")
    with page.expect_download() as found:
        page.get_by_role("link", name="PDF").click()
    assert found.value.suggested_filename == "Anlage-Dienstvereinbarung.pdf"
