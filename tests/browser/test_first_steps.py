"""The first page of a new centre, for everybody, on any screen."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.conftest import SignIn


def test_the_first_steps_lead_on(centre: None, sign_in: SignIn) -> None:
    page = sign_in("admin")
    steps = page.get_by_role("region", name="So geht es los")
    expect(steps).to_contain_text("von 6 Schritten erledigt")
    check_page(page, dark=True)
    steps.get_by_role("link", name="Konten anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Konten")
