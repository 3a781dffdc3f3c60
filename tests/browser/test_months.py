"""Closing a month in a real browser: finance answers for what stands against it and asks, a supervisor confirms."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.billing.centre import close, correct
from tests.browser.checks import check_page
from tests.browser.conftest import BURGDORF, SignIn
from wfm.accounts.rules import Role
from wfm.accounts.service import tokens
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import enter, run_import
from wfm.queues.service.failing import waiting_streams
from wfm.queues.service.projection import project_stream
from wfm.reporting.models import MonthState
from wfm.reporting.service.facts import recount
from wfm.reporting.service.rederive import rederive

NUMBER = "+495136898200"
HEAD = {"specversion": "1.0", "source": "urn:test"}


@pytest.fixture(scope="module")
def month(centre: None, app: Flask) -> None:
    """One call of Burgdorf in September 2026, and a line that nobody can read."""
    told = {"call": "a", "queue": "amt"}
    events = [
        ("call.offered", "08:15:00", told | {"dialled": NUMBER}),
        ("call.answered", "08:15:20", told | {"agent": "SIP/1013", "wait_s": 20}),
        ("call.ended", "08:17:20", told | {"agent": "SIP/1013", "by": "caller", "talk_s": 120}),
        ("call.unheard_of", "09:30:00", {"call": "b"}),
    ]
    batch = [
        HEAD | {"id": str(number), "type": kind, "time": f"2026-09-01T{at}+02:00", "data": data}
        for number, (kind, at, data) in enumerate(events)
    ]
    with transaction() as session:
        _token, secret = tokens.create_token(session, name="acd", role=Role.ADMIN, by="test")
        enter(session, "numbers", [{"number": NUMBER, "partner": BURGDORF, "valid_from": "2026-01-01"}], by="test")
        run_import(session, "queues", "queue;label\namt;Amt\n")
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
        rederive(session)
    with transaction() as session:
        recount(session)


def test_finance_asks_and_a_supervisor_confirms(month: None, sign_in: SignIn) -> None:
    finance = sign_in("finance")
    finance.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Monate").click()
    check_page(finance, dark=True)
    finance.get_by_role("link", name="September 2026").click()
    expect(finance.get_by_text("1 Zeilen von acd sind nicht lesbar")).to_be_visible()
    finance.get_by_role("button", name="Abschluss beantragen").click()
    expect(finance.get_by_role("alert")).to_contain_text("Hindernisse: 1")
    finance.get_by_label("Begründung: nicht lesbar").fill("unbekannte Meldung der Anlage, kein Anruf")
    finance.get_by_role("button", name="Abschluss beantragen").click()
    expect(finance.get_by_text("Sie haben den Abschluss beantragt")).to_be_visible()
    expect(finance.get_by_role("button", name="Abschluss bestätigen")).to_have_count(0)
    check_page(finance, dark=True)

    supervisor = sign_in("supervisor")
    supervisor.goto("/abrechnung/monate/2026-09")
    expect(supervisor.get_by_text("Kim Finance hat den Abschluss beantragt")).to_be_visible()
    expect(supervisor.get_by_text("unbekannte Meldung der Anlage, kein Anruf")).to_be_visible()
    supervisor.get_by_role("button", name="Abschluss bestätigen").click()
    expect(supervisor.get_by_text("Gespeichertes und Prüfwert stimmen überein.")).to_be_visible()
    check_page(supervisor, dark=True)
    supervisor.get_by_role("link", name="Nutzung ansehen").click()
    expect(supervisor.get_by_text("Der Monat ist abgeschlossen")).to_be_visible()

    finance.goto("/abrechnung/monate/2026-09")
    finance.get_by_label("Partner").select_option(BURGDORF)
    finance.locator("#field-calls").fill("-2")
    finance.get_by_label("Begründung").fill("galt der Nachbarstadt")
    finance.get_by_role("button", name="Berichtigung eintragen").click()
    expect(finance.get_by_role("alert")).to_contain_text("nur 1 übrig; abgezogen werden sollen 2.")
    check_page(finance, dark=True)
    finance.locator("#field-calls").fill("-1")
    finance.locator("#field-calls_answered").fill("-1")
    finance.get_by_role("button", name="Berichtigung eintragen").click()
    check_page(finance, dark=True)
    finance.get_by_role("button", name="Zurückziehen: Burgdorf, galt der Nachbarstadt").click()
    expect(finance.get_by_text("Die Berichtigung ist zurückgezogen.")).to_be_visible()


def test_what_closing_books_is_seen_by_both(month: None, sign_in: SignIn) -> None:
    with transaction() as session:
        close(session, Month(2026, 5), {BURGDORF: (10, 1_000)})
        correct(session, date(2026, 5, 4), BURGDORF, -2, -180, booked_in=None)
        session.add(MonthState(month=date(2026, 10, 1), state="open"))
    for role in ("finance", "supervisor"):
        page = sign_in(role)
        page.goto("/abrechnung/monate/2026-10")
        expect(page.get_by_role("table", name="Was mit dem Abschluss gebucht wird")).to_contain_text("Mai 2026")
        check_page(page, dark=True)
