"""Seals of the audit trail: what they say, and that no rewriting goes unnoticed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry, AuditSeal
from wfm.accounts.service import sealing
from wfm.accounts.tasks import seal_audit
from wfm.core.clock import berlin_day
from wfm.core.db import engine, transaction
from wfm.core.errors import BadInput

pytestmark = pytest.mark.usefixtures("database")

ADD = text(
    "INSERT INTO audit_entry (at, actor, action, object_kind, object_id, fields, details, purpose)"
    " VALUES (:at, :actor, 'seen', 'report', '7', '{a,b}', CAST(:details AS jsonb), 'settlement')"
)


def add(*moments: str | datetime, actor: str = "somebody", details: str = "{}") -> None:
    with transaction() as session:
        for moment in moments:
            session.execute(ADD, {"at": moment, "actor": actor, "details": details})


def seal_at(moment: str) -> list[str]:
    """Seal when it is this moment in Berlin; the days that got a seal."""
    with time_machine.travel(moment, tick=False), transaction() as session:
        return [str(made.day) for made in sealing.seal(session)]


def verify_at(moment: str, known: tuple[bytes, ...] = ()) -> sealing.Verdict:
    with time_machine.travel(moment, tick=False), transaction() as session:
        return sealing.verify(session, known)


def seals() -> list[AuditSeal]:
    with Session(engine()) as session:
        return list(session.scalars(select(AuditSeal).order_by(AuditSeal.day)))


def flaw(verdict: sealing.Verdict) -> tuple[str, str] | None:
    return verdict.flaw and (str(verdict.flaw.day), verdict.flaw.what)


# ---- what a seal says -----------------------------------------------------------------------------------------------


def test_the_bytes_that_are_hashed():
    """Written out by hand, so that anybody can reckon a seal anew with no more than SHA-256."""
    add("2024-03-01 12:00+00", actor="Jörg", details='{"b": 1.10, "a": "ü"}')
    with transaction() as session:
        session.add(AuditEntry(at=datetime(2024, 3, 1, 13, tzinfo=UTC), actor="x", action="y"))
    assert seal_at("2024-03-03 02:00+01:00") == ["2024-03-01", "2024-03-02"]
    lines = (
        rb'[1,1709294400000000,"J\u00f6rg","seen","report","7",["a","b"],'
        rb'"{\"a\": \"\u00fc\", \"b\": 1.10}","settlement"]' + b"\n"
        rb'[2,1709298000000000,"x","y",null,null,[],"{}",null]' + b"\n"
    )
    first, second = seals()
    assert (first.entries, first.entries_hash) == (2, sha256(lines).digest())
    assert first.hash == sha256(bytes(32) + b"2024-03-01 2\n" + sha256(lines).digest()).digest()
    assert (second.entries, second.entries_hash) == (0, sha256(b"").digest())
    assert second.hash == sha256(first.hash + b"2024-03-02 0\n" + sha256(b"").digest()).digest()


def test_a_day_is_sealed_once_and_two_hours_after_its_end():
    assert seal_at("2024-03-02 12:00+01:00") == []  # nothing happened ever
    add("2024-03-01 12:00+00")
    assert seal_at("2024-03-02 01:59:59.999999+01:00") == []
    assert seal_at("2024-03-02 02:00+01:00") == ["2024-03-01"]
    assert seal_at("2024-03-02 02:00+01:00") == []
    assert seal_at("2024-03-01 00:00+01:00") == []  # a clock that was set back
    assert seal_at("2024-03-05 03:10+01:00") == ["2024-03-02", "2024-03-03", "2024-03-04"]
    assert [sealed.entries for sealed in seals()] == [1, 0, 0, 0]
    assert verify_at("2024-03-05 03:10+01:00").flaw is None


@pytest.mark.parametrize(
    ("day", "begins", "ends", "settled"),
    [
        ("2024-03-31", "2024-03-30T23:00Z", "2024-03-31T22:00Z", "2024-04-01 02:00+02:00"),  # 23 hours
        ("2024-10-27", "2024-10-26T22:00Z", "2024-10-27T23:00Z", "2024-10-28 02:00+01:00"),  # 25 hours
    ],
)
def test_days_on_which_clocks_change(day: str, begins: str, ends: str, settled: str):
    first, after = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    moment = timedelta(microseconds=1)
    add(first - moment, first, after - moment, after)
    before = date.fromisoformat(day) - timedelta(days=1)
    assert seal_at(settled) == [str(before), day]
    assert [sealed.entries for sealed in seals()] == [1, 2]
    assert verify_at(settled).flaw is None


def test_a_day_waits_for_a_transaction_that_may_still_bring_an_entry():
    """Any that is open and began on it: here it is our own, since the database does not travel with us."""
    today, later = berlin_day(datetime.now(UTC)), datetime.now(UTC) + timedelta(days=3)
    add(datetime.now(UTC) - timedelta(days=1), datetime.now(UTC))
    assert seal_at(later.isoformat()) == [str(today - timedelta(days=1))]


def test_two_who_seal_at_once():
    add("2024-03-01 12:00+00")

    def work(_: int) -> int:
        with transaction() as session:
            return len(sealing.seal(session))

    with ThreadPoolExecutor(2) as pool:
        made = sorted(pool.map(work, range(2)))
    assert made[0] == 0
    assert made[1] == len(seals()) > 300


def test_the_nightly_task():
    add("2024-03-01 12:00+00")
    with time_machine.travel("2024-03-04 03:10+01:00"):
        seal_audit()
        seal_audit()
    assert [str(sealed.day) for sealed in seals()] == ["2024-03-01", "2024-03-02", "2024-03-03"]


# ---- what a verdict says (more in test_rewritten_trail.py) ----------------------------------------------------------

NOW = "2024-03-06 03:10+01:00"


@pytest.fixture
def sealed(database: str) -> None:
    """Two entries a day on March 1st, 2nd and 4th, sealed until the 5th."""
    add(*(f"2024-03-0{day} {hour}:00+01" for day in (1, 2, 4) for hour in (9, 10)))
    seal_at(NOW)


@pytest.mark.usefixtures("sealed")
def test_nothing_was_rewritten():
    add("2024-03-06 01:00+01")  # of a day that is not sealed yet
    verdict = verify_at(NOW)
    assert (verdict.days, verdict.entries, verdict.dropped, verdict.flaw) == (5, 6, 0, None)
    assert verdict.newest is not None
    assert str(verdict.newest.day) == "2024-03-05"


@pytest.mark.usefixtures("sealed")
def test_the_application_can_only_add_and_that_is_noticed():
    add("2024-03-02 11:00+01")
    assert flaw(verify_at(NOW)) == ("2024-03-02", "added")


@pytest.mark.usefixtures("sealed")
def test_a_seal_is_missed_when_two_nights_have_gone():
    assert verify_at("2024-03-08 01:59+01:00").flaw is None  # the 6th is over for less than 26 hours
    assert flaw(verify_at("2024-03-08 02:00+01:00")) == ("2024-03-06", "seal_missing")


@pytest.mark.usefixtures("sealed")
def test_a_hash_kept_elsewhere_betrays_who_made_all_seals_anew(owner: Engine):
    kept = seals()[-1].hash
    with owner.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_seal; UPDATE audit_entry SET actor = 'x' WHERE id = 3")
    seal_at(NOW)
    assert verify_at(NOW).flaw is None
    assert flaw(verify_at(NOW, (kept,))) == ("None", "unknown_hash")
    assert verify_at(NOW, (seals()[0].hash, seals()[-1].hash)).flaw is None


# ---- dropping old days ----------------------------------------------------------------------------------------------


def today(days_ago: int = 0) -> date:
    return berlin_day(datetime.now(UTC)) - timedelta(days=days_ago)


def noon(days_ago: int) -> str:
    return f"{today(days_ago)} 12:00 Europe/Berlin"


def drop(older_than_days: int) -> int:
    with transaction() as session:
        return sealing.drop_sealed_days(session, older_than_days)


def kept_days() -> list[int]:
    """How many days ago each entry was."""
    with Session(engine()) as session:
        return [
            (today() - berlin_day(at)).days for at in session.scalars(select(AuditEntry.at).order_by(AuditEntry.id))
        ]


def seal_now() -> None:
    with transaction() as session:
        sealing.seal(session)


def verify_now() -> sealing.Verdict:
    with transaction() as session:
        return sealing.verify(session)


def test_old_days_go_and_their_seals_stay():
    add(*(noon(days) for days in (400, 400, 301, 300, 181, 180, 1, 0)))
    seal_now()
    count = len(seals())
    assert drop(300) == 3
    assert kept_days() == [300, 181, 180, 1, 0]
    assert drop(300) == 0
    assert drop(180) == 2
    assert kept_days() == [180, 1, 0]
    verdict = verify_now()
    assert (verdict.flaw, verdict.dropped, verdict.days) == (None, 4, count)
    with transaction() as session:  # the application is itself again
        assert session.scalar(text("SELECT current_user = session_user"))


def test_what_is_not_sealed_stays():
    add(noon(400), noon(399))
    with time_machine.travel(f"{today(399)} 12:00+01:00"), transaction() as session:
        sealing.seal(session)
    assert drop(180) == 1
    assert kept_days() == [399]


@pytest.mark.parametrize("days", ["179", "0", "-1", "NULL", "-2147483648"])
def test_the_function_itself_keeps_the_least_period(days: str):
    add(noon(400), noon(100))
    seal_now()
    with transaction() as session:
        session.execute(text("SET LOCAL ROLE wfm_retention"))
        with pytest.raises(DBAPIError, match="kept for at least 180 days, not"):
            session.execute(text(f"SELECT drop_sealed_audit_days({days})"))
        session.rollback()
    assert kept_days() == [400, 100]
    if days.isdigit():
        with pytest.raises(BadInput):
            drop(int(days))


def test_temporary_tables_can_not_stand_in_for_seals():
    add(noon(400))
    with transaction() as session:
        session.execute(text(f"CREATE TEMP TABLE audit_seal ON COMMIT DROP AS SELECT DATE '{today(400)}' AS day"))
        session.execute(text("SET LOCAL search_path = pg_temp, public"))
        assert sealing.drop_sealed_days(session, 180) == 0
    assert kept_days() == [400]


@pytest.mark.parametrize(
    ("gone", "days_ago"),
    [
        ((250,), 250),  # one of the oldest two is still there
        ((300, 250, 100), 100),  # too young to be dropped
        ((300, 250, 200), None),
    ],
)
def test_days_that_nobody_could_drop_are_missed(gone: tuple[int, ...], days_ago: int | None, owner: Engine):
    add(*(noon(days) for days in (300, 250, 200, 100, 1)))
    seal_now()
    with owner.begin() as connection:
        for days in gone:
            connection.execute(text("DELETE FROM audit_entry WHERE at = CAST(:at AS timestamptz)"), {"at": noon(days)})
    expected: Any = None if days_ago is None else (str(today(days_ago)), "missing")
    assert flaw(verify_now()) == expected
