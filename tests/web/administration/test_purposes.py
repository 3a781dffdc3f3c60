"""Agreements with the staff council, settings and roles in the browser."""

from __future__ import annotations

from datetime import timedelta

import pytest

from wfm.accounts.rules import GRANTED, PERMISSIONS
from wfm.accounts.service.agreements import agreements_in_force, list_agreements
from wfm.accounts.service.settings import get_setting
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction

PATH = "/verwaltung/zwecke"
TODAY = berlin_day(now())


def proposal(**changed: str) -> dict[str, str]:
    values = {"reference": "DV 12/2026", "scope": "calls", "reason": "Einarbeitung", "agents": "Kern, Anna"}
    days = {"first_day": TODAY.isoformat(), "last_day": (TODAY + timedelta(days=30)).isoformat()}
    return {**values, **days, **changed}


def in_force() -> list:
    with transaction() as session:
        return agreements_in_force(session, TODAY)


def test_proposed_signed_seen_by_those_concerned_ended(ask, trail):
    supervisor, council, agent = ask("supervisor"), ask("staff_council"), ask("agent")
    assert supervisor("POST", PATH, data=proposal()).status_code == 303
    assert in_force() == []
    assert "wartet auf den Personalrat" in agent.get(PATH).text
    assert supervisor("POST", f"{PATH}/1/unterzeichnen").status_code == 403
    assert ask("admin")("POST", f"{PATH}/1/unterzeichnen").status_code == 403
    assert council("POST", f"{PATH}/1/unterzeichnen").status_code == 303
    [made] = in_force()
    assert (made.agents, made.scope) == ({"Kern", "Anna"}, "calls")
    assert "DV 12/2026" in agent.get("/meine-zahlen").text
    assert council("POST", f"{PATH}/1/unterzeichnen").status_code == 409
    assert agent("POST", f"{PATH}/1/beenden").status_code == 403
    assert council("POST", f"{PATH}/1/beenden").status_code == 303
    assert in_force() == []
    assert council("POST", f"{PATH}/1/unterzeichnen").status_code == 409
    actions = [action for _, action, _ in trail()]
    assert actions == ["agreement.proposed", "agreement.signed", "agreement.ended"]
    assert "beendet" in supervisor.get(PATH).text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 201}, "reference"),
        ({"scope": "everything"}, "scope"),
        ({"reason": "a\x00b"}, "reason"),
        ({"first_day": "gestern"}, "first_day"),
        ({"last_day": (TODAY - timedelta(days=1)).isoformat()}, "last_day"),
        ({"last_day": (TODAY + timedelta(days=400)).isoformat()}, "last_day"),
    ],
)
def test_what_is_wrong_stands_at_its_field(ask, wrong: dict, field: str):
    answer = ask("supervisor")("POST", PATH, data=proposal(**wrong))
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    with transaction() as session:
        assert list_agreements(session) == []


def test_a_setting_is_changed_within_its_limits(ask, trail):
    admin = ask("admin")
    assert admin("POST", "/verwaltung/einstellungen/smallest_group", data={"value": "7"}).status_code == 303
    assert admin("POST", "/verwaltung/einstellungen/smallest_group", data={"value": "7"}).status_code == 303
    for value in ("2", "101", "", "viele", "1" * 30, "5.5"):
        answer = admin("POST", "/verwaltung/einstellungen/smallest_group", data={"value": value})
        assert answer.status_code == 422, value
        assert 'id="field-smallest_group-error"' in answer.text
    with transaction() as session:
        assert get_setting(session, "smallest_group") == 7
    assert [entry[1:] for entry in trail()] == [("setting.changed", "smallest_group")]
    assert "7 Personen" in ask("staff_council").get("/verwaltung/einstellungen").text


def test_roles_are_shown_as_they_are_decided_by(ask):
    page = ask("staff_council").get("/verwaltung/rollen").text
    assert page.count(">ja<") == sum(len(permissions) for permissions in GRANTED.values())
    assert all(permission in page for permission in PERMISSIONS)
