"""Planned events and profiles come in by files: each bad row is named, nothing is taken by half."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import BadInput, NotFound
from wfm.directory.models import PartnerProfile
from wfm.directory.queries.listings import LISTS, own_listing
from wfm.directory.service import run_import
from wfm.directory.service.csv_file import write_table
from wfm.forecasting.models import PlannedEvent
from wfm.forecasting.rules.calendar import Event
from wfm.forecasting.service import events
from wfm.forecasting.service.calendar import Calendars
from wfm.forecasting.service.effects import effect_of

from .conftest import BURGDORF, GARBSEN, NOW

HEAD = "kind;title;first_day;last_day;partner;queue;factor;source\n"
FILE = (
    HEAD
    + """Schulferien;Sommerferien;02.07.2026;12.08.2026;;;;Kultusministerium
mailing;Grundsteuer;2026-02-02;2026-02-04;03241003;;1,4;Stadtkasse
mailing;Grundsteuer;2026-08-03;2026-08-05;03241003;;;Stadtkasse
election;Kommunalwahl;2026-09-13;;;rathaus;lernen;
"""
)


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(NOW, tick=False):
        yield


def read(session: Session, text: str, **how: bool) -> list[str]:
    plan = events.import_events(session, text, by="test", **how)
    return [str(error) for error in plan.errors] or [change.what for change in (*plan.added, *plan.changed)]


def test_a_file_is_read_shown_and_read_again(session: Session):
    assert len(read(session, FILE, dry_run=True)) == 4
    assert session.scalars(select(PlannedEvent)).all() == []
    assert read(session, FILE)[0] == "Schulferien „Sommerferien“, 02.07.2026 bis 12.08.2026"
    assert read(session, FILE) == []
    found = session.scalars(select(PlannedEvent).order_by(PlannedEvent.first_day)).all()
    assert [event.factor for event in found] == [Decimal("1.400"), None, None, None]
    assert (found[3].last_day, found[3].queue) == (date(2026, 9, 13), "rathaus")
    assert read(session, write_table(*events.list_events(session)).decode("utf-8-sig")) == []
    assert len(read(session, FILE.replace("1,4", "1.5"))) == 1


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("feier;Fest;2026-07-01;;;;;", "Zeile 2, kind: „feier“ ist unbekannt"),
        (";Fest;2026-07-01;;;;;", "Zeile 2, kind: fehlt"),
        ("other;;2026-07-01;;;;;", "Zeile 2, title: fehlt"),
        ("other;Fest;1.7.26;;;;;", "Zeile 2, first_day: „1.7.26“ ist kein Datum"),
        ("other;Fest;2026-07-02;2026-07-01;;;;", "Zeile 2, last_day: der letzte Tag 2026-07-01 liegt vor dem ersten"),
        ("other;Fest;2026-07-02;2027-07-01;;;;", "Zeile 2, last_day: ein Ereignis dauert höchstens 92 Tage"),
        ("other;Fest;2026-07-01;;03241999;;;", "Zeile 2, partner: Partner „03241999“ ist nicht bekannt"),
        ("other;Fest;2026-07-01;;;keller;;", "Zeile 2, queue: Warteschlange „keller“ ist nicht bekannt"),
        ("other;Fest;2026-07-01;;;;viel;", "Zeile 2, factor: „viel“ ist kein Faktor"),
        ("other;Fest;2026-07-01;;;;-1;", "Zeile 2, factor: „-1“ ist kein Faktor"),
        ("other;Fest;2026-07-01;;;;1e400;", "Zeile 2, factor: „1e400“ ist kein Faktor"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(session: Session, row: str, error: str):
    (found,) = read(session, HEAD + row + "\nother;Gut;2026-07-01;;;;;\n")
    assert found.startswith(error)
    assert session.scalars(select(PlannedEvent)).all() == []


def test_one_event_by_hand(session: Session):
    row = {"kind": "other", "title": "Fest", "first_day": "2026-07-01", "last_day": "2026-07-02", "factor": "1,2"}
    event = events.enter_event(session, row, by="test")
    again = events.enter_event(session, row | {"factor": "1,3"}, by="test")
    assert (again.id, again.factor) == (event.id, Decimal("1.300"))
    moved = events.enter_event(session, row | {"first_day": "2026-06-30"}, by="test", replaces=event.id)
    assert [found.first_day for found in session.scalars(select(PlannedEvent))] == [date(2026, 6, 30)]
    with pytest.raises(BadInput) as refused:
        events.enter_event(session, row | {"queue": "keller"}, by="test")
    assert refused.value.details["field"] == "queue"
    events.withdraw_event(session, moved.id, by="test")
    with pytest.raises(NotFound):
        events.find_event(session, moved.id)


def test_what_a_queue_is_told_of_events(session: Session):
    read(session, FILE)
    calendars = Calendars(session)
    whole, half = calendars.of_queue("rathaus", {BURGDORF: 1.0}), calendars.of_queue("kasse", {BURGDORF: 0.5})
    assert date(2026, 7, 2) in whole.school_holidays
    assert date(2026, 8, 13) not in whole.school_holidays
    assert Event("mailing", date(2026, 2, 2), date(2026, 2, 5), 1.4) in whole.events
    assert half.factor(date(2026, 2, 3)) == pytest.approx(1.2)
    assert "event mailing: Grundsteuer" in half.traits(date(2026, 8, 4))
    assert "event election" in whole.traits(date(2026, 9, 13))
    assert "event election" not in half.traits(date(2026, 9, 13))
    none = calendars.of_queue("kasse", {GARBSEN: 1.0})
    assert none.events == ()
    assert whole.holidays[date(2026, 5, 1)]


def test_the_effect_of_an_event_is_told_with_how_often_it_occurred(session: Session):
    read(session, FILE)
    ids = {event.first_day: event.id for event in session.scalars(select(PlannedEvent))}
    seen, never = effect_of(session, ids[date(2026, 8, 3)]), effect_of(session, ids[date(2026, 9, 13)])
    assert seen.occurrences == 1
    assert seen.lo80 < 1 < seen.hi80
    assert (never.factor, never.occurrences) == (1.0, 0)
    assert never.hi80 > seen.hi80


PROFILES = "partner;as_of;calls_a_year;source;hours;services;wished_start;queue\n"


def test_a_corrected_profile_is_a_further_version(session: Session):
    row = f"{BURGDORF};2026-01-01;21000;eigene Zählung;Mo-Fr 8-16;;2027-01-01;rathaus\n"
    assert len(run_import(session, "profiles", PROFILES + row).added) == 1
    assert run_import(session, "profiles", PROFILES + row).unchanged == 1
    run_import(session, "profiles", PROFILES + row.replace("21000", "19500"))
    kept = session.scalars(select(PartnerProfile).order_by(PartnerProfile.version)).all()
    assert [(profile.version, profile.calls_a_year) for profile in kept] == [(1, 21000), (2, 19500)]
    columns, rows = LISTS["profiles"](session)
    assert [values[2] for values in rows] == [19500]
    assert run_import(session, "profiles", write_table(columns, rows)).unchanged == 1
    assert own_listing(session, "profiles", GARBSEN)[1] == []


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("03241999;2026-01-01;1;x;;;;", "partner: Partner „03241999“ ist nicht bekannt"),
        (f"{BURGDORF};2027-01-01;1;x;;;;", "as_of: 2027-01-01 liegt in der Zukunft"),
        (f"{BURGDORF};2026-01-01;viele;x;;;;", "calls_a_year: „viele“ ist keine ganze Zahl"),
        (f"{BURGDORF};2026-01-01;1;;;;;", "source: fehlt"),
        (f"{BURGDORF};2026-01-01;1;x;;12345678901234;;", "services: Leistung „12345678901234“ ist nicht bekannt"),
        (f"{BURGDORF};2026-01-01;1;x;;123;;", "services: „123“ ist kein LeiKa-Schlüssel"),
        (f"{BURGDORF};2026-01-01;1;x;;;;keller", "queue: Warteschlange „keller“ ist nicht bekannt"),
    ],
)
def test_a_bad_profile_is_named(session: Session, row: str, error: str):
    plan = run_import(session, "profiles", PROFILES + row + "\n")
    assert [str(found).startswith(f"Zeile 2, {error}") for found in plan.errors] == [True]
