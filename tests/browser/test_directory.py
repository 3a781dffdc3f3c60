"""Pages of directory and sources in a real browser: for everybody, on any screen, by keyboard alone."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from wfm.accounts.rules import Role
from wfm.accounts.service import tokens
from wfm.core.db import transaction
from wfm.directory.models import DialledNumber
from wfm.directory.service import enter, run_import
from wfm.queues.service.failing import waiting_streams
from wfm.queues.service.projection import project_stream

NUMBER = "495136898200"
HOURS = "weekday;opens;closes;valid_from\n" + "\n".join(
    f"{day};{times};2026-01-01" for day in ("Mo", "Di", "Mi", "Do", "Fr") for times in ("08:00;12:00", "13:00;18:00")
)
HEAD = {"specversion": "1.0", "source": "urn:test"}


@pytest.fixture(scope="module")
def filled(centre: None, app: Flask) -> None:
    """A centre with hours, memberships and a number; a call to a number that nobody has mapped; an unknown event."""
    told = {"call": "a", "queue": "amt"}
    events = [
        ("call.offered", "08:15:00", told | {"dialled": f"+{NUMBER}", "service": "ehe"}),
        ("call.answered", "08:15:20", told | {"agent": "SIP/1013", "wait_s": 20}),
        ("call.ended", "08:17:20", told | {"agent": "SIP/1013", "by": "caller", "talk_s": 120}),
        ("call.unheard_of", "09:30:00", {"call": "b"}),
    ]
    batch = [
        HEAD | {"id": str(number), "type": kind, "time": f"2026-09-01T{at}+02:00", "data": data}
        for number, (kind, at, data) in enumerate(events)
    ]
    partner = {"key": BURGDORF, "name": "Burgdorf", "kind": "municipality"}
    with transaction() as session:
        _token, secret = tokens.create_token(session, name="acd", role=Role.ADMIN, by="test")
        run_import(session, "hours", HOURS)
        for status, first in (("pilot", "2024-07-01"), ("full", "2026-01-01")):
            enter(session, "partners", [partner | {"status": status, "valid_from": first}], by="test")
        for number, last in (("05136 111", ""), ("05136 222", "2026-06-30")):
            row = {"number": number, "partner": BURGDORF, "valid_from": "2026-01-01", "valid_to": last}
            enter(session, "numbers", [row], by="test")
        alias = {"system": "main", "alias": "1014", "agent": "Kim", "valid_from": "2026-01-01"}
        enter(session, "aliases", [alias], by="test")
        service = {"leika_key": "99059001104000", "name": "Anmeldung der Eheschließung"}
        enter(session, "services", [service], by="test")
    answer = app.test_client().post(
        "/api/v1/events?source=acd",
        data=json.dumps(batch),
        content_type="application/cloudevents-batch+json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 202, answer.text
    with transaction() as session:
        for stream in waiting_streams(session):
            project_stream(session, stream)


@pytest.fixture
def supervisor(filled: None, sign_in: SignIn) -> Page:
    return sign_in("supervisor")


PAGES = (
    "/verzeichnis/partner",
    f"/verzeichnis/partner/{BURGDORF}",
    f"/verzeichnis/partner/{BURGDORF}/mitgliedschaft",
    f"/verzeichnis/partner/{BURGDORF}/einwohner",
    "/verzeichnis/rufnummern",
    "/verzeichnis/rufnummern/neu",
    "/verzeichnis/rufnummern/1",
    "/verzeichnis/warteschlangen",
    "/verzeichnis/warteschlangen/bearbeiten?name=amt",
    "/verzeichnis/leistungen",
    "/verzeichnis/leistungen/bearbeiten",
    "/verzeichnis/zeiten?monat=2026-10",
    "/verzeichnis/zeiten/besonderer-tag",
    "/verzeichnis/zeiten/woche",
    "/verzeichnis/servicelevel",
    "/verzeichnis/servicelevel/neu?name=115",
    "/verzeichnis/namen",
    "/verzeichnis/namen/1",
    "/verzeichnis/einlesen",
    "/quellen",
    "/quellen/quelle?name=acd",
    "/quellen/vollstaendigkeit?monat=2026-09",
    "/quellen/vollstaendigkeit/tag?tag=2026-09-01",
    "/quarantaene",
    "/quarantaene/1",
    "/zuordnen",
    "/zuordnen?art=queue",
    "/zuordnen?art=agent",
)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_for_everybody(supervisor: Page, address: str) -> None:
    answer = supervisor.goto(address)
    assert answer is not None
    assert answer.status == 200
    check_page(supervisor, dark=True)


@pytest.mark.parametrize("address", ["/verzeichnis/partner", "/verzeichnis/rufnummern", "/verzeichnis/zeiten"])
def test_a_municipality_reads_them_too(filled: None, sign_in: SignIn, address: str) -> None:
    page = sign_in("municipality", address)
    check_page(page)
    expect(page.get_by_role("link", name="ändern")).to_have_count(0)


def test_a_number_is_mapped_by_keyboard_alone(filled: None, sign_in: SignIn) -> None:
    page = sign_in("admin")
    keys = page.keyboard
    for _ in range(60):  # from the top of the page to the menu's entry
        keys.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Zuordnen":
            break
    keys.press("Enter")
    page.wait_for_url("**/zuordnen")
    for _ in range(60):
        keys.press("Tab")
        if page.evaluate("document.activeElement.name") == "partner":
            break
    expect(page.get_by_role("form", name=NUMBER).get_by_label("Partner")).to_be_focused()
    keys.type("Burgd")
    for _ in range(8):  # over the parts of the day to the button
        keys.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Zugeordnet. Das betrifft 1 Anruf")
    expect(page.get_by_role("heading", name=NUMBER)).to_have_count(0)
    check_page(page)
    with transaction() as session:
        entry = session.scalars(select(DialledNumber).where(DialledNumber.number == NUMBER)).one()
    assert (entry.partner, str(entry.valid.start)) == (BURGDORF, "2026-09-01")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_is_read_in_after_its_errors_are_mended(filled: None, sign_in: SignIn, javascript: bool) -> None:
    page = sign_in("admin", javascript=javascript)
    number = f"05136 33{int(javascript)}"

    def send(*rows: str, name: str = "nummern.csv") -> None:
        page.goto("/verzeichnis/einlesen")
        page.get_by_label("Art der Liste").select_option("numbers")
        content = "\n".join(["number;partner;valid_from", *rows]).encode()
        page.get_by_label("CSV-Datei").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        page.get_by_role("button", name="Ansehen, was sich ändert").click()

    send(f"{number};{BURGDORF};2026-01-01", "05136 44;03249999;2026-01-01", f"05136 55;{BURGDORF};morgen")
    row = page.get_by_role("table", name="Fehlerhafte Zeilen").get_by_role("row")
    expect(row.nth(1)).to_contain_text("3")
    expect(row.nth(1)).to_contain_text("partner")
    expect(row.nth(1)).to_contain_text("ist nicht bekannt")
    expect(row.nth(2)).to_contain_text("„morgen“ ist kein Datum")
    expect(page.get_by_role("button", name="Übernehmen")).to_have_count(0)
    if javascript:
        check_page(page)

    send(f"{number};{BURGDORF};2026-01-01", f"05136 111;{BURGDORF};2026-01-01")
    expect(page.get_by_role("table", name="Neu")).to_contain_text("Burgdorf, ab 2026-01-01")
    if javascript:
        check_page(page)
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_role("status")).to_contain_text("Übernommen: 1 neu, 0 geändert.")


def test_a_spreadsheet_is_refused_with_what_to_do(supervisor: Page) -> None:
    supervisor.goto("/verzeichnis/einlesen")
    supervisor.get_by_label("Art der Liste").select_option("numbers")
    workbook = {"name": "nummern.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04rest"}
    supervisor.get_by_label("CSV-Datei").set_input_files(workbook)
    supervisor.get_by_role("button", name="Ansehen, was sich ändert").click()
    expect(supervisor.get_by_role("alert")).to_contain_text("als CSV speichern")
    expect(supervisor.get_by_label("Art der Liste")).to_have_value("numbers")
    check_page(supervisor)


def test_wrong_entries_lead_to_their_fields(supervisor: Page) -> None:
    supervisor.goto("/verzeichnis/rufnummern/neu")
    supervisor.get_by_label("Rufnummer").fill("keine Nummer")
    supervisor.get_by_label("Partner").select_option(BURGDORF)
    supervisor.get_by_role("button", name="Eintragen").click()
    supervisor.get_by_role("link", name="ist keine Rufnummer").click()
    expect(supervisor.get_by_label("Rufnummer")).to_be_focused()
    expect(supervisor.get_by_label("Rufnummer")).to_have_value("keine Nummer")
    check_page(supervisor)


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_a_week_is_looked_at_and_then_kept(filled: None, sign_in: SignIn, javascript: bool) -> None:
    page = sign_in("supervisor", "/verzeichnis/zeiten", javascript=javascript)
    page.get_by_role("link", name="Woche eintragen").click()
    first = "2028-01-03" if javascript else "2029-01-01"
    page.get_by_label("erster Tag").fill(first)
    expect(page.get_by_role("group", name="Samstag").get_by_role("textbox")).to_have_count(4)
    page.locator("#field-opens_5").fill("12:00")
    page.locator("#field-closes_5").fill("9:00")
    page.get_by_role("button", name="Ansehen, was dann gilt").click()
    expect(page.get_by_role("alert")).to_contain_text("Samstag, schließt: Liegt nicht nach dem Öffnen.")
    if javascript:  # axe is a script
        check_page(page, dark=True)
    page.locator("#field-opens_5").fill("9:00")
    page.locator("#field-closes_5").fill("12:00")
    page.get_by_role("button", name="Ansehen, was dann gilt").click()
    expect(page.get_by_role("heading", name="So gilt es dann")).to_be_visible()
    expect(page.locator(".wfm-month__day").filter(has_text="09:00–12:00")).to_have_count(5)
    if javascript:  # axe is a script
        check_page(page, dark=True)
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("status")).to_contain_text("Die Woche ist eingetragen.")


def test_a_new_version_of_a_target(filled: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor", "/verzeichnis/servicelevel")
    page.get_by_role("link", name="neue Fassung (Behördennummer 115: 75 % in 30 s, 1)").click()
    page.get_by_label("Anteil in Prozent").fill("110")
    page.get_by_label("erster Tag").fill("2030-01-01")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("alert")).to_contain_text("kein Anteil in Prozent")
    check_page(page, dark=True)
    page.get_by_label("Anteil in Prozent").fill("80")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("status")).to_contain_text("Die Fassung ist eingetragen.")


def test_a_list_is_downloaded_by_keyboard_alone(filled: None, sign_in: SignIn) -> None:
    page = sign_in("supervisor", "/verzeichnis/rufnummern")
    page.get_by_label("Herunterladen: Wem eine Rufnummer gehört").focus()
    page.keyboard.press("Enter")
    check_page(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "rufnummern.xlsx"
