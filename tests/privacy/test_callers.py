# ruff: noqa: E501 - tables of lines
"""Callers' hashes: equal for one number in all its spellings within a period, unlinkable beyond; repeat calls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flows import capture
from tests.flows.exchange import ingest, lines, run, select, write
from tests.privacy.held import days_later, lasting, one, retain
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.directory.rules.numbers import canonical_number
from wfm.privacy.rules.persons import Key, Replacement, agent_pseudonym, caller_hash
from wfm.privacy.service.repeat_calls import RepeatCalls, repeat_calls
from wfm.telephony.rules.redacted import CallerMark, caller_area, read_mark

SPELLINGS = ["05136898200", "+49 5136 898200", "0049 5136/898200", "49 (0)5136 898200".replace("49 (0)", "+49 (0)"), "5136898200"]  # fmt: skip
DAY = "2026-03-02"


def key(period: int = 1, secret: bytes = b"a" * 32) -> Key:
    return Key(period, date(2026, 3, 1), date(2026, 4, 1), secret)


def mark(number: str, using: Key | None) -> CallerMark:
    found = read_mark(Replacement({"05136", "0511"}, using, 1, 1, b"x").caller(number))
    assert found
    return found


def test_one_number_has_one_hash_in_all_its_spellings():
    assert len({mark(spelling, key()).hash for spelling in SPELLINGS}) == 1
    assert {mark(spelling, key()).origin for spelling in SPELLINGS} == {"05136"}


def test_another_period_tells_nothing_of_this_one():
    assert mark(SPELLINGS[0], key()).hash != mark(SPELLINGS[0], key(2, b"b" * 32)).hash
    assert mark(SPELLINGS[0], None) == CallerMark("05136")


@given(
    one=st.from_regex(r"0[1-9][0-9]{5,10}", fullmatch=True), other=st.from_regex(r"0[1-9][0-9]{5,10}", fullmatch=True)
)
def test_other_numbers_have_other_hashes(one: str, other: str):
    equal = canonical_number(one) == canonical_number(other)
    assert (mark(one, key()).hash == mark(other, key()).hash) == equal


@given(
    origin=st.sampled_from(["", "05136", "0511", "015", "+41", "+1", "051"]),
    period=st.integers(1, 99_999),
    digest=st.binary(min_size=8, max_size=8),
)
def test_a_mark_is_read_as_it_was_written(origin: str, period: int, digest: bytes):
    made = CallerMark(origin, period, digest)
    assert read_mark(str(made)) == made
    assert read_mark(f"0{made}") == made
    assert str(made).isdecimal()
    assert caller_area(str(made), {"05136", "0511"}) == (origin if origin in {"05136", "0511"} else None)


@given(st.text())
def test_nothing_else_is_a_mark(text: str):
    assert read_mark(text) is None
    assert read_mark("990099" + text) is None


def test_pseudonyms_differ_by_agent_system_period_and_secret():
    names = {agent_pseudonym(*told) for told in (("Kern", 1, 5, b"x"), ("Kern", 2, 5, b"x"), ("Kern", 1, 6, b"x"), ("Kern", 1, 5, b"y"), ("Keil", 1, 5, b"x"))}  # fmt: skip
    assert len(names) == 5


def called(folder: Path, day: str, told: str) -> None:
    """Calls of a day: time of day, number."""
    entries = [line.split(maxsplit=1) for line in told.strip().splitlines()]
    log = "\n".join(f"{at}|{day}.{at}|burgdorf|NONE|ENTERQUEUE||{number}|1" for at, number in entries)
    ingest(write(folder / f"{day}.log", lines(day, log)))


def evening(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T20:00:00").replace(tzinfo=UTC)


def figures(
    first: str, end: str, within: timedelta = timedelta(days=7), *, at: str = "2026-03-06"
) -> list[RepeatCalls]:
    with days_later(0, evening(at)), transaction() as session:
        return repeat_calls(session, Days(date.fromisoformat(first), date.fromisoformat(end)), within)


@pytest.mark.usefixtures("database")
def test_repeat_calls(tmp_path: Path):
    capture.know_partners(tmp_path)
    with days_later(0, evening(DAY)):
        called(
            tmp_path, DAY, f"08:00:00 {SPELLINGS[0]}\n08:01:00 0511123456\n09:00:00 {SPELLINGS[1]}\n10:00:00 anonymous"
        )
    with days_later(0, evening("2026-03-04")):
        called(tmp_path, "2026-03-04", "08:00:00 5136898200\n08:30:00 anonymous")
    assert [row.repeats for row in figures(DAY, "2026-03-05")] == [None, None], "numbers are not hashed yet"
    retain(1.1, evening("2026-03-04"))
    assert one("SELECT count(*) FROM caller_key") == 1
    assert figures(DAY, "2026-03-05") == [(date(2026, 3, 2), 4, 3, 1), (date(2026, 3, 4), 2, 1, 1)]
    assert figures("2026-03-04", "2026-03-05") == [(date(2026, 3, 4), 2, 1, 1)], "calls before the first day count"
    assert figures(DAY, "2026-03-05", timedelta(minutes=30)) == [
        (date(2026, 3, 2), 4, 3, 0),
        (date(2026, 3, 4), 2, 1, 0),
    ]
    before = lasting()
    run("rebuild")
    assert lasting() == before
    assert [row.repeats for row in figures(DAY, "2026-03-05", at="2026-03-05")] == [1, None], "not all hashed yet"
    retain(31, evening(DAY))
    # The first day's lines have no hash any more, so nobody knows whether a call of the second was a repeat of one.
    assert [row.repeats for row in figures(DAY, "2026-03-05", at="2026-04-02")] == [None, None]
    assert figures("2026-03-04", "2026-03-05", timedelta(hours=3), at="2026-04-01")[0].repeats == 0


@pytest.mark.usefixtures("database")
def test_keys_come_one_after_the_other_and_go(tmp_path: Path):
    capture.know_partners(tmp_path)
    days = [date(2026, 3, 2) + timedelta(days=shift) for shift in range(0, 90, 9)]
    for day in days:
        with days_later(0, evening(day.isoformat())):
            called(tmp_path, day.isoformat(), f"08:00:00 {SPELLINGS[0]}")
        retain(1.1, evening(day.isoformat()))
        assert one("SELECT count(*) FROM caller_key") in (1, 2, 3)
    hashes = select("SELECT DISTINCT caller_period, caller_hash FROM call WHERE caller_hash IS NOT NULL")
    assert len(hashes) == len({period for period, _ in hashes}) == len({digest for _, digest in hashes}) > 1
    periods = select("SELECT starts_on, ends_on FROM caller_key ORDER BY 1")
    assert all(end == start for (_, end), (start, _) in pairwise(periods))
    done = retain(62, evening(days[-1].isoformat()))
    assert done["keys_deleted"] >= 1
    assert one("SELECT count(*) FROM caller_key") == 0
    assert one("SELECT count(*) FROM call WHERE caller_hash IS NOT NULL") == 0


@pytest.mark.usefixtures("database")
def test_an_old_log_gets_no_key_any_more(tmp_path: Path):
    capture.know_partners(tmp_path)
    called(tmp_path, "2026-03-02", f"08:00:00 {SPELLINGS[0]}")
    retain(1.1, evening("2026-11-25"))
    assert select("SELECT caller_area, caller_hash FROM call") == [("05136", None)]
    assert one("SELECT count(*) FROM caller_key") == 0
    assert [row.repeats for row in figures(DAY, "2026-03-03")] == [None]


def test_a_hash_needs_its_key():
    assert caller_hash("495136898200", b"a" * 32) != caller_hash("495136898200", b"b" * 32)
