"""Realtime tables: dumps and live tables, rows out of order, rows that changed, rows that are none."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from wfm import ingest
from wfm.core.clock import from_micros, now, to_micros
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, ServerTrouble
from wfm.telephony.adapters import queue_log_table
from wfm.telephony.models import Quarantine, RawEvent
from wfm.telephony.rules.events import RawRow, Reading
from wfm.telephony.service.intake import get_source, open_source
from wfm.telephony.service.streams import only_stream
from wfm.telephony.service.tables import TableRow, keep, read_csv, read_sql

DUMP = Path(__file__).parents[1] / "data" / "asterisk" / "queue_log_realtime.csv"
HEADER = "id,time,callid,queuename,agent,event,data1,data2,data3,data4,data5"


def row(number: int, event: str = "ABANDON", *data: str, time: str = "2026-06-09 09:00:00.000001") -> str:
    columns = [str(number), time, "1780988739.9", "burgdorf", "NONE", event, *(data or ("1", "1", "9"))]
    return ",".join(columns + [""] * (11 - len(columns)))


def dump(tmp_path: Path, *lines: str | bytes, header: str = HEADER) -> Path:
    path = tmp_path / "dump.csv"
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in (header, *lines))
    )
    return path


def take(batches: Iterable[list[TableRow]]) -> list[RawRow]:
    """One transaction a batch, as `wfm ingest` does it; returns what was new."""
    new = []
    for rows in batches:
        with transaction() as session:
            stream = only_stream(session, open_source(session, "table", "queue_log_table"))
            new += keep(session, stream, rows, now())
            stream.projected = stream.position
    return new


def kept() -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(RawEvent.position).order_by(RawEvent.position)))


def quarantined() -> list[tuple[str, int | None]]:
    with transaction() as session:
        return [(row.reason, row.line) for row in session.scalars(select(Quarantine).order_by(Quarantine.id))]


def checkpoint() -> tuple[int, int]:
    with transaction() as session:
        stream = only_stream(session, open_source(session, "table", "queue_log_table"))
        return stream.position, stream.projected


def test_the_capture_s_dump_is_kept_once_however_often_it_comes(database):
    new = take(read_csv(DUMP, limit=100))
    assert [row.position for row in new] == list(range(1, 1_307))
    assert take(read_csv(DUMP)) == []
    assert len(kept()) == 1_306
    assert quarantined() == []
    assert not queue_log_table.decode(new, Reading(1)).unreadable


def test_columns_in_any_order_with_semicolons_and_byte_order_mark(tmp_path):
    header = "\ufeffevent;Time;ID;server;data;agent;queuename;callid"
    path = dump(tmp_path, "CONNECT;2026-06-09 09:00:00;7;pbx1;4|x.1|2;ag01;burgdorf;17.5\r", header=header)
    (rows,) = read_csv(path)
    assert [found.id for found in rows] == [7]
    assert json.loads(rows[0].payload) == ["7", "2026-06-09 09:00:00", "17.5", "burgdorf", "ag01", "CONNECT", "4|x.1|2"]
    (event,) = queue_log_table.decode([RawRow(7, rows[0].payload)], Reading(1)).events
    assert (event.agent, event.wait_s) == ("ag01", 4)


BOTH = "id,time,callid,queuename,agent,event,data,data1,data2,data3,data4,data5"


@pytest.mark.parametrize(
    "data", [",1,2,9,,", "1|2|9,,,,,", "1|2|9,1,2,9,,"], ids=["numbered filled", "data filled", "both filled"]
)
def test_a_table_with_both_kinds_of_data_columns(database, tmp_path, data: str):
    line = f"7,2026-06-09 09:00:00,17.5,burgdorf,NONE,ABANDON,{data}"
    (rows,) = read_csv(dump(tmp_path, line, header=BOTH))
    (event,) = queue_log_table.decode([RawRow(7, rows[0].payload)], Reading(1)).events
    assert event.wait_s == 9
    live = sqlite3.connect(tmp_path / "asterisk.db")
    live.execute(
        f"CREATE TABLE queue_log ({BOTH.replace(',', ' TEXT,').replace('id TEXT', 'id INTEGER')} TEXT, more TEXT)"
    )
    live.execute(
        f"INSERT INTO queue_log VALUES ({','.join('?' * 12)}, 'x')", [part or None for part in line.split(",")]
    )
    live.commit()
    live.close()
    assert list(read_sql(f"sqlite:///{tmp_path / 'asterisk.db'}", 0)) == [[rows[0]._replace(line=None)]]


@pytest.mark.parametrize("missing", ["id", "time", "callid", "queuename", "agent", "event"])
def test_a_missing_column_is_named(tmp_path, missing: str):
    header = ",".join(name for name in HEADER.split(",") if name != missing)
    with pytest.raises(BadInput) as caught:
        list(read_csv(dump(tmp_path, row(1), header=header)))
    assert caught.value.details["column"] == missing
    assert f"„{missing}“" in caught.value.message


def test_the_last_line_of_a_dump_needs_no_end(tmp_path):
    path = dump(tmp_path, row(1), row(2))
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert [found.id for rows in read_csv(path) for found in rows] == [1, 2]


def test_without_data_columns_or_without_any_line_it_is_no_dump(tmp_path):
    for header in ("id,time,callid,queuename,agent,event", ""):
        with pytest.raises(BadInput):
            list(read_csv(dump(tmp_path, header=header)))


def test_bad_rows_lie_in_quarantine_and_good_ones_are_kept(database, tmp_path):
    path = dump(
        tmp_path,
        row(1),
        row(2).replace("2,", "zwei,", 1),  # line 3
        "3,half a row",  # line 4
        row(4) + ",too,many",  # line 5
        '5,"2026-06-09 09:00:00,1780988739.9,a,b,ABANDON,1,1,9,,',  # line 6: a mark that never closes
        "",
        row(6).encode().replace(b"burgdorf", b"b\xfcrgdorf"),
        row(7).replace("burgdorf", "bad\0queue"),
        row(8, time="yesterday"),
        row(9, "NEWWORD"),
        row(10, "PAUSE", "x" * 10_000_000),
        row(99_999_999_999_999),  # more than a position can hold
        row(11),
    )
    new = take(read_csv(path, limit=3))
    assert [found.position for found in new] == [1, 6, 7, 8, 9, 11]
    decoded = queue_log_table.decode(new, Reading(1))
    assert [(bad.position, bad.reason) for bad in decoded.unreadable] == [
        (6, "encoding"), (7, "nul_byte"), (8, "time"), (9, "unknown_event"),
    ]  # fmt: skip
    assert len(decoded.events) == 2
    told = [("id", 3), ("columns", 4), ("columns", 5), ("csv", 6), ("columns", 12), ("id", 13)]
    assert quarantined() == told
    take(read_csv(path))
    assert quarantined() == told, "the same bad rows again are the same"


def test_a_row_that_changed_is_a_conflict_and_the_first_content_stays(database, tmp_path):
    take(read_csv(dump(tmp_path, row(1), row(2))))
    assert take(
        read_csv(dump(tmp_path, row(1), row(2, "ABANDON", "1", "1", "10"), row(3), row(3, "CONNECT", "1")))
    ) == [RawRow(3, next(read_csv(dump(tmp_path, row(3))))[0].payload)]
    assert quarantined() == [("conflict", 3), ("conflict", 5)]
    with transaction() as session:
        assert b'"9"' in session.scalars(select(RawEvent.payload).where(RawEvent.position == 2)).one()
        assert b'"10"' in session.scalars(select(Quarantine.payload).where(Quarantine.line == 3)).one()


def test_late_rows_before_the_checkpoint_are_handed_to_projection(database, tmp_path):
    take(read_csv(dump(tmp_path, row(1), row(9))))
    assert checkpoint() == (10, 10)
    assert [found.position for found in take(read_csv(dump(tmp_path, row(5), row(4), row(1))))] == [4, 5]
    assert checkpoint() == (10, 10)


def test_late_rows_are_projected_once_also_while_a_backlog_waits(database, tmp_path):
    """A late row before the backlog at once, one within it with the backlog: none is lost, none counts twice."""
    joined = [
        f'{number},2026-06-09 09:00:0{number},MANAGER,burgdorf,ag01,ADDMEMBER,"","","","",""' for number in (4, 5, 7, 9)
    ]
    ingest.ingest_table("table", timezone="UTC", file=dump(tmp_path, joined[1], joined[3]))
    with transaction() as session:
        only_stream(session, get_source(session, "table")).projected = 6
        session.execute(text("DELETE FROM agent_event WHERE position >= 6"))
    ingest.ingest_table("table", timezone="UTC", file=dump(tmp_path, *joined))
    ingest.project_all()
    with transaction() as session:
        kept = session.execute(text("SELECT position FROM agent_event ORDER BY 1")).scalars().all()
        assert kept == [4, 5, 7, 9]
        assert only_stream(session, get_source(session, "table")).projected == 10


# A live table


@pytest.fixture
def live(tmp_path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "asterisk.db")
    columns = "time, callid, queuename, agent, event, data1, data2, data3, data4, data5"
    connection.execute(f"CREATE TABLE queue_log (id INTEGER PRIMARY KEY, {columns.replace(',', ' TEXT,')} TEXT)")
    yield connection
    connection.close()


def write(live: sqlite3.Connection, *numbers: int) -> None:
    for number in numbers:
        columns = [value or None for value in row(number).split(",")]
        live.execute(f"INSERT INTO queue_log VALUES ({','.join('?' * 11)})", columns)
    live.commit()


def tail(tmp_path: Path, **options: int) -> list[int]:
    position, _ = checkpoint()
    url = f"sqlite:///{tmp_path / 'asterisk.db'}"
    return [found.position for found in take(read_sql(url, position - 1, **options))]


def test_a_live_table_is_tailed_by_id_and_late_commits_are_found(database, tmp_path, live):
    write(live, 1, 2, 4)
    assert tail(tmp_path, limit=2) == [1, 2, 4]
    assert tail(tmp_path) == []
    write(live, 3, 5)
    assert tail(tmp_path, window=10) == [3, 5]
    write(live, 2_000, 6)
    assert tail(tmp_path, window=0) == [6, 2_000]
    write(live, 7)
    assert tail(tmp_path, window=1_000) == [], "too late for the window"
    assert quarantined() == []


def test_dump_and_live_table_are_the_same_rows(database, tmp_path, live):
    write(live, 1, 2)
    take(read_csv(dump(tmp_path, row(1))))
    assert tail(tmp_path) == [2]
    assert quarantined() == []


def test_bytes_of_another_encoding_stop_nobody(database, tmp_path, live):
    write(live, 1, 2, 3)
    live.execute("UPDATE queue_log SET agent = CAST(x'fc' AS TEXT) WHERE id = 2")
    live.commit()
    assert tail(tmp_path) == [1, 2, 3]
    with transaction() as session:
        rows = [RawRow(*found) for found in session.execute(select(RawEvent.position, RawEvent.payload))]
    assert [bad.reason for bad in queue_log_table.decode(sorted(rows), Reading(1)).unreadable] == ["encoding"]


def test_what_is_wrong_with_an_address_is_said_without_its_password(tmp_path, live):
    for url in ("nonsense", "nosuch://x", f"sqlite:///{tmp_path / 'asterisk.db'}"):
        with pytest.raises(BadInput):
            list(read_sql(url, 0, table="calls"))
    live.execute("CREATE TABLE calls (id INTEGER)")
    with pytest.raises(BadInput) as caught:
        list(read_sql(f"sqlite:///{tmp_path / 'asterisk.db'}", 0, table="calls"))
    assert caught.value.details["column"] == "time"
    with pytest.raises(ServerTrouble) as trouble:
        list(read_sql("postgresql+psycopg://me:geheim@localhost:1/x", 0))
    assert "geheim" not in trouble.value.message + str(trouble.value.details)


def test_memory_does_not_grow_with_the_dump(tmp_path):
    line = row(1, "PAUSE", "x" * 240)
    path = dump(tmp_path, *[line] * 40_000)
    tracemalloc.start()
    assert sum(len(rows) for rows in read_csv(path, limit=100)) == 40_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000 < path.stat().st_size


def test_a_source_cannot_change_its_kind(database, tmp_path):
    take(read_csv(dump(tmp_path, row(1))))
    with transaction() as session, pytest.raises(Conflict):
        open_source(session, "table", "queue_log")


# Times


def at(time: str, callid: str = "NONE", *, zone: str = "Europe/Berlin", before: str | None = None) -> str:
    """The instant that a row of an agent (or of a call) is read as, in UTC."""
    return instants([(time, callid)], zone, before)[0]


def instants(rows: list[tuple[str, str]], zone: str = "Europe/Berlin", before: str | None = None) -> list[str]:
    raw = [
        RawRow(number, json.dumps([str(number), time, callid, "q", "ag", "PAUSE", ""]).encode())
        for number, (time, callid) in enumerate(rows)
    ]
    known = to_micros(datetime.fromisoformat(before)) if before else None
    decoded = queue_log_table.decode(raw, Reading(1, zone, before=known))
    assert not decoded.unreadable
    return [from_micros(event.at).isoformat()[5:19] for event in decoded.events]


def test_local_times_summer_winter_and_utc():
    assert at("2026-06-09 08:55:28.808400") == "06-09T06:55:28"
    assert at("2026-12-09 08:55:28") == "12-09T07:55:28"
    assert at("2026-06-09 08:55:28.808400", zone="UTC") == "06-09T08:55:28"
    assert at("2026-06-09 08:55:28+05:00") == "06-09T03:55:28"
    assert at("1780988128") == "06-09T06:55:28"


def test_the_hour_skipped_in_march_is_read_with_the_offset_before_it():
    assert at("2026-03-29 02:30:00") == "03-29T01:30:00"
    assert at("2026-03-29 02:30:00", "1774749000.1") == "03-29T01:30:00"


FIRST, SECOND = 1792887300, 1792890900  # 2026-10-25 02:15 summer time, and an hour later 02:15 again


@pytest.mark.parametrize(
    ("time", "callid", "instant"),
    [
        ("02:15:30", f"{FIRST}.7", "00:15:30"),
        ("02:15:30", f"{SECOND}.7", "01:15:30"),
        ("02:15:30", f"pbx1-{SECOND}.7", "01:15:30"),
        ("02:10:00", f"{FIRST}.7", "01:10:00"),  # began at 02:15 in the first hour, ends at 02:10 in the second
        ("02:20:00", f"{FIRST - 1800}.7", "00:20:00"),  # began before the double hour
        ("02:59:59", f"{FIRST}.7", "00:59:59"),
        ("03:00:00", f"{FIRST}.7", "02:00:00"),
        ("02:10:00", f"{SECOND}.7", "01:10:00"),  # no reading fits: the later one
    ],
)
def test_the_hour_that_comes_twice_is_told_by_the_call_s_id(time: str, callid: str, instant: str):
    assert at(f"2026-10-25 {time}", callid) == f"10-25T{instant}"


def test_rows_without_a_call_follow_their_neighbours_through_the_double_hour():
    rows = [
        ("2026-10-25 01:59:00", "NONE"),
        ("2026-10-25 02:10:00", "NONE"),
        ("2026-10-25 02:50:00", "NONE"),
        ("2026-10-25 02:49:58", "NONE"),  # a little disorder is no new hour
        ("2026-10-25 02:05:00", "NONE"),
        ("2026-10-25 02:20:00", f"{SECOND}.9"),
        ("2026-10-25 02:25:00", "NONE"),
        ("2026-10-25 03:01:00", "NONE"),
    ]
    expected = ["23:59:00", "00:10:00", "00:50:00", "00:49:58", "01:05:00", "01:20:00", "01:25:00", "02:01:00"]
    assert [instant[6:] for instant in instants(rows)] == expected
    # the same however the rows are cut into batches, if each is told where the one before it ended
    before, cut = None, []
    for one in rows:
        cut += instants([one], before=before)
        before = f"2026-{cut[-1]}+00:00"
    assert [instant[6:] for instant in cut] == expected


def test_rows_at_the_beginning_lie_before_the_row_behind_them():
    behind = [("2026-10-25 02:20:00", "NONE"), ("2026-10-25 02:30:00", f"{SECOND}.9")]
    assert [instant[6:] for instant in instants(behind)] == ["01:20:00", "01:30:00"]
    behind = [("2026-10-25 02:20:00", "NONE"), ("2026-10-25 02:30:00", f"{FIRST}.9")]
    assert [instant[6:] for instant in instants(behind)] == ["00:20:00", "00:30:00"]
    assert at("2026-10-25 02:20:00") == "10-25T00:20:00", "without neighbours: summer time"


@pytest.mark.parametrize(("header", "zone"), [(HEADER, "Mars/Phobos"), ("a,b", "Europe/Berlin")])
def test_what_cannot_be_read_at_all_makes_no_source(tmp_path, database, header: str, zone: str):
    with pytest.raises(BadInput):
        ingest.ingest_table("table", timezone=zone, file=dump(tmp_path, row(1), header=header))
    assert ingest.ingest_table("table", timezone="UTC", file=dump(tmp_path, row(1))) == 1
