"""Pages of usage and calls, as everybody must be able to use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from tests.web.usage.conftest import fill
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.reporting.service import month_files

SEPTEMBER = Month(2026, 9)


@pytest.fixture(scope="module")
def calls(centre: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    fill(tmp_path_factory.mktemp("log"))
    with transaction() as session:
        month_files.whose_files_to_make(session, SEPTEMBER)
    for partner in (None, BURGDORF):  # the others are still being made
        with transaction() as session:
            month_files.make_files(session, SEPTEMBER, partner)


@pytest.mark.parametrize("role", ["supervisor", "finance", "municipality", "admin"])
def test_a_month(calls: None, sign_in: SignIn, role: str) -> None:
    page = sign_in(role, "/nutzung?month=2026-09")
    for table in page.get_by_text("Zahlen als Tabelle").all():
        table.click()
    check_page(page, dark=True)


@pytest.mark.parametrize("role", ["supervisor", "municipality"])
@pytest.mark.parametrize(
    "address",
    [
        f"/nutzung/{BURGDORF}?month=2026-09",
        f"/nutzung/{BURGDORF}?month=2026-08",
        "/nutzung?month=2020-01",
        "/nutzung/jahr?year=2026",
        "/nutzung/jahr?year=2026&figure=talk_s",
        "/nutzung/berichte",
        "/anrufe?from=2026-09-01&to=2026-09-30",
        "/anrufe?from=2026-09-01&to=2026-08-01",
        "/anrufe?from=2020-01-01&to=2020-01-31",
    ],
)
def test_pages(calls: None, sign_in: SignIn, role: str, address: str) -> None:
    page = sign_in(role, address)
    check_page(page, dark=True)


@pytest.mark.parametrize("role", ["supervisor", "agent", "finance", "municipality", "admin", "staff_council"])
def test_the_first_page(calls: None, sign_in: SignIn, role: str) -> None:
    check_page(sign_in(role), dark=True)


def test_from_a_figure_to_a_raw_line(calls: None, sign_in: SignIn) -> None:
    page = sign_in("municipality", "/nutzung?month=2026-09")
    page.get_by_role("table", name="Nutzung je Leistung").get_by_role("link", name="1", exact=True).first.click()
    page.wait_for_url("**/anrufe?**")
    row = page.get_by_role("table", name="Anrufe").get_by_role("link")
    expect(row).to_have_count(1)
    row.click()
    expect(page.get_by_role("cell", name="aufgelegt")).to_be_visible()
    expect(page.get_by_role("table", name="Rohereignisse")).to_contain_text("ABANDON|1|1|40")
    check_page(page, dark=True)


@pytest.mark.parametrize("javascript", [True, False])
def test_month_definition_and_export_by_keyboard_alone(calls: None, sign_in: SignIn, javascript: bool) -> None:
    page = sign_in("finance", "/nutzung?month=2026-08", javascript=javascript)
    page.get_by_label("Monat").focus()
    page.keyboard.press("ArrowUp")  # the newest month stands first
    page.get_by_role("button", name="Anzeigen").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nutzung September 2026")
    page.locator("summary", has_text="Herunterladen").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "nutzung-2026-09.pdf"
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")
