"""Raw events of every kind of source, masked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.reporting.rules.masking import HIDDEN, LONGEST, Masking, masked_line, masked_lines
from wfm.telephony.service.column_maps import read_map

CODES = {"0511", "05136"}
CDR = {"cdr": read_map(Path(__file__).parents[2] / "docs" / "examples" / "asterisk-cdr-csv.toml")}
HEAD = "1780988863|1780988861.19|burgdorf"


def shown(kind: str, line: str | bytes, settings: dict | None = None) -> str:
    masking = Masking(CODES, lambda name: f"Agent {len(name)}")
    payload = line.encode() if isinstance(line, str) else line
    return masked_lines([(kind, payload, settings or {})], masking)[0]


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("NONE|ENTERQUEUE||+4951136000017|1|", "NONE|ENTERQUEUE||0511 ***|1|"),
        ("NONE|ENTERQUEUE||05136000017|1|Erika Mustermann", "NONE|ENTERQUEUE||05136 ***|1|***"),
        ("NONE|ENTERQUEUE||017612345678|12|", "NONE|ENTERQUEUE||Mobil ***|12|"),
        ("NONE|ENTERQUEUE||anonymous|1|", "NONE|ENTERQUEUE||unterdrückt|1|"),
        ("NONE|ENTERQUEUE|||1|", "NONE|ENTERQUEUE|||1|"),
        ("NONE|ENTERQUEUE|99059001104000|0511000447|1|", "NONE|ENTERQUEUE|99059001104000|0511 ***|1|"),
        ("NONE|ENTERQUEUE|von 0511000447|0511000447|1|", "NONE|ENTERQUEUE|von 0511 ***|0511 ***|1|"),
        ("NONE|ENTERQUEUE|only", "NONE|ENTERQUEUE|only"),
        ("NONE|DID|495136000010", "NONE|DID|495136000010"),
        ("SIP/1234|CONNECT|8|1780988862.20|4", "Agent 8|CONNECT|8|1780988862.20|4"),
        ("Local/ag11@agents/n|RINGNOANSWER|15000", "Agent 19|RINGNOANSWER|15000"),
        ("Kern|BLINDTRANSFER|01761234567|ext|8|60|1", "Agent 4|BLINDTRANSFER|Mobil ***|ext|8|60|1"),
        ("Kern|ATTENDEDTRANSFER|LINK|SIP/anna-00001|8|60|1", "Agent 4|ATTENDEDTRANSFER|LINK|***|8|60|1"),
        ("1013|AGENTLOGIN|Local/phone1013@phones-00000023;1", "Agent 4|AGENTLOGIN|***"),
        ("Kern|PAUSE|Rückruf 0511 - 123 45 67|Kern", "Agent 4|PAUSE|Rückruf 0511 ***|Agent 4"),
        ("NONE|WHATEVER|0511000447", "NONE|WHATEVER|0511 ***"),
    ],
)
def test_queue_log(line: str, masked: str):
    assert shown("queue_log", f"{HEAD}|{line}") == f"{HEAD}|{masked}"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (b"1780988863|1780988861.19|burgdorf|Kern", "1780988863|1780988861.19|burgdorf|Agent 4"),
        (b"17809888|0511000447 |\xff\xfe", "***|0511 *** |\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        (b"0511000447", "0511 ***"),
        (b"0511000447|x", "0511 ***|x"),
        (b"call from +49 (0)511 000447 or 05136/99887", "call from 0511 *** or 05136 ***"),
        (b"", ""),
    ],
)
def test_what_cannot_be_read_shows_no_number(line: bytes, masked: str):
    assert shown("queue_log", line) == masked


def test_realtime_table():
    row = ["7", "2026-06-09 09:07:43.123456", "1780988861.19", "burgdorf", "Kern", "ENTERQUEUE", "", "0511000447", "1"]
    assert json.loads(shown("queue_log_table", json.dumps([*row, "Erika M", ""]))) == [
        *("7", "2026-06-09 09:07:43.123456", "1780988861.19", "burgdorf", "Agent 4", "ENTERQUEUE"),
        *("", "0511 ***", "1", HIDDEN, ""),
    ]
    one_column = [*row[:6], "|0511000447|1|Erika M"]
    assert json.loads(shown("queue_log_table", json.dumps(one_column)))[6:] == ["", "0511 ***", "1", HIDDEN]
    assert "000447" not in shown("queue_log_table", json.dumps(row[:4]) + "0511000447")


def test_cloudevents():
    event = {
        "specversion": "1.0",
        "id": "a-0511000447-1",
        "source": "pbx",
        "type": "call.answered",
        "time": "2026-06-09T09:07:43+02:00",
        "subject": "Erika",
        "phone": 511000447,
        "data": {"call": "c1", "queue": "q", "caller": "0511000447", "agent": "Kern", "wait_s": 8, "who": "Erika"},
    }
    assert json.loads(shown("events", json.dumps(event))) == {
        "specversion": "1.0",
        "id": "a-***-1",
        "source": "pbx",
        "type": "call.answered",
        "time": "2026-06-09T09:07:43+02:00",
        "subject": HIDDEN,
        "phone": HIDDEN,
        "data": {
            "call": "c1",
            "queue": "q",
            "caller": "0511 ***",
            "agent": "Agent 4",
            "wait_s": 8,
            "who": HIDDEN,
        },
    }


def test_call_detail_records():
    line = (
        '"hannover","+49511000447","q","inbound","""Erika"" <+49511000447>","Local/c1@callers-0;1",'
        '"Local/ag01@agents-00000001;1","Queue","burgdorf,tT,,,300,,x","2026-06-09 09:05:12","2026-06-09 09:05:12",'
        '"2026-06-09 09:06:49",96,96,"ANSWERED","DOCUMENTATION","1780988711.5","495110000168","","1780988711.5",0'
    )
    assert shown("cdr", line, CDR) == (
        '***,0511 ***,***,***,***,***,Agent 4,Queue,"burgdorf,tT,,,300,,x",2026-06-09 09:05:12,2026-06-09 09:05:12,'
        "2026-06-09 09:06:49,***,96,ANSWERED,***,1780988711.5,495110000168,,***,***"
    )
    assert "000447" not in shown("cdr", line)
    assert "000447" not in shown("cdr", line[:60], CDR)


