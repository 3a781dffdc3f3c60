"""An accepted objection, from the settlement to the month that closes with it: on pages and over the interface."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text as sql

from tests.billing.centre import BURGDORF, LANGENHAGEN
from tests.web.billing.test_settlement_pages import draft, post, take, text
from wfm.accounts.rules import Role
from wfm.accounts.service import tokens
from wfm.core.db import transaction

MAY, API = "/abrechnung/monate/2025-05", "/api/v1/months/2025-05/corrections"
TWO_LESS = {"partner": BURGDORF, "calls": "-2", "calls_answered": "-2", "talk_s": "-180", "reason": "Doppelt gezählt"}
NEXT = "INSERT INTO month (month, state, closed_at, closed_by) VALUES ('2026-01-01', 'closed', now(), 'person:2')"


def stored() -> list[tuple[Any, ...]]:
    with transaction() as session:
        rows = session.execute(sql("SELECT day::text, partner, calls, talk_s, cause, reason FROM usage_correction"))
        return [tuple(row) for row in rows]


def trail() -> list[str]:
    with transaction() as session:
        found = session.scalars(sql("SELECT action FROM audit_entry WHERE object_kind = 'month' ORDER BY id"))
        return list(found)


def withdrawal(html: str) -> str:
    return next(re.finditer(f'action="({MAY}/berichtigung/[0-9]+/zurueckziehen)"', html))[1]


def book() -> None:
    """What closing the next month does with it."""
    with transaction() as session:
        session.execute(sql(NEXT))
        session.execute(sql("UPDATE usage_correction SET booked_in = '2026-01-01'"))


@pytest.fixture
def api(centre: None, app: Flask) -> Callable[..., Any]:
    with transaction() as session:
        _made, secret = tokens.create_token(session, name="fibu", role=Role.FINANCE, by="test")
    client = app.test_client()
    return lambda method, path, **body: client.open(
        path, method=method, headers={"Authorization": f"Bearer {secret}"}, **body
    )


def test_a_settlement_leads_to_the_months_where_usage_is_corrected(ask: Callable):
    address = draft(ask)
    for role, step in (("finance", "check"), ("supervisor", "release"), ("finance", "send")):
        assert take(ask, role, address, step).status_code == 303
    post(ask, "finance", f"{address}/widerspruch/{BURGDORF}", reason="Im Mai stimmt es nicht.")
    assert f'href="{MAY}#berichtigung"' not in ask("finance").get(address).text
    decided = f"{address}/entscheidung/{BURGDORF}"
    assert post(ask, "supervisor", decided, accepted="yes", reason="Nachgezählt.").status_code == 303
    html = ask("finance").get(address).text
    assert html.count('#berichtigung"') == 12
    assert f'href="{MAY}#berichtigung">Mai 2025</a>' in html


def test_nobody_is_asked_to_object_to_what_is_decided_or_reversed(ask: Callable):
    address = draft(ask)
    for role, step in (("finance", "check"), ("supervisor", "release"), ("finance", "send")):
        take(ask, role, address, step)
    own = "/abrechnung/eigene"
    assert "Widerspruch einlegen" in ask("municipality").get(own).text
    post(ask, "finance", f"{address}/widerspruch/{BURGDORF}", reason="Im Mai stimmt es nicht.")
    post(ask, "supervisor", f"{address}/entscheidung/{BURGDORF}", accepted="yes", reason="Nachgezählt.")
    assert "Widerspruch einlegen" not in ask("municipality").get(own).text
    reversal = post(ask, "finance", f"{address}/storno", reason="Falsche Kosten").location
    for role, step in (("finance", "check"), ("supervisor", "release")):
        assert take(ask, role, reversal, step).status_code == 303
    assert "storniert" in text(ask("municipality").get(own).text)
    refused = post(ask, "finance", f"{address}/widerspruch/{LANGENHAGEN}", reason="Zu hoch")
    assert (refused.status_code, "storniert" in refused.text) == (422, True)


def test_a_correction_is_entered_seen_and_withdrawn(ask: Callable):
    html = ask("finance").get(MAY).text
    assert "den schließen zwei Personen ab" in html
    assert "Berichtigung eintragen" not in ask("admin").get(MAY).text, "who may not close does not correct"
    assert post(ask, "finance", f"{MAY}/berichtigung", **TWO_LESS).status_code == 303
    assert stored() == [("2025-05-01", BURGDORF, -2, -180, "objection", "Doppelt gezählt")]
    html = ask("supervisor").get(MAY).text
    assert "Anrufe: -2; angenommene Anrufe: -2; Gespräch in Sekunden: -180" in text(html).replace("−", "-")
    listed = ask("admin").get(f"{MAY}?liste=berichtigungen-die-noch-zu-buchen-sind&format=csv")
    assert "Burgdorf" in listed.text
    assert "Zurückziehen" not in text(ask("admin").get(MAY).text)
    assert post(ask, "supervisor", withdrawal(html)).status_code == 303
    assert stored() == []
    assert trail() == ["month.corrected", "month.correction_withdrawn"]
    assert post(ask, "supervisor", withdrawal(html)).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"calls": "-101"}, "calls", "Davon sind im Monat nur 100 übrig; abgezogen werden sollen 101."),
        ({"talk_s": "viel"}, "talk_s", "Hier wird eine ganze Zahl erwartet."),
        ({"short_10": "101"}, "short_10", "mehr als angenommene Anrufe (98)"),
        ({"partner": "99"}, "partner", "Diesen Partner gibt es nicht."),
        ({"reason": " "}, "reason", "Diese Angabe fehlt."),
    ],
)
def test_what_is_wrong_stands_at_its_field(ask: Callable, changed: dict[str, str], field: str, words: str):
    answer = post(ask, "finance", f"{MAY}/berichtigung", **(TWO_LESS | changed))
    assert answer.status_code == 422
    assert words in text(answer.text.split(f'id="field-{field}-error"')[1].split("</p>")[0])
    assert stored() == []


def test_nothing_is_no_correction_and_an_open_month_has_none(ask: Callable):
    answer = post(ask, "finance", f"{MAY}/berichtigung", partner=BURGDORF, calls="0", reason="Nichts")
    assert (answer.status_code, "Eine Berichtigung um nichts" in answer.text) == (422, True)
    with transaction() as session:
        session.execute(sql("INSERT INTO month (month, state) VALUES ('2026-02-01', 'open')"))
    answer = post(ask, "finance", "/abrechnung/monate/2026-02/berichtigung", **TWO_LESS)
    assert answer.status_code == 422
    assert stored() == []


def test_one_that_is_booked_or_that_others_rest_on_stays(ask: Callable):
    more = TWO_LESS | {"calls": "5", "calls_answered": "0", "talk_s": "0", "reason": "Fehlten"}
    assert post(ask, "finance", f"{MAY}/berichtigung", **more).status_code == 303
    html = ask("finance").get(MAY).text
    assert (
        post(
            ask, "finance", f"{MAY}/berichtigung", **(TWO_LESS | {"calls": "-103", "calls_answered": "-98"})
        ).status_code
        == 303
    )
    answer = post(ask, "finance", withdrawal(html))
    assert (answer.status_code, "Andere ziehen ab, was sie hinzufügt." in answer.text) == (422, True)
    book()
    answer = post(ask, "finance", withdrawal(html))
    assert (answer.status_code, "schon gebucht" in answer.text) == (422, True)
    assert len(stored()) == 2


def test_over_the_interface(api: Callable):
    body = {"partner": BURGDORF, "calls": -2, "calls_answered": -2, "reason": "Doppelt gezählt"}
    made = api("POST", API, json=body)
    assert made.status_code == 201, made.text
    told = made.get_json()
    assert told | body == told
    assert (told["month"], told["name"], told["talk_s"], told["short_60"]) == ("2025-05", "Burgdorf", 0, 0)
    assert api("GET", "/api/v1/months/2025-05").get_json()["objections"] == [told]
    refused = api("POST", API, json=body | {"calls": -99})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "correction.too_much")
    assert refused.get_json()["errors"][0]["field"] == "calls"
    assert api("DELETE", f"/api/v1/months/2025-06/corrections/{told['id']}").status_code == 404
    assert api("DELETE", f"{API}/{told['id']}").get_json() == told
    assert stored() == []

    number = api("POST", API, json=body).get_json()["id"]
    book()
    late = api("DELETE", f"{API}/{number}")
    assert (late.status_code, late.get_json()["code"]) == (409, "correction.booked")
    assert len(stored()) == 1
