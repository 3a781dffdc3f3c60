"""Pages of the directory: what they show to whom, what they change, and what they refuse."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event as database_event
from sqlalchemy import select, text

from tests.api.conftest import BURGDORF, GARBSEN, Caller, Callers, event, project
from wfm.core.db import engine, transaction
from wfm.directory.models import DialledNumber, ImportDraft
from wfm.directory.service import load_base_data
from wfm.reporting.service.rederive import rederive

NUMBERS = "/verzeichnis/rufnummern"


@pytest.fixture
def supervisor(empty: Callers, valkey) -> Caller:
    """A supervisor at an exchange nobody has described: the Region's partners, no number, no queue."""
    with transaction() as session:
        load_base_data(session)
    return empty("supervisor", page=True)


@pytest.fixture
def municipality(callers: Callers) -> Caller:
    return callers("municipality", page=True)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    database_event.listen(engine(), "before_cursor_execute", note)
    try:
        yield asked
    finally:
        database_event.remove(engine(), "before_cursor_execute", note)


def numbers() -> list[tuple[str, str, str, str]]:
    with transaction() as session:
        rows = session.scalars(select(DialledNumber).order_by(DialledNumber.number, DialledNumber.valid))
        return [(row.number, row.partner, str(row.valid.start), str(row.valid.last_day or "")) for row in rows]


def enter(caller: Caller, **changed: str):
    form = {"number": "05136 898200", "partner": BURGDORF, "valid_from": "2026-01-01", "valid_to": ""} | changed
    return caller("POST", f"{NUMBERS}/neu", data=form)


def send(caller: Caller, content: bytes, name: str = "nummern.csv", kind: str = "numbers"):
    return caller("POST", "/verzeichnis/einlesen", data={"kind": kind, "file": (io.BytesIO(content), name)})


def file(*rows: str) -> bytes:
    return "\n".join(["number;partner;valid_from;valid_to", *rows]).encode()


# ---- what is shown --------------------------------------------------------------------------------------------------


def test_a_municipality_sees_itself_alone(municipality: Caller) -> None:
    for address in ("/verzeichnis/partner", f"/verzeichnis/partner/{BURGDORF}", NUMBERS, "/verzeichnis/warteschlangen"):
        page = municipality.get(address).text
        assert "Burgdorf" in page
        assert "Garbsen" not in page, address
        assert "49513170" not in page
    assert "zentrale" not in municipality.get("/verzeichnis/zeiten").text


def test_a_municipality_downloads_its_own(municipality: Caller) -> None:
    file = municipality.get("/verzeichnis/liste/numbers.csv")
    assert file.headers["Content-Disposition"] == "attachment; filename=numbers.csv"
    assert file.text.startswith("\ufeffnumber;partner;valid_from;valid_to\r\n")
    assert BURGDORF in file.text
    assert GARBSEN not in file.text


def test_numbers_are_found_by_partner_day_and_digits(callers: Callers) -> None:
    ask = callers("supervisor", page=True)
    found = lambda query: set(re.findall(r">(4951\d+)", ask.get(f"{NUMBERS}?{query}").text))  # noqa: E731
    assert found("") == {"495136898200", "495131707200", "495136898300"}
    assert found(f"partner={GARBSEN}") == {"495131707200"}
    assert found("tag=2026-07-01") == {"495136898200", "495131707200"}
    assert found("nummer=05136") == {"495136898200", "495136898300"}
    assert found("nummer=8983") == {"495136898300"}
    assert found("nummer=%25") == found("nummer=abc") == set()
    assert ask.get(f"{NUMBERS}?tag=gestern").status_code == 422
    assert ask.get(f"{NUMBERS}?cursor=x").status_code == 422


