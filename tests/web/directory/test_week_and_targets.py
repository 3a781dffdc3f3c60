"""The forms for a week of opening hours and for a version of a service-level definition."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests.api.conftest import Caller, Callers
from wfm.accounts.models import AuditEntry
from wfm.core.db import transaction
from wfm.directory.models import OpeningHours, TargetVersion
from wfm.directory.rules.calendar import periods_text
from wfm.directory.service import load_base_data, run_import

WEEK, TARGET = "/verzeichnis/zeiten/woche", "/verzeichnis/servicelevel/neu"
PLAN = {"valid_from": "2027-01-04", "opens_0": "8:00", "closes_0": "12:00", "opens_again_0": "13:00"}
PLAN |= {"closes_again_0": "17:30", "opens_1": "08:00", "closes_1": "16:00"}
VERSION = {"name": "115", "label": "115: 80 % in 20 s", "share": "80", "seconds": "20", "variant": "answered"}
VERSION |= {"valid_from": "2027-01-01", "source": "Beschluss"}


@pytest.fixture
def supervisor(empty: Callers, valkey) -> Caller:
    with transaction() as session:
        load_base_data(session)
        run_import(session, "queues", "queue;label\nzentrale;Zentrale\n")
        run_import(session, "hours", "weekday;opens;closes;valid_from\nMo;07:00;19:00;2026-01-01\n")
    return empty("supervisor", page=True)


def week(queue: str | None = None) -> list[tuple[int, str, date, date | None]]:
    with transaction() as session:
        found = session.scalars(select(OpeningHours).order_by(OpeningHours.valid, OpeningHours.weekday))
        return [
            (row.weekday, periods_text(row.periods), row.valid.start, row.valid.last_day)
            for row in found
            if row.queue == queue
        ]


def audited() -> list[tuple[str, str | None, str | None]]:
    with transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("directory.")))
        return [(entry.action, entry.object_kind, entry.object_id) for entry in entries]


def test_the_form_begins_with_the_week_that_holds(supervisor: Caller) -> None:
    page = supervisor.get(f"{WEEK}?queue=zentrale").text
    assert re.search(r'name="opens_0"[^>]*value="07:00"', page)
    assert re.search(r'name="closes_0"[^>]*value="19:00"', page)
    assert '<option value="zentrale" selected>' in page


def test_a_week_is_shown_first_and_kept_as_it_was_shown(supervisor: Caller) -> None:
    shown = supervisor("POST", WEEK, data=PLAN)
    assert shown.status_code == 200
    assert "So gilt es dann" in shown.text
    assert "08:00–12:00" in shown.text
    assert "Heilige Drei Könige" not in shown.text  # no holiday in Lower Saxony
    assert [row[1] for row in week()] == ["07:00-19:00"]
    assert audited() == []
    mark = re.findall(r'name="shown" value="(\w+)"', shown.text)[0]
    changed = supervisor("POST", WEEK, data=PLAN | {"shown": mark, "closes_1": "15:00"})
    assert "So gilt es dann" in changed.text
    assert len(week()) == 1
    kept = supervisor("POST", WEEK, data=PLAN | {"shown": mark})
    assert kept.status_code == 303
    monday = date(2027, 1, 4)
    assert week() == [
        (0, "07:00-19:00", date(2026, 1, 1), date(2027, 1, 3)),
        (0, "08:00-12:00 13:00-17:30", monday, None),
        (1, "08:00-16:00", monday, None),
        *((day, "geschlossen", monday, None) for day in range(2, 7)),
    ]
    assert audited() == [("directory.enter", "hours", "")]


def test_a_queue_has_a_week_of_its_own(supervisor: Caller) -> None:
    plan = PLAN | {"queue": "zentrale"}
    mark = re.findall(r'name="shown" value="(\w+)"', supervisor("POST", WEEK, data=plan).text)[0]
    assert "zentrale" in supervisor("POST", WEEK, data=plan | {"shown": mark}).headers["Location"]
    assert len(week("zentrale")) == 7
    assert len(week()) == 1
    page = supervisor.get(f"{WEEK}?queue=zentrale").text
    assert re.search(r'name="opens_0"[^>]*value="07:00"', page)  # its own begins in 2027


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"closes_0": "7:00"}, "closes_0", "Liegt nicht nach dem Öffnen."),
        ({"closes_0": ""}, "closes_0", "Fehlt."),
        ({"opens_again_0": ""}, "opens_again_0", "Fehlt."),
        ({"opens_again_0": "11:00"}, "opens_again_0", "überschneiden sich"),
        ({"opens_1": "25:00"}, "opens_1", "keine Uhrzeit"),
        ({"opens_1": "=1+1"}, "opens_1", "keine Uhrzeit"),
        ({"opens_1": "08:00:00:00"}, "opens_1", "1 bis 8 Zeichen"),
        ({"valid_from": ""}, "valid_from", "Diese Angabe fehlt."),
        ({"valid_from": "gestern"}, "valid_from", "kein Datum"),
        ({"valid_from": "2025-01-01"}, "valid_from", "Überschneidet sich mit Zentrum Mo 07:00-19:00"),
        ({"valid_to": "2027-01-01"}, "valid_to", "liegt vor dem ersten"),
        ({"queue": "nirgends"}, "queue", "nicht bekannt"),
    ],
)
def test_what_a_week_must_not_be(supervisor: Caller, changed: dict[str, str], field: str, reason: str) -> None:
    refused = supervisor("POST", WEEK, data=PLAN | changed)
    assert refused.status_code == 422
    assert _told(refused.text, field, reason)
    assert 'value="13:00"' in refused.text or "opens_again_0" in changed  # what was typed is kept
    assert len(week()) == 1


def _told(html: str, field: str, reason: str) -> bool:
    """Whether the reason stands in the summary, leading to the field."""
    return any(reason in text for text in re.findall(rf'href="#field-{field}">([^<]*)<', html))


def test_a_new_version_of_a_definition(supervisor: Caller) -> None:
    page = supervisor.get(f"{TARGET}?name=115").text
    assert 'value="Behördennummer 115: 75 % in 30 s"' in page
    assert supervisor("POST", TARGET, data=VERSION).status_code == 303
    with transaction() as session:
        found = session.scalars(
            select(TargetVersion).where(TargetVersion.name == "115").order_by(TargetVersion.version)
        )
        assert [(one.version, one.variant, one.valid.last_day) for one in found] == [
            (1, "offered", date(2026, 12, 31)),
            (2, "answered", None),
        ]
    assert audited() == [("directory.enter", "targets", "115")]
    assert "115: 80 % in 20 s" in supervisor.get("/verzeichnis/servicelevel").text


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"valid_from": "2018-06-01"}, "valid_from", "Überschneidet sich mit „115“"),
        ({"share": "120"}, "share", "kein Anteil in Prozent"),
        ({"variant": "x"}, "variant", "Möglich sind"),
        ({"label": "a\x00b"}, "label", "Steuerzeichen"),
        ({"name": ""}, "name", "Diese Angabe fehlt."),
    ],
)
def test_what_a_version_must_not_be(supervisor: Caller, changed: dict[str, str], field: str, reason: str) -> None:
    refused = supervisor("POST", TARGET, data=VERSION | changed)
    assert refused.status_code == 422
    assert _told(refused.text, field, reason)
    assert 'value="Beschluss"' in refused.text


def test_others_may_look_only(empty: Callers, supervisor: Caller) -> None:
    agent = empty("agent", page=True)
    assert TARGET not in agent.get("/verzeichnis/servicelevel").text
    assert WEEK not in agent.get("/verzeichnis/zeiten").text
