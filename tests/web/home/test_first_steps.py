"""The first page of a new centre says what to do next, to those who can do it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.api.conftest import BURGDORF, Callers, app, empty, event, project
from tests.billing import centre
from wfm.accounts.rules import Role
from wfm.accounts.service import people
from wfm.billing.service import parties
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data, run_import

__all__ = ["app", "empty"]
DIRECTORY = ["Rufnummern der Partner einlesen", "Mitgliedschaft der Partner eintragen", "Öffnungszeiten eintragen"]
SETTLEMENT = [
    "Kosten eintragen",
    "Eine Regelung vereinbaren",
    "Vereinbarungen der Partner eintragen",
    "Träger und Partner für Belege eintragen",
]
PLACE = {"valid_from": "2026-01-01", "street": "Straße 1", "postcode": "30000", "town": "Ort"}
CALLS = "Nachsehen, ob die ersten Anrufe ankommen"


@pytest.fixture(autouse=True)
def base_data(database: str, valkey) -> None:
    with transaction() as session:
        load_base_data(session)


def steps(html: str) -> dict[str, bool]:
    """Title of each step, and whether it is done."""
    (found,) = re.findall(r'<ol class="wfm-steps__list">(.*?)</ol>', html, re.DOTALL) or [""]
    entries = [one for one in found.split("</li>") if "<a " in one]
    return {re.findall(r"<a [^>]*>([^<]*)</a>", one)[0]: "erledigt" in one for one in entries}


def test_each_role_sees_the_steps_it_can_take(empty: Callers) -> None:
    assert list(steps(empty("supervisor", page=True).get("/").text)) == [*DIRECTORY, CALLS]
    admin = steps(empty("admin", page=True).get("/").text)
    assert list(admin) == ["Konten anlegen", *DIRECTORY, "Telefonanlage anschließen", CALLS]
    assert list(steps(empty("finance", page=True).get("/").text)) == SETTLEMENT
    for role in ("agent", "municipality", "staff_council"):
        assert steps(empty(role, page=True).get("/").text) == {}


def test_done_steps_are_ticked_and_leave_when_all_are(empty: Callers) -> None:
    admin = empty("admin", page=True)
    assert not any(steps(admin.get("/").text).values())
    with transaction() as session:
        run_import(session, "numbers", f"number;partner;valid_from\n05136898200;{BURGDORF};2026-01-01\n")
        people.add_person(session, login="zweite", name="Zweite", role=Role.FINANCE, by="test")
    seen = steps(admin.get("/").text)
    assert [title for title, done in seen.items() if done] == ["Konten anlegen", DIRECTORY[0]]
    assert "2 von 6 Schritten erledigt" in admin.get("/").text
    with transaction() as session:
        run_import(session, "hours", "weekday;opens;closes;valid_from\nMo;08:00;18:00;2026-01-01\n")
        run_import(
            session, "partners", f"key;name;kind;status;valid_from\n{BURGDORF};Burgdorf;municipality;full;2026-01-01\n"
        )
    empty("admin").send(
        event(1, "call.offered", call="a", queue="q", dialled="+495136898200"),
        event(2, "call.abandoned", "08:16:00", call="a", queue="q", wait_s=60),
        source="acd",
    )
    project()
    assert steps(admin.get("/").text) == {}


def test_settlement_is_set_up_step_by_step(empty: Callers) -> None:
    finance = empty("finance", page=True)
    with transaction() as session:
        centre.cost(session, Month(2026, 1), 100_00)
        agreed = centre.terms(session, "V0", {})
    assert list(steps(finance.get("/").text).values()) == [True, True, False, False]
    with transaction() as session:
        centre.agree(session, session.merge(agreed), BURGDORF, date(2026, 1, 1))
        parties.enter(session, {"partner": BURGDORF, "name": "Stadt Burgdorf"} | PLACE, by="test")
    assert list(steps(finance.get("/").text).values()) == [True, True, True, False]
    with transaction() as session:
        parties.enter(session, {"partner": "HOST", "name": "Region"} | PLACE, by="test")
    assert steps(finance.get("/").text) == {}
