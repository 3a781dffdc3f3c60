"""Monthly files: made by the task some working days after the month, again when figures change, never once closed."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from tests.api.conftest import signed_in
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.reporting.rules.working_days import last_month_is_due, working_day
from wfm.reporting.service import month_files
from wfm.reporting.tasks import make_month_files

from .conftest import BURGDORF, GARBSEN, fill

SEPTEMBER = Month(2026, 9)
FILES = "/nutzung/berichte"


@pytest.mark.parametrize(
    ("month", "holidays", "third"),
    [
        (Month(2026, 9), (), date(2026, 9, 3)),
        (Month(2026, 10), (date(2026, 10, 3),), date(2026, 10, 5)),  # the holiday is a Saturday
        (Month(2026, 1), (date(2026, 1, 1),), date(2026, 1, 6)),
        (Month(2026, 5), (date(2026, 5, 1),), date(2026, 5, 6)),
    ],
)
def test_the_third_working_day(month: Month, holidays: tuple[date, ...], third: date):
    assert working_day(month, 3, holidays) == third
    assert last_month_is_due(third, 3, holidays)
    assert not last_month_is_due(date.fromordinal(third.toordinal() - 1), 3, holidays)


def test_a_month_has_not_so_many_working_days():
    with pytest.raises(ValueError, match="only 20"):
        working_day(Month(2026, 2), 21, ())


@pytest.fixture
def at() -> Iterator[Any]:
    """A clock to set."""
    with time_machine.travel(datetime(2026, 10, 2, 6, tzinfo=BERLIN), tick=False) as traveller:
        yield lambda *when: traveller.move_to(datetime(*when, tzinfo=BERLIN))


@pytest.fixture
def centre(database: str, tmp_path: Path, at: Any) -> None:
    fill(tmp_path)


def query(sql: str, **values: Any) -> list[Any]:
    with transaction() as session:
        result = session.execute(text(sql), values)
        return list(result.mappings()) if result.returns_rows else []


def made() -> dict[tuple[str, str | None, str], tuple[datetime, str]]:
    rows = query("SELECT month, partner, format, made_at, encode(sha256, 'hex') AS sha256 FROM report_file")
    return {(str(row["month"])[:7], row["partner"], row["format"]): (row["made_at"], row["sha256"]) for row in rows}


def test_files_of_all_and_of_each_partner(centre: None, at: Any):
    make_month_files()
    assert made() == {}  # the second working day
    at(2026, 10, 5, 6)
    make_month_files()
    found = made()
    assert len(found) == 23 * 3
    assert {month for month, *_ in found} == {"2026-09"}
    contents = query("SELECT content, encode(sha256, 'hex') AS sha256, format, complete, state FROM report_file")
    for row in contents:
        assert hashlib.sha256(row["content"]).hexdigest() == row["sha256"]
        assert row["content"].startswith({"pdf": b"%PDF", "xlsx": b"PK", "csv": b"\xef\xbb\xbf"}[row["format"]])
        assert (row["complete"], row["state"]) == (True, "open")
    at(2026, 10, 6, 6)
    make_month_files()
    assert made() == found  # nothing has changed, so nothing was made


def test_they_are_made_again_when_figures_change_until_the_month_is_closed(centre: None, at: Any):
    at(2026, 10, 5, 6)
    make_month_files()
    first = made()
    query("UPDATE fact_day SET calls = calls + 1 WHERE partner = :partner AND day = '2026-09-01'", partner=BURGDORF)
    at(2026, 10, 6, 6)
    make_month_files()
    second = made()
    changed = {partner for key, partner, form in second if second[key, partner, form] != first[key, partner, form]}
    assert {None, BURGDORF} <= changed  # all together are told to the others, too
    query("INSERT INTO month (month, state, closed_at) VALUES ('2026-09-01', 'closed', now())")
    at(2026, 10, 7, 6)
    make_month_files()
    final = made()
    assert {row["state"] for row in query("SELECT state FROM report_file")} == {"closed"}
    query("UPDATE fact_day SET calls = calls + 1 WHERE partner = :partner AND day = '2026-09-01'", partner=BURGDORF)
    at(2026, 10, 8, 6)
    make_month_files()
    assert made() == final


def test_work_that_was_stopped_goes_on_and_the_page_tells_how_far_it_is(centre: None, at: Any, app: Flask):
    at(2026, 10, 5, 6)
    with transaction() as session:
        whose = month_files.whose_files_to_make(session, SEPTEMBER)
        assert (len(whose), whose[0]) == (23, None)
    with transaction() as session:
        month_files.make_files(session, SEPTEMBER, whose[0])
    page = signed_in(app, "supervisor").get(FILES).text
    assert "Berichte für September 2026: 3 von 69 erstellt" in page
    assert "werden erstellt" in signed_in(app, "municipality").get(FILES).text
    before = made()
    make_month_files()
    assert "von 69 erstellt" not in signed_in(app, "supervisor").get(FILES).text
    assert {key: made()[key] for key in before if key[1] is None} == {
        key: before[key] for key in before if key[1] is None
    }


def test_a_municipality_gets_its_own_files(centre: None, at: Any, app: Flask):
    at(2026, 10, 5, 6)
    with transaction() as session:
        month_files.whose_files_to_make(session, SEPTEMBER)
    for partner in (None, BURGDORF, GARBSEN):
        with transaction() as session:
            month_files.make_files(session, SEPTEMBER, partner)
    own, centre_ = signed_in(app, "municipality"), signed_in(app, "finance")
    addresses = re.findall(rf'href="({FILES}/\d+)"', own.get(FILES).text)
    assert len(addresses) == 3
    names = set()
    for address in addresses:
        answer = own.get(address)
        assert answer.status_code == 200
        names.add(answer.headers["Content-Disposition"].split("filename=")[1])
        for other in (b"Garbsen", b"Langenhagen"):
            assert other not in answer.data
    assert names == {f"nutzung-2026-09-{BURGDORF}.{form}" for form in ("pdf", "xlsx", "csv")}
    for row in query("SELECT id, partner FROM report_file WHERE content IS NOT NULL"):
        status = 200 if row["partner"] == BURGDORF else 404
        assert own.get(f"{FILES}/{row['id']}").status_code == status
        assert centre_.get(f"{FILES}/{row['id']}").status_code == 200
    unmade = query("SELECT id FROM report_file WHERE content IS NULL LIMIT 1")[0]["id"]
    assert centre_.get(f"{FILES}/{unmade}").status_code == 404
    assert own.get(f"{FILES}?partner={GARBSEN}").text.count(FILES) == own.get(FILES).text.count(FILES)
    pdf = next(answer for address in addresses if (answer := own.get(address)).mimetype == "application/pdf")
    with pikepdf.open(io.BytesIO(pdf.data)) as document:
        assert document.docinfo["/Title"] == "Nutzung September 2026: Burgdorf"


def test_the_timetable_has_it():
    import worker

    assert "reporting.make_month_files" in {entry.task for entry in worker.TIMETABLE}