def test_the_month_says_why_it_is_open(supervisor: Caller) -> None:
    week = "weekday;opens;closes;valid_from\nMo;08:00;18:00;2026-01-01\nSo;00:00;24:00;2026-01-01"
    took = _take(supervisor, week.encode(), kind="hours")
    assert took.status_code == 303
    form = {"day": "2026-10-26", "name": "Versammlung", "opens": "10:00", "closes": "12:00"}
    assert supervisor("POST", "/verzeichnis/zeiten/besonderer-tag", data=form).status_code == 303
    page = supervisor.get("/verzeichnis/zeiten?monat=2026-10").text
    assert "25 Stunden: 2 bis 3 Uhr kommt zweimal" in page
    assert "besonderer Tag: Versammlung" in page
    assert "Feiertag: Reformationstag" in page
    # Sundays 4, 11, 18 (24 hours) and 25 (25), Mondays 5, 12, 19 (10), the 26th 2 hours
    assert "129,0 Std." in page
    assert "23 Stunden" in supervisor.get("/verzeichnis/zeiten?monat=2026-03").text


def test_pages_of_all_partners_ask_few_questions(callers: Callers) -> None:
    ask = callers("supervisor", page=True)
    for address, most in (
        ("/verzeichnis/partner", 4),
        (NUMBERS, 2),
        ("/verzeichnis/warteschlangen", 3),
        (f"/verzeichnis/partner/{BURGDORF}", 6),
    ):
        with statements() as asked:
            assert ask.get(address).status_code == 200
        assert len([one for one in asked if "login_session" not in one]) <= most, address


def test_names_of_persons_are_for_few_and_every_look_is_noted(callers: Callers) -> None:
    assert callers("municipality", page=True).get("/verzeichnis/liste/aliases.csv").status_code == 403
    callers("supervisor", page=True).get("/verzeichnis/namen")
    with transaction() as session:
        noted = session.execute(text("SELECT actor FROM audit_entry WHERE action = 'aliases.read'")).scalars().all()
    assert noted[-1].startswith("person:")


# ---- what is changed ------------------------------------------------------------------------------------------------


@pytest.fixture
def called(supervisor: Caller, empty: Callers) -> Caller:
    """A supervisor of a centre with a number of Garbsen's, that was dialled once on 1 September 2026."""
    enter(supervisor, number="05131 707200", partner=GARBSEN)
    offered = event(1, "call.offered", call="a", queue="amt", dialled="+495131707200")
    assert empty("admin").send(offered, source="acd").status_code == 202
    project()
    work_off()
    return supervisor


def work_off() -> int | None:
    """What the worker does."""
    with transaction() as session:
        return rederive(session)


def test_a_number_moves_and_calls_of_open_months_follow(called: Caller) -> None:
    answer = enter(called, number="+49 5131 707200", valid_from="2026-09-01")
    assert answer.status_code == 303
    page = called.get(answer.headers["Location"]).text
    assert "Das betrifft 1 Anruf aus einem offenen Monat (September 2026)" in page
    assert ("495131707200", GARBSEN, "2026-01-01", "2026-08-31") in numbers()
    assert "Eine Änderung wird noch eingearbeitet" in called.get("/verzeichnis/einlesen").text
    assert work_off() == 1
    assert "eingearbeitet" not in called.get("/verzeichnis/einlesen").text


def test_a_closed_month_stays_and_the_page_says_so(called: Caller) -> None:
    with transaction() as session:
        session.execute(text("INSERT INTO month (month, state, closed_at) VALUES ('2026-09-01', 'closed', now())"))
    answer = enter(called, number="05131707200", valid_from="2026-09-02")
    assert "Abgeschlossen" not in called.get(answer.headers["Location"]).text  # the call was on the first
    (later,) = [number for number in numbers() if number[1] == BURGDORF]
    with transaction() as session:
        entry = session.scalars(select(DialledNumber.id).where(DialledNumber.partner == GARBSEN)).one()
    form = {"partner": BURGDORF, "valid_from": "2026-01-01", "valid_to": "2026-09-01"}
    answer = called("POST", f"{NUMBERS}/{entry}", data=form)
    assert "Abgeschlossen und daher unverändert: September 2026." in called.get(answer.headers["Location"]).text
    assert later in numbers()
    assert work_off() == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "x" * 41}, "number"),
        ({"number": "0513\x071"}, "number"),
        ({"partner": "99999999"}, "partner"),
        ({"partner": ""}, "partner"),
        ({"valid_from": "=NOW()"}, "valid_from"),
        ({"valid_to": "2025-01-01"}, "valid_to"),
    ],
)
def test_a_wrong_number_is_shown_again_with_its_reason(supervisor: Caller, changed: dict[str, str], field: str) -> None:
    answer = enter(supervisor, **changed)
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    if field != "valid_from":
        assert 'value="2026-01-01"' in answer.text  # what was typed is kept
    assert numbers() == []


