"""Call detail records: column maps, rows, their mistakes, and what the CDR of Asterisk tells of the capture."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from wfm.core.clock import from_micros
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict
from wfm.queues.rules.calls import StreamRank, fold_calls
from wfm.queues.rules.stays import Call
from wfm.telephony.adapters import cdr, queue_log
from wfm.telephony.models import Source
from wfm.telephony.rules.column_map import complete, prepare
from wfm.telephony.rules.events import Decoded, RawRow, Reading, TelephonyEvent
from wfm.telephony.service.column_maps import open_cdr_source, read_map

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
DATA = Path(__file__).parents[1] / "data" / "asterisk"
LOGS = Path(queue_log.__file__).parents[1] / "data" / "asterisk"

MAP = """
columns = ["id", "from", "to", "begin", "picked", "end", "talk", "state", "who", "line"]
delimiter = ";"
[fields]
call = "id"
start = "begin"
answered = "picked"
ended = "end"
talk_s = "talk"
queue = { column = "line", values = { "9001" = "burgdorf" } }
agent = { column = "who", pattern = "^SIP/(\\\\w+)" }
caller = "from"
dialled = "to"
[only]
line = ["9*", "garbsen"]
[[outcome]]
is = "answered"
when = { state = "OK", who = "?*" }
[[outcome]]
is = "abandoned"
when = { state = "OK" }
[[outcome]]
is = "timeout"
when = { state = ["TIMEOUT", "MAX"] }
[[outcome]]
is = "refused"
when = { state = "FULL" }
"""
ROW = "c1;05131 1;0513688980;2026-06-09 09:00:00;2026-06-09 09:00:18;2026-06-09 09:03:20;182;OK;SIP/kern-1;9001"


def settings(text: str = MAP, **changes: Any) -> dict[str, Any]:
    return complete(tomllib.loads(text) | changes)


def decode(*lines: str | bytes, at: int = 1, zone: str = "Europe/Berlin", **changes: Any) -> Decoded:
    rows = [RawRow(number, line if isinstance(line, bytes) else line.encode()) for number, line in enumerate(lines, at)]
    return cdr.decode(rows, Reading(1, zone, settings={"cdr": settings(**changes)}))


def told(event: TelephonyEvent) -> tuple[str, str]:
    return event.kind.removeprefix("call."), from_micros(event.at).isoformat()[11:19]


# Rows


def test_an_answered_row_is_a_whole_stay():
    decoded = decode(ROW)
    assert [told(event) for event in decoded.events] == [
        ("offered", "07:00:00"), ("answered", "07:00:18"), ("ended", "07:03:20"),
    ]  # fmt: skip
    offered, answered, ended = decoded.events
    assert (offered.call, offered.queue) == ("c1", "burgdorf")
    assert (offered.caller, offered.dialled) == ("05131 1", "0513688980")
    assert (answered.agent, ended.agent, ended.talk_s) == ("kern", "kern", 182)
    assert decoded.unreadable == []


@pytest.mark.parametrize(
    ("change", "events"),
    [
        (("SIP/kern-1", ""), [("offered", "07:00:00"), ("abandoned", "07:03:20")]),
        (("OK", "MAX"), [("offered", "07:00:00"), ("left", "07:03:20")]),
        (("OK", "FULL"), [("refused", "07:00:00")]),
        ((";9001", ";8001"), []),
        ((" 09:03:20;182", " 09:03:20;"), [("offered", "07:00:00"), ("answered", "07:00:18"), ("ended", "07:03:20")]),
        (("2026-06-09 09:03:20", ""), [("offered", "07:00:00"), ("answered", "07:00:18"), ("ended", "07:03:20")]),
        ((";2026-06-09 09:03:20;182", ";;"), [("offered", "07:00:00"), ("answered", "07:00:18")]),
        ((";2026-06-09 09:00:18", ";"), [("offered", "07:00:00"), ("answered", "07:00:00"), ("ended", "07:03:20")]),
        # clocks set back: nothing ends before it began
        (("09:00:18", "08:59:00"), [("offered", "07:00:00"), ("answered", "07:00:00"), ("ended", "07:03:20")]),
        (("09:03:20", "08:00:00"), [("offered", "07:00:00"), ("answered", "07:00:18"), ("ended", "07:00:18")]),
    ],
)  # fmt: skip
def test_rules_decide_what_a_row_tells(change: tuple[str, str], events: list[tuple[str, str]]):
    decoded = decode(ROW.replace(*change))
    assert [told(event) for event in decoded.events] == events
    assert decoded.unreadable == []


TOLD = MAP.replace('caller = "from"', 'wait_s = "from"')
GONE = ROW.replace("SIP/kern-1", "")


@pytest.mark.parametrize(
    ("row", "changes", "wait"),
    [
        # who says nothing of the wait does not know it, whatever the times: the telephone system may have answered
        (ROW, {}, None),
        (GONE, {}, None),
        # "05131 1" is no number of seconds; 7 is, and goes before the times
        (ROW.replace("05131 1", "7"), {"text": TOLD}, 7),
        (ROW.replace("05131 1", "0"), {"text": TOLD}, 0),
        (ROW.replace("05131 1", ""), {"text": TOLD}, None),
        (GONE.replace("05131 1", "7"), {"text": TOLD}, 7),
        # an agent answered: what lies between is the wait, where both ends are told
        (ROW, {"answered_by": "agent"}, 18),
        (GONE, {"answered_by": "agent"}, 200),
        (ROW.replace("2026-06-09 09:00:18", ""), {"answered_by": "agent"}, None),
        (GONE.replace("2026-06-09 09:03:20", ""), {"answered_by": "agent"}, None),
        (ROW.replace("05131 1", "7"), {"text": TOLD, "answered_by": "agent"}, 7),
    ],
)
def test_a_wait_is_known_only_where_the_map_says_so(row: str, changes: dict[str, Any], wait: int | None):
    [call] = calls_of(decode(row, **changes))
    [stay] = call.stays
    assert stay.wait_s == wait


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (ROW.replace("OK", "???"), "unknown_outcome"),
        (ROW.replace("c1;", ";", 1), "data"),
        (ROW.replace(";182;", ";many;"), "data"),
        (ROW.replace(";182;", ";-1;"), "data"),
        (ROW.replace(";182;", ";nan;"), "data"),
        (ROW.replace("2026-06-09 09:00:00", ""), "data"),
        (ROW.replace("2026-06-09 09:00:00", "gestern"), "time"),
        (ROW.replace("2026-06-09 09:00:00", "0001-01-01 00:00:00"), "time"),
        (ROW.replace("kern", "kern\0"), "nul_byte"),
        (ROW.replace("kern", "kärn").encode("latin-1"), "encoding"),
        (ROW.replace("c1", "c" * 300), "field_too_long"),
        (ROW + "x" * 70_000, "line_too_long"),
        (ROW + ";more", "columns"),
        ("c1;half", "columns"),
        ('"c1;' + ROW, "csv"),
        (b"\xff\xfe\x00garbage", "nul_byte"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_harms_no_other(line: str | bytes, reason: str):
    decoded = decode(ROW, line, "", ROW.replace("c1", "c2") + "\r")
    assert [(bad.position, bad.reason) for bad in decoded.unreadable] == [(2, reason)]
    assert {event.call for event in decoded.events} == {"c1", "c2"}
    assert decoded.unreadable[0].after == decoded.events[2].at


def test_encoding_delimiter_quotes_and_seconds_with_a_fraction():
    line = "'c1'|05131|05136|2026-06-09 09:00:00|||7.9|OK|SIP/kärn|garbsen".encode("cp1252")
    decoded = decode(line, delimiter="|", quote="'", encoding="cp1252")
    assert [(event.call, event.agent, event.talk_s) for event in decoded.events[1:]] == [
        ("c1", "kärn", None), ("c1", "kärn", 7),
    ]  # fmt: skip
    assert decode(ROW.replace("c1", '"c1'), quote="").events[0].call == '"c1'


def test_the_header_line_is_passed_over_and_only_that():
    header = "id;from;to;begin;picked;end;talk;state;who;line"
    assert decode(header, at=0, header=True) == Decoded([], [])
    assert [bad.reason for bad in decode(header, at=1, header=True, only={}).unreadable] == ["unknown_outcome"]


def test_times_in_other_spellings():
    for pattern, text in (("%d.%m.%Y %H:%M", "09.06.2026 09:00"), ("%Y%m%d%H%M%S%z", "20260609080000+0100")):
        assert told(first(text, pattern)) == ("offered", "07:00:00")
    assert told(first("1780988400", "")) == ("offered", "07:00:00")
    assert told(first("2026-06-09T09:00:00+02:00", "", zone="UTC")) == ("offered", "07:00:00")
    assert told(first("2026-06-09 07:00:00", "", zone="UTC")) == ("offered", "07:00:00")


def first(start: str, pattern: str, *, zone: str = "Europe/Berlin", call: str = "c1") -> TelephonyEvent:
    line = f"{call};1;2;{start};;;;TIMEOUT;;9001"
    return decode(line, zone=zone, time_format=pattern).events[0]


def test_the_hour_that_comes_twice():
    in_second = f"{1792890900}.7"  # 02:15 winter time
    assert told(first("2026-10-25 02:15:00", "", call=in_second))[1] == "01:15:00"
    assert told(first("2026-10-25 02:15:00", ""))[1] == "00:15:00", "without an instant in its id: summer time"
    over = decode(f"{1792887300}.7;1;2;2026-10-25 02:15:00;2026-10-25 02:16:00;2026-10-25 02:05:00;;OK;SIP/k;9001")
    assert [told(event)[1] for event in over.events] == ["00:15:00", "00:16:00", "01:05:00"]


def test_without_a_map_nothing_can_be_read():
    decoded = cdr.decode([RawRow(7, ROW.encode())], Reading(1, settings={}))
    assert [(bad.position, bad.reason) for bad in decoded.unreadable] == [(7, "no_map")]


# Maps


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"delimeter": ";"}, "delimeter"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"delimiter": 1}, "delimiter"),
        ({"quote": ";"}, "quote"),
        ({"encoding": "utf-16"}, "encoding"),
        ({"encoding": "klingon"}, "encoding"),
        ({"timezone": "Europe/Hannover"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"answered_by": "nobody"}, "answered_by"),
        ({"answered_by": True}, "answered_by"),
        ({"columns": ["a", "a"]}, "columns"),
        ({"fields": {"start": "begin"}}, "fields.call"),
        ({"fields": {"call": "id"}}, "fields.start"),
        ({"fields": {"call": "uid", "start": "begin"}}, "fields.call"),
        ({"fields": {"call": 11, "start": "begin"}}, "fields.call"),
        ({"fields": {"call": True, "start": "begin"}}, "fields.call"),
        ({"fields": {"call": "id", "start": "begin", "colour": "id"}}, "fields.colour"),
        ({"fields": {"call": {"pattern": "x"}, "start": "begin"}}, "fields.call"),
        ({"fields": {"call": {"column": "id", "pattern": "("}, "start": "begin"}}, "fields.call.pattern"),
        ({"fields": {"call": {"column": "id", "values": {"a": 1}}, "start": "begin"}}, "fields.call.values"),
        ({"outcome": []}, "outcome"),
        ({"outcome": [{"is": "gone"}]}, "outcome[0].is"),
        ({"outcome": [{"when": {}}]}, "outcome[0]"),
        ({"outcome": [{"is": "answered", "when": {"state": 1}}]}, "outcome[0].when.state"),
        ({"outcome": [{"is": "answered", "when": {"nosuch": "x"}}]}, "outcome[0].when.nosuch"),
        ({"only": {"nosuch": "x"}}, "only.nosuch"),
    ],
)
def test_a_mistake_in_a_map_is_named(change: dict[str, Any], key: str):
    with pytest.raises(BadInput) as caught:
        prepare(settings(**change))
    assert caught.value.details["key"] == key
    assert key in caught.value.message


def test_a_map_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "map.toml"
    for content in (b"= x", b"\xff"):
        path.write_bytes(content)
        with pytest.raises(BadInput) as caught:
            read_map(path)
        assert caught.value.details["key"] == "map.toml"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    column_map, file = tmp_path / "map.toml", tmp_path / "calls.csv"
    column_map.write_text(MAP, encoding="utf-8")
    file.write_text(ROW + "\n", encoding="utf-8")
    return column_map, file


def test_a_source_keeps_the_map_it_began_with(database, files):
    column_map, file = files
    for _ in range(2):
        with transaction() as session:
            open_cdr_source(session, "cdr", column_map, file)
    column_map.write_text(MAP.replace('"9*"', '"8*"').replace("talk_s", "wait_s"), encoding="utf-8")
    with transaction() as session, pytest.raises(Conflict) as caught:
        open_cdr_source(session, "cdr", column_map, file)
    assert caught.value.details["different"] == "only, fields"
    with transaction() as session:
        source = session.scalars(select(Source)).one()
        assert source.settings == {"cdr": settings()}
        assert (source.kind, source.timezone) == ("cdr", "Europe/Berlin")


def test_a_map_that_was_kept_before_a_key_existed_is_the_same_map(database, files):
    column_map, file = files
    with transaction() as session:
        source = open_cdr_source(session, "cdr", column_map, file)
        source.settings = {"cdr": {key: value for key, value in settings().items() if key != "answered_by"}}
    with transaction() as session:
        source = open_cdr_source(session, "cdr", column_map, file)
        assert cdr.decode([RawRow(0, ROW.encode())], Reading(1, settings=source.settings)) == decode(ROW, at=0)
    column_map.write_text(f'answered_by = "agent"\n{MAP}', encoding="utf-8")
    with transaction() as session, pytest.raises(Conflict) as caught:
        open_cdr_source(session, "cdr", column_map, file)
    assert caught.value.details["different"] == "answered_by"


def test_columns_are_taken_from_the_header_line_and_must_stay_the_same(database, files):
    column_map, file = files
    text = "\n".join(MAP.splitlines()[2:])
    column_map.write_text("header = true\n" + text, encoding="utf-8")
    header = '\ufeff"id";from;to;begin;picked;end;talk;state;who;line\r\n'
    file.write_text(header + ROW + "\n", encoding="utf-8")
    with transaction() as session:
        source = open_cdr_source(session, "cdr", column_map, file)
        rows = [RawRow(0, header.strip().encode()), RawRow(60, ROW.encode())]
        decoded = cdr.decode(rows, Reading(1, settings=source.settings))
    assert len(decoded.events) == 3
    assert decoded.unreadable == []
    file.write_text(header.replace("from;to", "to;from") + ROW + "\n", encoding="utf-8")
    with transaction() as session, pytest.raises(Conflict) as caught:
        open_cdr_source(session, "cdr", column_map, file)
    assert caught.value.details["different"] == "columns"
    file.write_text(header.replace(";begin", ""), encoding="utf-8")
    with transaction() as session, pytest.raises(BadInput) as bad:
        open_cdr_source(session, "other", column_map, file)
    assert bad.value.details == {"key": "fields.start", "column": "begin"}
    file.write_text("", encoding="utf-8")
    with transaction() as session, pytest.raises(BadInput):
        open_cdr_source(session, "other", column_map, file)


# The capture


def rows_of(path: Path) -> list[RawRow]:
    return [RawRow(number, line) for number, line in enumerate(path.read_bytes().split(b"\n"))]


def capture(example: str, file: str) -> Decoded:
    column_map = read_map(EXAMPLES / example)
    return cdr.decode(rows_of(DATA / file), Reading(3, column_map["timezone"], settings={"cdr": column_map}))


def calls_of(*decoded: Decoded) -> list[Call]:
    streams = {1: StreamRank(1, 1, 1, b"0"), 2: StreamRank(1, 1, 2, b"1"), 3: StreamRank(4, 2, 0, b"c")}
    by_call = defaultdict(list)
    for event in (event for one in decoded for event in one.events if event.call):
        by_call[event.call].append(event)
    newest = max(event.at for events in by_call.values() for event in events)
    return [call for callid, events in by_call.items() for call in fold_calls(callid, events, streams, {}, newest)]


def test_both_kinds_of_asterisk_cdr_tell_the_same():
    plain = capture("asterisk-cdr-csv.toml", "cdr_Master.csv")
    custom = capture("asterisk-cdr-custom.toml", "cdr_custom.csv")
    assert plain == custom
    assert plain.unreadable == []


def test_alone_a_cdr_tells_about_as_much_as_a_cdr_can():
    """The log has 305 stays: 217 answered, 77 abandoned, 11 left otherwise; 19,966 s of talk."""
    calls = calls_of(capture("asterisk-cdr-csv.toml", "cdr_Master.csv"))
    stays = [stay for call in calls for stay in call.stays]
    assert len(calls) == 285
    assert Counter(stay.outcome for stay in stays) == {"answered": 220, "abandoned": 84}
    assert sum(stay.talk_s or 0 for stay in stays) == 23_169, "with the wait where the dialplan answers first"
    assert all(call.dialled for call in calls)
    assert {stay.wait_s for stay in stays} == {None}, "the dialplan answered before anybody waited"


def test_beside_the_log_a_cdr_only_adds_facts():
    logs = [
        queue_log.decode(rows_of(LOGS / name), Reading(number))
        for number, name in ((1, "queue_log.0"), (2, "queue_log"))
    ]
    alone, beside = calls_of(*logs), calls_of(*logs, capture("asterisk-cdr-csv.toml", "cdr_Master.csv"))
    assert [(call.callid, call.stays) for call in beside] == [(call.callid, call.stays) for call in alone]
    without_numbers = [Decoded([event._replace(dialled="") for event in log.events], []) for log in logs]
    joined = calls_of(*without_numbers, capture("asterisk-cdr-csv.toml", "cdr_Master.csv"))
    known = {call.callid: call.dialled for call in alone}
    assert sum(call.dialled == known[call.callid] for call in joined) == 285
