"""The page of the queues, on the real capture."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.conftest import SignIn
from wfm import ingest
from wfm.telephony.adapters import queue_log

CAPTURE = Path(queue_log.__file__).parents[1] / "data" / "asterisk"


@pytest.fixture(scope="module")
def capture(centre: None) -> None:
    for name in ("queue_log.0", "queue_log"):
        ingest.ingest_log(CAPTURE / name, "pbx")
    ingest.count_facts()


@pytest.mark.parametrize("role", ["supervisor", "agent", "admin"])
def test_queues(capture: None, sign_in: SignIn, role: str) -> None:
    page = sign_in(role, "/warteschlangen?from=2026-06-01&to=2026-06-30&interval=day")
    check_page(page, dark=True)
    expect(page.locator(".wfm-figure", has=page.get_by_text("Angeboten", exact=True)).first).to_contain_text("305")
    expect(page.locator(".wfm-figure", has=page.get_by_text("Angenommen", exact=True)).first).to_contain_text("217")
    expect(page.get_by_role("link", name="305")).to_have_count(0 if role == "agent" else 1)
    for table in page.get_by_text("Zahlen als Tabelle").all():
        table.click()
    check_page(page)


def test_a_single_day_by_half_hours(capture: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor", "/warteschlangen?from=2026-06-01&to=2026-06-30&interval=day")
    page.get_by_label("Schritt").select_option("60")
    page.get_by_label("Service-Level", exact=True).select_option("hannover")
    page.get_by_role("button", name="Anzeigen").click()
    page.wait_for_url("**definition=hannover**")
    check_page(page)
    expect(page.get_by_label("Schritt")).to_have_value("60")
    expect(page.locator(".wfm-figure", has_text="Hannover: 75 %").first).to_be_visible()


def test_wrong_days_say_so_and_empty_ones_too(capture: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor", "/warteschlangen?from=2026-06-30&to=2026-06-01")
    expect(page.get_by_role("alert")).to_contain_text("Der Zeitraum muss")
    page.goto("/warteschlangen?from=2020-01-01&to=2020-01-03")
    expect(page.get_by_text("Keine Anrufe in diesem Zeitraum")).to_be_visible()
    check_page(page, dark=True)
