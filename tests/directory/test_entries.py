"""Single entries filled in by hand, and files that are looked at before they are taken over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotFound
from wfm.directory import service
from wfm.directory.models import AgentAlias, DialledNumber, ImportDraft, PartnerMembership, Queue, SpecialDay
from wfm.directory.queries.listings import LISTS, own_listing
from wfm.directory.rules.dated import Validity
from wfm.directory.service.csv_file import write_table
from wfm.directory.service.uploads import forget_uploads

BURGDORF, GARBSEN = "03241003", "03241005"
NUMBER = {"number": "05136 8982-00", "partner": BURGDORF, "valid_from": "2026-01-01", "valid_to": ""}
FILE = f"number;partner;valid_from\n05136 111222;{BURGDORF};2026-01-01\n".encode()


def entries(session: Session) -> list[tuple[str, str, date, date | None]]:
    rows = session.scalars(select(DialledNumber).order_by(DialledNumber.number, DialledNumber.valid))
    return [(row.number, row.partner, row.valid.start, row.valid.last_day) for row in rows]


def enter(session: Session, kind: str = "numbers", **changed: str) -> tuple[service.Touched, ...]:
    return service.enter(session, kind, [NUMBER | changed], by="person:1")


def test_a_number_is_entered_as_a_file_would(session: Session) -> None:
    assert [(t.kind, t.key, t.since) for t in enter(session)] == [("number", "495136898200", date(2026, 1, 1))]
    assert entries(session) == [("495136898200", BURGDORF, date(2026, 1, 1), None)]


def test_a_number_moves_by_a_new_first_day(session: Session) -> None:
    enter(session)
    touched = enter(session, partner=GARBSEN, valid_from="01.03.2026")
    assert {t.since for t in touched} == {date(2026, 3, 1)}
    assert entries(session) == [
        ("495136898200", BURGDORF, date(2026, 1, 1), date(2026, 2, 28)),
        ("495136898200", GARBSEN, date(2026, 3, 1), None),
    ]


def test_a_number_ends(session: Session) -> None:
    enter(session)
    (entry,) = session.scalars(select(DialledNumber))
    (touched,) = service.correct(session, "numbers", entry.id, NUMBER | {"valid_to": "2026-06-30"}, by="person:1")
    assert touched.since == date(2026, 7, 1)
    assert entries(session)[0][3] == date(2026, 6, 30)


@pytest.mark.parametrize("first", ["2025-11-01", "2026-04-01"])
def test_a_wrong_first_day_is_corrected_either_way(session: Session, first: str) -> None:
    enter(session)
    (entry,) = session.scalars(select(DialledNumber))
    touched = service.correct(session, "numbers", entry.id, NUMBER | {"valid_from": first}, by="person:1")
    assert min(t.since for t in touched) == min(date(2026, 1, 1), date.fromisoformat(first))
    assert entries(session) == [("495136898200", BURGDORF, date.fromisoformat(first), None)]


def test_a_correction_into_another_ones_days_is_refused_whole(session: Session) -> None:
    enter(session, valid_to="2026-03-31")
    enter(session, partner=GARBSEN, valid_from="2026-04-01")
    before = entries(session)
    later = session.scalars(select(DialledNumber).where(DialledNumber.partner == GARBSEN)).one()
    row = NUMBER | {"partner": GARBSEN, "valid_from": "2026-03-01"}
    with pytest.raises(BadInput) as refused, session.begin_nested():
        service.correct(session, "numbers", later.id, row, by="person:1")
    assert refused.value.details["field"] == "valid_from"
    assert "überschneidet" in refused.value.message.lower()
    session.expire_all()
    assert entries(session) == before


def test_what_should_never_have_been_is_taken_out(session: Session) -> None:
    enter(session)
    (entry,) = session.scalars(select(DialledNumber))
    (touched,) = service.withdraw(session, "numbers", entry.id, by="person:1")
    assert (touched.kind, touched.key, touched.since) == ("number", "495136898200", date(2026, 1, 1))
    assert entries(session) == []
    with pytest.raises(NotFound):
        service.withdraw(session, "numbers", entry.id, by="person:1")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": "keine"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "1" * 30}, "number"),
        ({"partner": "03249999"}, "partner"),
        ({"partner": "=1+1"}, "partner"),
        ({"valid_from": "gestern"}, "valid_from"),
        ({"valid_from": ""}, "valid_from"),
        ({"valid_from": "31.02.2026"}, "valid_from"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"valid_to": "9999-12-31"}, "valid_to"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_written(session: Session, changed: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        enter(session, **changed)
    assert refused.value.details["field"] == field
    assert entries(session) == []


def test_membership_inhabitants_queue_and_special_day(session: Session) -> None:
    codes = own_listing(session, "partners", BURGDORF)[1][0][7]
    partner = {"key": BURGDORF, "name": "Burgdorf", "kind": "municipality"}
    service.enter(session, "partners", [partner | {"status": "pilot", "valid_from": "2025-01-01"}], by="x")
    service.enter(session, "partners", [partner | {"status": "full", "valid_from": "2026-01-01"}], by="x")
    spans = session.scalars(select(PartnerMembership).order_by(PartnerMembership.valid)).all()
    assert [(s.status, s.valid) for s in spans] == [
        ("pilot", Validity(date(2025, 1, 1), date(2026, 1, 1))),
        ("full", Validity(date(2026, 1, 1))),
    ]
    assert own_listing(session, "partners", BURGDORF)[1][0][7] == codes  # a form does not speak of area codes

    service.ensure_queues(session, ["burgdorf"])
    assert service.enter(session, "queues", [{"queue": "burgdorf", "label": "Burgdorf", "wrapup_s": ""}], by="x") == ()
    queue = session.get_one(Queue, "burgdorf", populate_existing=True)
    assert (queue.label, queue.mapped, queue.wrapup_s) == ("Burgdorf", True, None)

    day = {"day": "2026-12-24", "name": "Heiligabend"}
    rows = [day | {"opens": "08:00", "closes": "10:00"}, day | {"opens": "11:00", "closes": "12:00"}]
    service.enter(session, "hours", rows, by="x")
    assert str(session.scalars(select(SpecialDay)).one().periods[1]) == "11:00-12:00"
    with pytest.raises(BadInput) as refused:
        service.enter(session, "hours", [day | {"opens": "10:00", "closes": "09:00"}], by="x")
    assert refused.value.details["field"] == "closes"


def test_the_audit_trail_names_fields_and_no_person(session: Session) -> None:
    enter(session)
    enter(session)  # says nothing new: nothing to note
    alias = {"system": "main", "alias": "1013", "agent": "Kim Muster", "valid_from": "2026-01-01"}
    service.enter(session, "aliases", [alias], by="person:1")
    number, name = session.scalars(select(AuditEntry).where(AuditEntry.action == "directory.enter")).all()
    assert (number.actor, number.object_kind, number.object_id) == ("person:1", "numbers", "05136 8982-00")
    assert number.fields == ["number", "partner", "valid_from"]
    assert name.object_id is None
    assert "Muster" not in f"{name.fields}{name.details}"
    assert session.scalars(select(AgentAlias)).one().agent == "Kim Muster"


# ---- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "leer"),
        (b" \r\n", "leer"),
        (b"PK\x03\x04 and more", "als CSV speichern"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "als CSV speichern"),
        (b"%PDF-1.7", "als CSV speichern"),
        (b"\x1f\x8b\x08", "entpacken"),
        (b"number;partner\n05136\x001;x", "keine Textdatei"),
        ("number;partner".encode("utf-16"), "UTF-16"),
        (b"x" * (2 * 1024 * 1024 + 1), "2 MB"),
    ],
)
def test_what_is_no_csv_is_refused_whatever_its_name(session: Session, content: bytes, word: str) -> None:
    with pytest.raises(BadInput) as refused:
        service.keep_upload(session, "numbers", "nummern.csv", content, by="person:1")
    assert word in refused.value.message
    assert refused.value.details["field"] == "file"


def test_what_was_shown_is_carried_out(session: Session) -> None:
    draft = service.keep_upload(session, "numbers", "n.csv", FILE, by="person:1")
    shown = service.plan_import(session, "numbers", draft.content)
    assert entries(session) == []
    plan = service.take_upload(session, draft.id, shown.fingerprint, by="person:1")
    assert len(plan.added) == 1
    assert entries(session) == [("495136111222", BURGDORF, date(2026, 1, 1), None)]
    assert session.scalars(select(ImportDraft)).all() == []
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "directory.import")).one()
    assert noted.details == {"added": 1, "changed": 0, "unchanged": 0}


def test_nothing_is_written_when_the_directory_changed_meanwhile(session: Session) -> None:
    draft = service.keep_upload(session, "numbers", "n.csv", FILE, by="person:1")
    shown = service.plan_import(session, "numbers", draft.content)
    enter(session, number="05136111222", partner=GARBSEN)
    before = entries(session)
    with pytest.raises(Conflict):
        service.take_upload(session, draft.id, shown.fingerprint, by="person:1")
    assert entries(session) == before
    again = service.plan_import(session, "numbers", draft.content)
    assert service.take_upload(session, draft.id, again.fingerprint, by="person:1").changed
    assert entries(session)[0][1] == BURGDORF


def test_a_file_with_a_bad_row_is_never_taken(session: Session) -> None:
    draft = service.keep_upload(session, "numbers", "n.csv", FILE + b"x;y;z\n", by="person:1")
    shown = service.plan_import(session, "numbers", draft.content)
    with pytest.raises(BadInput):
        service.take_upload(session, draft.id, shown.fingerprint, by="person:1")
    assert entries(session) == []


def test_a_file_is_its_senders_alone_until_another_one_or_its_time_is_over(session: Session) -> None:
    draft = service.keep_upload(session, "numbers", "n.csv", FILE, by="person:1")
    with pytest.raises(NotFound):
        service.find_upload(session, draft.id, by="person:2")
    again = service.keep_upload(session, "numbers", "n.csv", FILE, by="person:1")
    with pytest.raises(NotFound):
        service.find_upload(session, draft.id, by="person:1")
    again.sent_at = now() - timedelta(hours=25)
    service.keep_upload(session, "numbers", "n.csv", FILE, by="person:2")
    assert forget_uploads(session, now() - timedelta(hours=24)) == 1
    assert [kept.sent_by for kept in session.scalars(select(ImportDraft))] == ["person:2"]


def test_exports_come_back_as_they_were_and_nothing_is_reckoned(session: Session) -> None:
    enter(session, number="+41 44 1234567")
    service.ensure_queues(session, ["=HYPERLINK(1)"])
    label = {"queue": "=HYPERLINK(1)", "label": "-2+3"}
    service.enter(session, "queues", [label], by="x")
    for kind in LISTS:
        columns, rows = LISTS[kind](session)
        file = write_table(columns, rows)
        cells = [cell.strip('"') for line in file.decode("utf-8-sig").splitlines() for cell in line.split(";")]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
        plan = service.plan_import(session, kind, file)
        assert (plan.added, plan.changed, plan.errors) == ((), (), ()), kind


def test_a_municipality_exports_its_own(session: Session) -> None:
    enter(session)
    enter(session, number="05131 1", partner=GARBSEN)
    service.ensure_queues(session, ["garbsen"])
    tie = {"queue": "garbsen", "label": "G", "partner": GARBSEN, "valid_from": "2026-01-01"}
    service.enter(session, "queues", [tie], by="x")
    service.enter(session, "hours", [{"queue": "garbsen", "day": "2026-12-24"}, {"day": "2026-12-31"}], by="x")
    assert {row[1] for row in own_listing(session, "numbers", BURGDORF)[1]} == {BURGDORF}
    assert {row[0] for row in own_listing(session, "partners", BURGDORF)[1]} == {BURGDORF}
    assert own_listing(session, "queues", BURGDORF)[1] == []
    assert [row[0] for row in own_listing(session, "hours", BURGDORF)[1]] == [""]
    assert [row[0] for row in own_listing(session, "hours", GARBSEN)[1]] == ["", "garbsen"]