def test_an_entry_is_corrected_ended_and_taken_out(supervisor: Caller) -> None:
    enter(supervisor)
    with transaction() as session:
        (entry,) = session.scalars(select(DialledNumber.id))
    form = {"partner": GARBSEN, "valid_from": "2026-02-01", "valid_to": "2026-03-31"}
    assert supervisor("POST", f"{NUMBERS}/{entry}", data=form).status_code == 303
    assert numbers() == [("495136898200", GARBSEN, "2026-02-01", "2026-03-31")]
    with transaction() as session:
        (entry,) = session.scalars(select(DialledNumber.id))
    assert supervisor("POST", f"{NUMBERS}/{entry}/loeschen").status_code == 303
    assert numbers() == []
    assert supervisor("POST", f"{NUMBERS}/{entry}", data=form).status_code == 404


def test_a_membership_of_another_partner_is_not_there(supervisor: Caller) -> None:
    address = f"/verzeichnis/partner/{BURGDORF}/mitgliedschaft"
    form = {"status": "pilot", "valid_from": "2026-01-01"}
    assert supervisor("POST", address, data=form).status_code == 303
    page = supervisor.get(f"/verzeichnis/partner/{BURGDORF}").text
    (entry,) = re.findall(r"eintrag=(\d+)", page)
    assert "Pilot" in page
    foreign = f"/verzeichnis/partner/{GARBSEN}/mitgliedschaft?eintrag={entry}"
    assert supervisor.get(foreign).status_code == 404
    assert supervisor("POST", foreign, data={"withdraw": "1"}).status_code == 404
    assert supervisor("POST", f"{address}?eintrag={entry}", data={"withdraw": "1"}).status_code == 303
    assert "eintrag=" not in supervisor.get(f"/verzeichnis/partner/{BURGDORF}").text


def test_inhabitants_are_entered_with_day_and_source(supervisor: Caller) -> None:
    address = f"/verzeichnis/partner/{BURGDORF}/einwohner"
    form = {"inhabitants": "31000", "as_of": "2025-12-31", "basis": "Melderegister", "source": "<b>Amt</b>"}
    assert supervisor("POST", address, data=form).status_code == 303
    page = supervisor.get(f"/verzeichnis/partner/{BURGDORF}").text
    assert "31.000" in page
    assert "&lt;b&gt;Amt&lt;/b&gt;" in page
    assert supervisor("POST", address, data=form | {"inhabitants": "31.000"}).status_code == 422


# ---- files ----------------------------------------------------------------------------------------------------------


def _take(caller: Caller, content: bytes, kind: str = "numbers"):
    sent = send(caller, content, kind=kind)
    assert sent.status_code == 303, sent.text
    page = caller.get(sent.headers["Location"]).text
    (fingerprint,) = re.findall(r'name="fingerprint" value="(\w+)"', page)
    return caller("POST", sent.headers["Location"], data={"fingerprint": fingerprint})


def test_a_file_is_looked_at_then_taken_over(supervisor: Caller) -> None:
    sent = send(supervisor, file(f"05136 1;{BURGDORF};2026-01-01;", f"05131 2;{GARBSEN};2026-01-01;"))
    page = supervisor.get(sent.headers["Location"]).text
    assert "4951361 Burgdorf, ab 2026-01-01" in page
    assert numbers() == []
    (fingerprint,) = re.findall(r'name="fingerprint" value="(\w+)"', page)
    took = supervisor("POST", sent.headers["Location"], data={"fingerprint": fingerprint})
    assert "2 neu, 0 geändert" in supervisor.get(took.headers["Location"]).text
    assert len(numbers()) == 2
    assert supervisor.get(sent.headers["Location"]).status_code == 404


