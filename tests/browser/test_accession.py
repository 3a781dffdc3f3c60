"""From a link to a council's paper: a municipality answers in its browser, the centre makes the paper of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.billing.accession.conftest import fill_months
from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from tests.staffing.test_planning import forecast, set_parameters, set_terms
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.models import PartnerProfile
from wfm.directory.service import run_import
from wfm.forecasting.models import ForecastRun

SERVICES = """leika_key;name;rank;source;tag
99115005104000;Wohnsitz Anmeldung;;;
99008001012000;Personalausweis Ausstellung;;;
"""


@pytest.fixture(scope="module")
def cost(centre: None) -> None:
    """Usage of the last twelve months, a plan of cost, and a forecast with what a post is."""
    with transaction() as session:
        run_import(session, "services", SERVICES)
        fill_months(session)
        run_import(session, "queues", "queue,label,wrapup_s,partner,valid_from,valid_to\nrathaus,R,,,,\n")
        first = Month.of(berlin_day(now())).next
        days = {"first_day": first.first, "end_day": first.next.next.next.first}
        run = ForecastRun(made_at=now(), made_by="test", generated=False, warnings=[], **days)
        session.add(run)
        session.flush()
        forecast(session, run, "rathaus", 180.0)
        set_parameters(session)
        set_terms(session)


def link_of(page: Page) -> str:
    """A new questionnaire of Burgdorf, made by the menu."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Beitritt", exact=True).click()
    page.wait_for_url("**/beitritt")
    check_page(page)
    page.get_by_role("link", name="Burgdorf", exact=False).first.click()
    page.wait_for_url(f"**/beitritt/{BURGDORF}")
    check_page(page)
    page.get_by_role("button", name="Link anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Link zum Fragebogen")
    check_page(page)
    return page.locator(".wfm-secret").inner_text()


def test_a_council_paper_from_a_questionnaire(cost: None, sign_in: SignIn, open_page: Callable[..., Page]) -> None:
    staff = sign_in("finance")
    link = link_of(staff)

    page = open_page()
    page.goto(link)
    page.wait_for_url(re.compile(r"/fragebogen$"))  # the secret is gone from the address
    assert page.locator("meta[name=robots]").get_attribute("content") == "noindex, nofollow"
    check_page(page, dark=True)
    page.get_by_label("Anrufe im Jahr").fill("viele")
    expect(page.locator("#told-calls_a_year")).to_contain_text("ganze Zahl")
    expect(page.get_by_label("Anrufe im Jahr")).to_have_value("viele")
    page.get_by_label("Woher die Zahl stammt").fill("Telefonanlage 2026")
    page.get_by_role("button", name="Abgeben").click()
    expect(page.get_by_role("alert")).to_contain_text("Anrufe im Jahr")
    expect(page.get_by_label("Woher die Zahl stammt")).to_have_value("Telefonanlage 2026")
    check_page(page)
    page.get_by_label("Anrufe im Jahr").fill("6.000")
    expect(page.locator("#told-calls_a_year")).to_have_text("")
    page.get_by_label("Gewünschte Servicezeiten").fill("Mo-Fr 8-18 Uhr")
    # Saved by itself, with what was typed before.
    with page.expect_response(
        lambda sent: "99008001012000" not in (sent.request.post_data or "services=99008001012000")
    ):
        page.get_by_label("Personalausweis Ausstellung").uncheck()
    expect(page.locator("#saved")).to_contain_text("Gespeichert, Fassung")
    page.reload()
    expect(page.get_by_label("Anrufe im Jahr")).to_have_value("6.000")
    expect(page.get_by_label("Personalausweis Ausstellung")).not_to_be_checked()
    page.get_by_role("button", name="Abgeben").click()
    expect(page.get_by_text("Vielen Dank: Der Fragebogen ist abgegeben.")).to_be_visible()
    check_page(page)

    with transaction() as session:  # it is the profile now, from which the forecast of a newcomer reckons
        profile = session.scalars(select(PartnerProfile).where(PartnerProfile.partner == BURGDORF)).one()
        assert (profile.calls_a_year, profile.hours) == (6_000, "Mo-Fr 8-18 Uhr")
        assert profile.services == ["99115005104000"]
    staff.goto(f"/beitritt/{BURGDORF}")
    expect(staff.get_by_text("6.000")).to_be_visible()
    check_page(staff)
    staff.get_by_role("link", name="Was sich von Fassung zu Fassung geändert hat").click()
    staff.wait_for_url("**/fassungen")
    changes = staff.get_by_role("table", name="Was sich geändert hat")
    expect(changes.get_by_role("row").filter(has_text="Anrufe im Jahr").first).to_contain_text("6.000")
    expect(changes.get_by_role("row").filter(has_text="Anrufe im Jahr").last).to_contain_text("viele")
    check_page(staff)
    staff.goto(f"/beitritt/{BURGDORF}")
    staff.get_by_role("link", name="Entscheidungsunterlage").click()
    staff.wait_for_url("**/unterlage")
    expect(staff.get_by_role("table", name=re.compile("^Kosten im Jahr"))).to_contain_text("V1: Nach Einwohnern")
    expect(staff.get_by_text("Telefonanlage 2026").first).to_be_visible()
    for title in (
        "Erwartete Anrufe nach Monaten",
        "Vollzeitstellen ohne",
        "Was die Kommune",
        "Aufwand der Kommune nach",
    ):
        expect(staff.get_by_role("img", name=re.compile(f"^{title}"))).to_be_visible()
    staffed = staff.get_by_role("table", name="Personalbedarf ohne und mit Beitritt")
    for case in ("ohne Beitritt", "mit Beitritt, wenig", "mit Beitritt, erwartet", "mit Beitritt, viel"):
        expect(staffed.get_by_role("rowheader", name=case)).to_be_visible()
    check_page(staff, dark=True)
    with staff.expect_download() as found:
        staff.get_by_role("link", name="PDF").click()
    assert found.value.path().read_bytes().startswith(b"%PDF")

    staff.goto(f"/beitritt/{BURGDORF}/vereinbarung")
    expect(staff.locator("mark").first).to_contain_text("[OFFEN: ")
    check_page(staff)


def test_without_scripts_a_button_saves(cost: None, sign_in: SignIn, open_page: Callable[..., Page]) -> None:
    link = link_of(sign_in("supervisor"))
    page = open_page(javascript=False)
    page.goto(link)
    page.get_by_label("Anrufe im Jahr").fill("6.000")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#told-calls_source")).to_contain_text("woher die Zahl")
    expect(page.get_by_label("Anrufe im Jahr")).to_have_value("6.000")
    page.get_by_label("Woher die Zahl stammt").fill("Anlage")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#saved")).to_have_text("Gespeichert, Fassung 2.")


def test_a_municipality_reads_its_own(cost: None, sign_in: SignIn) -> None:
    page = sign_in("municipality")
    page.goto(f"/beitritt/{BURGDORF}/unterlage")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Burgdorf")
    expect(page.get_by_label("Für wen")).to_have_count(0)
    check_page(page)
