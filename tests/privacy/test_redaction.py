# ruff: noqa: E501 - tables of lines
"""Redacted lines of every kind: they read as before, but for the persons; and nobody is left in them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.directory.rules.numbers import mask
from wfm.privacy.rules.free_text import without_numbers
from wfm.privacy.rules.persons import NOBODY, Key, Renaming, Replacement
from wfm.privacy.rules.redaction import Step, redact_rows, without_states
from wfm.reporting.rules.masking import Masking, masked_line
from wfm.telephony.adapters import decoder
from wfm.telephony.adapters.queue_log import MAKERS
from wfm.telephony.rules.column_map import complete
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent
from wfm.telephony.rules.redacted import FORMER_AGENT, caller_area, is_pseudonym, read_mark
from wfm.telephony.service.column_maps import read_map

CODES = {"0511", "05136"}
CDR: dict[str, Any] = {"cdr": read_map(Path(__file__).parents[2] / "docs" / "examples" / "asterisk-cdr-csv.toml")}
KEY = Key(7, date(2026, 6, 1), date(2026, 7, 1), b"k" * 32)
HEAD = "1780988863|1780988861.19|burgdorf"
CALLER = "05136898200"


def who(step: Step, key: Key | None = KEY) -> Replacement:
    return Replacement(CODES, key, 1, 5, b"secret of the tests", keep_hash=step is Step.NUMBER)


def redacted(kind: str, line: str | bytes, step: Step = Step.NUMBER, settings: dict[str, Any] | None = None) -> bytes:
    payload = line.encode() if isinstance(line, str) else line
    reading = Reading(1, settings=settings)
    found = redact_rows(kind, decoder(kind), [RawRow(3, payload)], reading, step, lambda *_: who(step))
    assert not found.failed
    return found.payloads.get(3, payload)


def told(kind: str, payload: bytes, settings: dict[str, Any] | None = None) -> list[TelephonyEvent]:
    return decoder(kind)([RawRow(3, payload)], Reading(1, settings=settings)).events


def check(kind: str, payload: bytes, settings: dict[str, Any] | None = None) -> tuple[bytes, bytes]:
    """The line at both steps, after looking at what must hold of every line."""
    before = told(kind, payload, settings)
    lines = []
    for step in (Step.NUMBER, Step.LINE):
        line = redacted(kind, payload, step, settings)
        assert redacted(kind, line, step, settings) == line, "redacting twice changes nothing"
        after = told(kind, line, settings)
        same = [event._replace(caller="", agent="") for event in before]
        assert [event._replace(caller="", agent="") for event in after] == same
        for old, new in zip(before, after, strict=True):
            assert caller_area(new.caller, CODES) == caller_area(old.caller, CODES)
            assert mask_of(new.caller) == mask_of(old.caller)
            mark = read_mark(new.caller)
            assert bool(mark and mark.hash) <= (step is Step.NUMBER)
            if step is Step.NUMBER or not old.call:
                assert new.agent == old.agent
            else:
                assert is_pseudonym(new.agent) == (old.agent not in NOBODY)
        lines.append(line)
    # A line may skip the first step: the second gives the same, but for nothing.
    assert redacted(kind, lines[0], Step.LINE, settings) == lines[1]
    return lines[0], lines[1]


def mask_of(caller: str) -> str:
    return Masking(CODES, str).caller(caller)


@pytest.mark.parametrize(
    ("line", "number_gone", "person_gone"),
    [
        (f"NONE|ENTERQUEUE||{CALLER}|1|", "NONE|ENTERQUEUE||HASH05136|1|", "NONE|ENTERQUEUE||MARK05136|1|"),
        (f"NONE|ENTERQUEUE||{CALLER}|1|Erika M.", "NONE|ENTERQUEUE||HASH05136|1|", "NONE|ENTERQUEUE||MARK05136|1|"),
        ("NONE|ENTERQUEUE||01761234567|1", "NONE|ENTERQUEUE||HASH017|1", "NONE|ENTERQUEUE||MARK017|1"),
        ("NONE|ENTERQUEUE||+41441234567|1", "NONE|ENTERQUEUE||HASH+41|1", "NONE|ENTERQUEUE||MARK+41|1"),
        ("NONE|ENTERQUEUE||1234|1", "NONE|ENTERQUEUE||HASH|1", "NONE|ENTERQUEUE||MARK|1"),
        ("NONE|ENTERQUEUE||anonymous|1", "NONE|ENTERQUEUE||anonymous|1", "NONE|ENTERQUEUE||anonymous|1"),
        ("NONE|ENTERQUEUE|||1", "NONE|ENTERQUEUE|||1", "NONE|ENTERQUEUE|||1"),
        ("NONE|ENTERQUEUE||Erika Muster|1", "NONE|ENTERQUEUE||anonymous|1", "NONE|ENTERQUEUE||anonymous|1"),
        (f"NONE|ENTERQUEUE|495136898200|{CALLER}|1", "NONE|ENTERQUEUE|495136898200|HASH05136|1", None),
        ("NONE|DID|495136898200", "NONE|DID|495136898200", "NONE|DID|495136898200"),
        ("0511123456|CONNECT|8|1780988862.20|4", "0511123456|CONNECT|8|1780988862.20|4", "WHO|CONNECT|8|1780988862.20|4"),
        ("Kern|COMPLETEAGENT|8|120|1", "Kern|COMPLETEAGENT|8|120|1", "WHO|COMPLETEAGENT|8|120|1"),
        ("Kern|BLINDTRANSFER|01761234567|ext|8|60|1", "Kern|BLINDTRANSFER|***|ext|8|60|1", "WHO|BLINDTRANSFER|||8|60|1"),
        ("Kern|ATTENDEDTRANSFER|LINK|SIP/anna-01|8|60|1", "Kern|ATTENDEDTRANSFER|LINK|SIP/anna-01|8|60|1", "WHO|ATTENDEDTRANSFER|||8|60|1"),
        ("Kern|PAUSE|Team|Besprechung 0511123456", "Kern|PAUSE|Team|Besprechung 0511123456", "Kern|PAUSE|Team|Besprechung 0511123456"),
        ("Kern|WHATEVER|0511123456|Erika", "Kern|WHATEVER|***|Erika", None),
        ("NONE|CONFIGRELOAD|", "NONE|CONFIGRELOAD|", "NONE|CONFIGRELOAD|"),
    ],
)  # fmt: skip
def test_queue_log(line: str, number_gone: str, person_gone: str | None):
    first, second = check("queue_log", f"{HEAD}|{line}".encode())
    assert shorthand(first) == f"{HEAD}|{number_gone}"
    if person_gone is not None:
        assert shorthand(second) == f"{HEAD}|{person_gone}"


def shorthand(line: bytes) -> str:
    """Marks and pseudonyms as words."""

    def word(match: re.Match[str]) -> str:
        mark = read_mark(match[0])
        assert mark
        return ("HASH" if mark.hash else "MARK") + mark.origin

    return re.sub(r"pseudonym_[0-9a-f]{12}", "WHO", re.sub(r"990099\d{27,}", word, line.decode()))


def test_the_line_that_goes_on_in_half_a_one():
    torn = f"1780988863|1780988861.19|burgdorf|NONE|ENTERQUEUE||{CALLER}1780988870|1780988869.20|garbsen|NONE|ENTERQUEUE||0511123456|1"
    assert [event.queue for event in told("queue_log", torn.encode())] == ["garbsen"]
    first, second = check("queue_log", torn.encode())
    for line in (first, second):
        assert CALLER.encode() not in line
        assert b"0511123456" not in line


def test_lines_that_nobody_can_read_lose_what_looks_like_a_number():
    assert redacted("queue_log", "1780988863|1780988861.19|burgdorf") == b"1780988863|1780988861.19|burgdorf"
    assert redacted("queue_log", b"\xff 05136 / 89 82-00 \xfe") == b"\xff *** \xfe"
    assert redacted("events", '{"caller":"+49 (0)5136 898200"') == b'{"caller":"***"'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("1780988863|x", "1780988863|x"),
        ("x|1780988863", "x|***"),
        ("1780988861.19 at 2026-06-09T08:15:00.123+02:00", "1780988861.19 at 2026-06-09T08:15:00.123+02:00"),
        ("0511 168-0, 49 511/168 0", "***, ***"),
        ("12345", "12345"),
    ],
)
def test_free_text(text: str, left: str):
    assert without_numbers(text) == left


def row(*columns: str) -> bytes:
    return json.dumps(["12", "2026-10-25 02:15:00.5", "1793056500.3", "burgdorf", *columns]).encode()


@pytest.mark.parametrize(
    "columns",
    [
        ("NONE", "ENTERQUEUE", "", CALLER, "1", "", ""),
        ("NONE", "ENTERQUEUE", f"|{CALLER}|1|Erika"),
        ("Kern", "COMPLETECALLER", "3", "70", "1", "", ""),
        ("Kern", "PAUSE", "Team", "Besprechung", "", "", ""),
        ("Kern", "PAUSE", "Team|Besprechung|0511123456", "", ""),
        ("0511123456", "BLINDTRANSFER", "05136898200", "ext", "3", "70", "1"),
        ("Kern", "CONNECT", "3", "1793056505.4", "2"),
    ],
)
def test_rows_of_the_table_in_the_double_hour(columns: tuple[str, ...]):
    payload = row(*columns)
    first, second = check("queue_log_table", payload)
    for line in (first, second):
        assert CALLER not in line.decode()
        assert told("queue_log_table", line)[0].at == told("queue_log_table", payload)[0].at


def event(kind: str, extra: dict[str, Any] | None = None, **data: Any) -> bytes:
    envelope = {"specversion": "1.0", "id": "1", "source": "acd", "type": kind, "time": "2026-06-09T08:15:00+02:00"}
    return json.dumps({**envelope, "data": data, **(extra or {})}).encode()


def test_events():
    offered = event("call.offered", {"subject": "Erika", "callername": "Erika"}, call="a", queue="q", caller=CALLER)
    first, second = check("events", offered)
    for line in (first, second):
        assert set(json.loads(line)) == {"specversion", "id", "source", "type", "time", "data"}
        assert CALLER not in line.decode()
    first, second = check("events", event("call.answered", call="a", queue="q", agent="05136", wait_s=3))
    assert json.loads(first)["data"]["agent"] == "05136"
    check("events", event("agent.paused", agent="Kern", reason="Arzt"))
    check("events", event("agent.wrapup_started", call="a", agent="Kern"))
    # what an operator declared to be noise is kept without what it said
    noise = json.loads(
        redact_rows(
            "events", decoder("events"), [RawRow(1, event("call.noise", caller=CALLER))], Reading(1, ignored=frozenset({"call.noise"})),
            Step.NUMBER, lambda *_: who(Step.NUMBER),
        ).payloads[1]
    )  # fmt: skip
    assert noise["data"] == {}


def record(**columns: str) -> bytes:
    names = CDR["cdr"]["columns"]
    values = dict.fromkeys(names, "") | {
        "src": CALLER, "clid": f'""Erika"" <{CALLER}>', "channel": f"SIP/{CALLER}-0001", "lastapp": "Queue",
        "lastdata": "burgdorf,tT", "start": "2026-06-09 08:15:00", "answer": "2026-06-09 08:15:10", "end": "2026-06-09 08:17:00",
        "billsec": "110", "disposition": "ANSWERED", "uniqueid": "1780988861.19", "userfield": "495136898200",
        "dstchannel": "Local/ag01@agents-00000001;1", **columns,
    }  # fmt: skip
    return ",".join(f'"{values[name]}"' for name in names).encode()


@pytest.mark.parametrize(
    "columns",
    [{}, {"dstchannel": ""}, {"src": "anonymous"}, {"lastapp": "AppQueue"}, {"dstchannel": "Local/05136898200@a-1;2"}],
)
def test_call_records(columns: dict[str, str]):
    payload = record(**columns)
    first, second = check("cdr", payload, CDR)
    for line in (first, second):
        assert CALLER not in line.decode() or columns.get("dstchannel", "").startswith("Local/0")
        assert b"Erika" not in line
    assert CALLER not in second.decode()
    assert b"ag01" not in second


@pytest.mark.parametrize(
    "caller",
    [
        {"column": "clid", "pattern": "<([^>]*)>"},
        {"column": "clid", "pattern": r"(\d+)"},
        {"column": "clid", "pattern": r"^\D*(\+?\d{4,15})\D*$"},
        "src",
    ],
)
@pytest.mark.parametrize(("delimiter", "quote"), [(",", '"'), (";", "")])
def test_call_records_of_other_makers(caller: Any, delimiter: str, quote: str):
    settings = {
        "cdr": complete(
            {
                "columns": ["id", "clid", "src", "at", "queue", "agent", "kind"],
                "delimiter": delimiter,
                "quote": quote,
                "encoding": "cp1252",
                "fields": {"call": "id", "start": "at", "queue": "queue", "agent": "agent", "caller": caller},
                "outcome": [{"is": "answered", "when": {"kind": "0511*"}}, {"is": "abandoned"}],
            }
        )
    }
    values = ["7", f"Jürgen M. <{CALLER}>", CALLER, "2026-06-09 08:15:00", "burgdorf", "Jürgen", "0511123456"]
    payload = delimiter.join(values).encode("cp1252")
    assert told("cdr", payload, settings)
    first, second = check("cdr", payload, settings) if caller != CALLER_OF_A_SHAPE else both(payload, settings)
    for line in (first, second):
        assert CALLER not in line.decode("cp1252")
        assert "0511123456" not in line.decode("cp1252")
        assert "Jürgen M." not in line.decode("cp1252")
    assert "Jürgen" not in second.decode("cp1252")


#: Takes no mark, which is longer: the number's shape stays, so the area code does, and there is no hash.
CALLER_OF_A_SHAPE = {"column": "clid", "pattern": r"^\D*(\+?\d{4,15})\D*$"}


def both(payload: bytes, settings: dict[str, Any]) -> tuple[bytes, bytes]:
    lines = redacted("cdr", payload, Step.NUMBER, settings), redacted("cdr", payload, Step.LINE, settings)
    for line in lines:
        assert caller_area(told("cdr", line, settings)[0].caller, CODES) == "05136"
    return lines


FIELD = st.one_of(
    st.sampled_from(["", "NONE", CALLER, "+495136898200", "0049511123456", "5136898200", "anonymous", "1", "8", "120", "Kern"]),
    st.text(st.characters(codec="utf-8", exclude_characters="|\n\r\0"), max_size=12),
)  # fmt: skip


@given(word=st.sampled_from([*MAKERS, "INFO"]), fields=st.lists(FIELD, max_size=7), agent=FIELD)
def test_any_line_of_a_queue_log(word: str, fields: list[str], agent: str):
    check("queue_log", "|".join([*HEAD.split("|"), agent, word, *fields]).encode())


@given(word=st.sampled_from([*MAKERS, "INFO"]), fields=st.lists(FIELD, max_size=7), agent=FIELD)
def test_any_row_of_the_table(word: str, fields: list[str], agent: str):
    check("queue_log_table", row(agent, word, *fields))


@given(src=FIELD, dst=FIELD, clid=FIELD)
def test_any_call_record(src: str, dst: str, clid: str):
    quoted = {name: value.replace('"', '""') for name, value in {"src": src, "dstchannel": dst, "clid": clid}.items()}
    before = told("cdr", record(**quoted), CDR)
    line = redacted("cdr", record(**quoted), Step.LINE, CDR)
    after = told("cdr", line, CDR)
    assert [e._replace(caller="", agent="") for e in after] == [e._replace(caller="", agent="") for e in before]


@given(payload=st.binary(max_size=60), kind=st.sampled_from(["queue_log", "queue_log_table", "events", "cdr"]))
def test_any_bytes(payload: bytes, kind: str):
    settings = CDR if kind == "cdr" else None
    assert told(kind, redacted(kind, payload, Step.LINE, settings), settings) == told(kind, payload, settings)


def test_states_tell_nothing_any_more():
    for kind, payload in (
        ("queue_log", f"{HEAD}|Kern|PAUSE|Arzt|Besuch".encode()),
        ("queue_log", f"{HEAD}|Kern|PENALTY|3".encode()),
        ("queue_log_table", row("Kern", "AGENTLOGIN", "SIP/kern-1")),
        ("events", event("agent.paused", agent="Kern", queue="q", reason="Arzt")),
    ):
        line = without_states(kind, payload)
        for word in (b"Kern", b"Arzt", b"Besuch", b"kern"):
            assert word not in line
        assert without_states(kind, line) == line
        assert {event.agent for event in told(kind, line)} <= {FORMER_AGENT}
        assert not decoder(kind)([RawRow(1, line)], Reading(1)).unreadable
    for kind, payload in (("queue_log", f"{HEAD}|Kern|CONNECT|1|2.3|1".encode()), ("cdr", b"x"), ("events", b"{")):
        assert without_states(kind, payload) == payload


def test_marks_are_shown_like_the_numbers_they_came_from():
    for number in (CALLER, "+495136898200", "01761234567", "0041441234567", "1234", "0511-123 45 67"):
        line = f"{HEAD}|NONE|ENTERQUEUE||{number}|1"
        shown = masked_line("queue_log", redacted("queue_log", line), {}, Masking(CODES, str))
        assert shown == f"{HEAD}|NONE|ENTERQUEUE||{mask(number, CODES)}|1"


def test_renaming_leaves_callers_alone():
    renaming = Renaming({"Kern": "pseudonym_1"})
    rows = [
        RawRow(0, f"{HEAD}|Kern|PAUSE|Kernzeit".encode()),
        RawRow(9, f"{HEAD}|Kernmann|CONNECT|1|2.3|1".encode()),
        RawRow(20, f"{HEAD}|Kern|CONNECT|1|2.3|1".encode()),
    ]
    found = redact_rows("queue_log", decoder("queue_log"), rows, Reading(1), Step.LINE, lambda *_: renaming)
    assert found.payloads == {
        0: f"{HEAD}|pseudonym_1|PAUSE|Kernzeit".encode(),
        20: f"{HEAD}|pseudonym_1|CONNECT|1|2.3|1".encode(),
    }