def test_a_bad_row_is_named_and_nothing_can_be_taken(supervisor: Caller) -> None:
    rows = [f"05136 1;{BURGDORF};2026-01-01;", "05136 2;03249999;2026-01-01;", f"05136 3;{BURGDORF};gestern;"]
    sent = send(supervisor, file(*rows))
    page = supervisor.get(sent.headers["Location"]).text
    told = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)]
    assert [" ".join(row.split()[:2]) for row in told if "bekannt" in row or "gestern" in row] == [
        "3 partner",
        "4 valid_from",
    ]
    assert "fingerprint" not in page
    assert supervisor("POST", sent.headers["Location"], data={"fingerprint": "x"}).status_code == 409
    assert numbers() == []


def test_a_plan_that_has_changed_is_shown_again(supervisor: Caller) -> None:
    sent = send(supervisor, file(f"05136 1;{BURGDORF};2026-01-01;"))
    (fingerprint,) = re.findall(r'name="fingerprint" value="(\w+)"', supervisor.get(sent.headers["Location"]).text)
    enter(supervisor, number="051361", partner=GARBSEN)
    answer = supervisor("POST", sent.headers["Location"], data={"fingerprint": fingerprint})
    assert answer.status_code == 409
    assert "4951361 Garbsen, ab 2026-01-01 → 4951361 Burgdorf" in answer.text
    assert numbers() == [("4951361", GARBSEN, "2026-01-01", "")]
    (again,) = re.findall(r'name="fingerprint" value="(\w+)"', answer.text)
    assert supervisor("POST", sent.headers["Location"], data={"fingerprint": again}).status_code == 303
    assert numbers() == [("4951361", BURGDORF, "2026-01-01", "")]


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"PK\x03\x04", "nummern.csv", "als CSV speichern"),
        (b"%PDF-1.4", "nummern.csv", "als CSV speichern"),
        (b"a\0b", "nummern.csv", "keine Textdatei"),
        (b"", "nummern.csv", "leer"),
        (b"", "", "Datei wählen"),
    ],
)
def test_what_is_no_csv_is_refused(supervisor: Caller, content: bytes, name: str, word: str) -> None:
    with send(supervisor, content, name) as answer:
        assert answer.status_code == 422
        assert word in answer.text
    with transaction() as session:
        assert session.scalars(select(ImportDraft)).all() == []


def test_another_persons_file_is_not_there(supervisor: Caller, empty: Callers) -> None:
    sent = send(supervisor, file(f"05136 1;{BURGDORF};2026-01-01;"))
    other = empty("admin", page=True)
    assert other.get(sent.headers["Location"]).status_code == 404
    assert other("POST", sent.headers["Location"], data={"fingerprint": "x"}).status_code == 404


@pytest.mark.parametrize("kind", ["partners", "numbers", "queues", "services", "hours", "aliases"])
def test_lists_and_examples_can_be_read_in(callers: Callers, valkey, kind: str) -> None:
    ask = callers("supervisor", page=True)
    for address in (f"/verzeichnis/liste/{kind}.csv", f"/verzeichnis/beispiel/{kind}.csv"):
        content = ask.get(address).data
        page = ask.get(send(ask, content, kind=kind).headers["Location"]).text
        if "liste" in address:
            assert "sagt nichts Neues" in page or content.count(b"\n") == 1, page
        elif kind != "hours":  # the example names a queue that this centre lacks
            assert "Fehlerhafte Zeilen" not in page


def test_cells_of_a_file_are_text_on_every_page(supervisor: Caller) -> None:
    row = '"<script>alert(1)</script>";=1+1;;;;'
    sent = send(supervisor, f"queue;label;wrapup_s;partner;valid_from;valid_to\n{row}".encode(), kind="queues")
    page = supervisor.get(sent.headers["Location"]).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