def test_the_capture_as_call_detail_records():
    for line in (Path(__file__).parents[1] / "data" / "asterisk" / "cdr_Master.csv").read_bytes().splitlines():
        masked = shown("cdr", line, CDR)
        assert "Local/" not in masked
        caller = line.split(b",")[1].strip(b'"').decode()
        assert not caller[-5:].isdecimal() or caller[-5:] not in masked.replace("1780", "")


def test_a_caller_or_agent_named_in_another_line_is_hidden_there_too():
    masking = Masking(CODES, lambda name: "Agent X")
    lines = [f"{HEAD}|NONE|ENTERQUEUE||0511000447|1|", f"{HEAD}|Kern|PAUSE|wegen 511000447", f"{HEAD}|NONE|X|von Kern"]
    assert masked_lines([("queue_log", line.encode(), {}) for line in lines], masking)[1:] == [
        f"{HEAD}|Agent X|PAUSE|wegen 0511 ***",
        f"{HEAD}|NONE|X|von Agent X",
    ]


def test_endless_lines_are_cut():
    assert len(shown("queue_log", f"{HEAD}|NONE|X|" + "x" * 10_000)) == LONGEST + 1


@given(st.sampled_from(["queue_log", "queue_log_table", "events", "cdr", "new"]), st.binary(max_size=80))
def test_no_bytes_make_it_fail(kind: str, payload: bytes):
    masked_line(kind, payload, CDR, Masking(CODES, lambda name: "Agent X"))


@given(st.text(st.sampled_from('|,;" {}[]:0123456789+'), max_size=60))
def test_no_subscriber_gets_through_what_cannot_be_read(noise: str):
    assert "9988776" not in shown("queue_log", f"{noise}x0511 9988776x{noise}")
