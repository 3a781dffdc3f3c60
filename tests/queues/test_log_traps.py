"""Traps in the lines of Asterisk's queue_log itself: what a field means, and which events are none.

Times of day stand for seconds since 1970. Right-hand columns as in `notation.py`.
"""

from __future__ import annotations

import pytest

from tests.queues.notation import log, logged, tidy
from wfm.telephony.adapters.queue_log import decode
from wfm.telephony.rules.events import RawRow, Reading

COMING = "09:00:00|c1|Ausweise|NONE|ENTERQUEUE||05136123|1"

STAYS = {
    "a key: the wait is the fourth field, the key the first": (
        "09:00:25|c1|Ausweise|NONE|EXITWITHKEY|9|2|3|25",
        "Ausweise key 09:00:00 - 09:00:25 25 - - caller",
    ),
    "a time-out: the wait is the third field": (
        "09:05:00|c1|Ausweise|NONE|EXITWITHTIMEOUT|1|2|300",
        "Ausweise timeout 09:00:00 - 09:05:00 300 - - system",
    ),
    "an empty queue: the wait is the third field": (
        "09:00:07|c1|Ausweise|NONE|EXITEMPTY|1|2|7",
        "Ausweise empty 09:00:00 - 09:00:07 7 - - system",
    ),
    "withdrawn: the wait is the third field, words follow": (
        "09:01:00|c1|Ausweise|NONE|WITHDRAW|1|1|60|Rückruf|gewünscht",
        "Ausweise withdrawn 09:00:00 - 09:01:00 60 - - system",
    ),
    "abandoned while a telephone rang: milliseconds are no wait": (
        """
        09:00:12|c1|Ausweise|Kern|RINGCANCELED|11000
        09:00:12|c1|Ausweise|NONE|ABANDON|1|1|12
        """,
        "Ausweise abandoned 09:00:00 - 09:00:12 12 - - caller rang=1",
    ),
    "busy and declined ring in vain, too": (
        """
        09:00:02|c1|Ausweise|Kern|RINGNOANSWER|1000
        09:00:05|c1|Ausweise|Lang|RINGNOANSWER|2000
        09:00:09|c1|Ausweise|Kern|CONNECT|9|c1.2|3
        09:01:09|c1|Ausweise|Kern|COMPLETEAGENT|9|60|1
        """,
        "Ausweise answered 09:00:00 09:00:09 09:01:09 9 60 Kern agent rang=2",
    ),
    "the caller ended it": (
        """
        09:00:09|c1|Ausweise|Kern|CONNECT|9|c1.2|3
        09:01:09|c1|Ausweise|Kern|COMPLETECALLER|10|60|1
        """,
        "Ausweise answered 09:00:00 09:00:09 09:01:09 9 60 Kern caller",
    ),
    "a blind transfer names the extension first": (
        """
        09:00:09|c1|Ausweise|Kern|CONNECT|9|c1.2|3
        09:01:09|c1|Ausweise|Kern|BLINDTRANSFER|9001|inbound|9|60|1
        """,
        "Ausweise answered 09:00:00 09:00:09 09:01:09 9 60 Kern blind",
    ),
    "an attended transfer to a bridge: hold and talk are third and second from the right": (
        """
        09:00:09|c1|Ausweise|Kern|CONNECT|9|c1.2|3
        09:01:09|c1|Ausweise|Kern|ATTENDEDTRANSFER|BRIDGE|5b1c-77|9|60|1
        """,
        "Ausweise answered 09:00:00 09:00:09 09:01:09 9 60 Kern attended",
    ),
    "an attended transfer between two channels has a field more": (
        """
        09:00:09|c1|Ausweise|Kern|CONNECT|9|c1.2|3
        09:01:09|c1|Ausweise|Kern|ATTENDEDTRANSFER|LINK|SIP/1-1|SIP/2-1|9|60|1
        """,
        "Ausweise answered 09:00:00 09:00:09 09:01:09 9 60 Kern attended",
    ),
    "the position is not the wait": (
        """
        09:00:09|c1|Ausweise|Kern|CONNECT|9|c1.2|3
        09:01:09|c1|Ausweise|Kern|COMPLETEAGENT|9|60|17
        """,
        "Ausweise answered 09:00:00 09:00:09 09:01:09 9 60 Kern agent",
    ),
    "AGENTDUMP ends a stay without an answer": (
        "09:00:30|c1|Ausweise|Kern|AGENTDUMP",
        "Ausweise withdrawn 09:00:00 - 09:00:30 30 - - age",
    ),
    "AGENTDUMP, but the caller waits on and is answered: one stay": (
        """
        09:00:30|c1|Ausweise|Kern|AGENTDUMP|
        09:00:40|c1|Ausweise|Lang|CONNECT|40|c1.2|3
        09:01:09|c1|Ausweise|Lang|COMPLETEAGENT|40|29|1
        """,
        "Ausweise answered 09:00:00 09:00:40 09:01:09 40 29 Lang agent",
    ),
    "AGENTDUMP, but the caller waits on and gives up: one stay": (
        """
        09:00:30|c1|Ausweise|Kern|AGENTDUMP|
        09:00:41|c1|Ausweise|NONE|ABANDON|1|1|40
        """,
        "Ausweise abandoned 09:00:00 - 09:00:41 40 - - caller",
    ),
    "AGENTDUMP again and again, while an announcement is played to agents: one stay": (
        """
        09:00:02|c1|Ausweise|Kern|AGENTDUMP|
        09:00:04|c1|Ausweise|Lang|AGENTDUMP|
        09:00:08|c1|Ausweise|Kern|AGENTDUMP|
        09:00:15|c1|Ausweise|NONE|ABANDON|1|1|15
        """,
        "Ausweise abandoned 09:00:00 - 09:00:15 15 - - caller",
    ),
    "AGENTDUMP, but the caller waits on, leaves by time and comes again: two stays": (
        """
        09:00:30|c1|Ausweise|Kern|AGENTDUMP|
        09:00:40|c1|Ausweise|NONE|EXITWITHTIMEOUT|1|1|40
        09:00:41|c1|Ausweise|NONE|ENTERQUEUE||05136123|1
        09:00:45|c1|Ausweise|NONE|ABANDON|1|1|4
        """,
        """
        Ausweise timeout 09:00:00 - 09:00:40 40 - - system
        Ausweise abandoned 09:00:41 - 09:00:45 4 - - caller
        """,
    ),
    "the caller hung up just before being connected: ABANDON comes twice": (
        """
        09:00:12|c1|Ausweise|Kern|ABANDON|1|1|12
        09:00:12|c1|Ausweise|NONE|ABANDON|1|1|12
        """,
        "Ausweise abandoned 09:00:00 - 09:00:12 12 - - caller",
    ),
    "SYSCOMPAT is followed by an ABANDON": (
        """
        09:00:12|c1|Ausweise|Kern|SYSCOMPAT|
        09:00:12|c1|Ausweise|NONE|ABANDON|1|1|12
        """,
        "Ausweise abandoned 09:00:00 - 09:00:12 12 - - caller",
    ),
    "a second stay whose beginning was lost is a stay of its own": (
        """
        09:00:12|c1|Ausweise|NONE|EXITWITHTIMEOUT|1|1|12
        09:00:40|c1|Ausweise|NONE|ABANDON|1|1|25
        """,
        """
        Ausweise timeout 09:00:00 - 09:00:12 12 - - system
        Ausweise abandoned 09:00:15 - 09:00:40 25 - - caller began-unseen
        """,
    ),
    "SYSCOMPAT ends a stay without an answer": (
        "09:00:30|c1|Ausweise|Kern|SYSCOMPAT",
        "Ausweise withdrawn 09:00:00 - 09:00:30 30 - - age",
    ),
    "what agents and the exchange do is no stay": (
        """
        09:00:01|MANAGER|Ausweise|Kern|ADDMEMBER|PAUSED
        09:00:01|NONE|NONE|Kern|PAUSEALL|Mittag
        09:00:01|NONE|Ausweise|Kern|PAUSE|Mittag
        09:00:02|NONE|NONE|Kern|UNPAUSEALL|
        09:00:02|NONE|Ausweise|Kern|UNPAUSE|
        09:00:02|NONE|Ausweise|Kern|PENALTY|2
        09:00:02|NONE|Ausweise|Kern|RINGINUSE|1
        09:00:03|NONE|NONE|NONE|CONFIGRELOAD|
        09:00:03|MANAGER|Ausweise|Kern|REMOVEMEMBER|
        09:00:07|c1|Ausweise|NONE|EXITEMPTY|1|1|7
        """,
        "Ausweise empty 09:00:00 - 09:00:07 7 - - system",
    ),
    "a clock set back while the caller waited: no wait below nought": (
        "09:00:01|c1|Ausweise|NONE|ABANDON|1|1|-2",
        "Ausweise abandoned 09:00:00 - 09:00:01 0 - - caller",
    ),
    "lines ended as in Windows": (
        "09:00:41|c1|Ausweise|NONE|ABANDON|1|1|41\r",
        "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller",
    ),
}


@pytest.mark.parametrize(("lines", "right"), STAYS.values(), ids=STAYS)
def test_lines_of_a_call(lines: str, right: str):
    assert logged(f"{COMING}\n{lines}") == tidy(right)


def told(line: str, **fields: object):
    """The one event of a line, as far as `fields` name it."""
    [event] = decode(log(line), Reading(1)).events
    return {name: getattr(event, name) for name in fields} | {"kind": event.kind}


AGENTS = [
    ("09:00:00|MANAGER|Ausweise|Kern|ADDMEMBER|", "agent.queue_joined", ""),
    ("09:00:00|MANAGER|Ausweise|Kern|ADDMEMBER|PAUSED", "agent.queue_joined", "PAUSED"),
    ("09:00:00|REALTIME|Ausweise|Kern|REMOVEMEMBER|", "agent.queue_left", ""),
    ("09:00:00|NONE|Ausweise|Kern|PAUSE|Mittag", "agent.paused", "Mittag"),
    ("09:00:00|NONE|Ausweise|Kern|PAUSE|Team|Besprechung", "agent.paused", "Team|Besprechung"),
    ("09:00:00|NONE|Ausweise|Kern|PAUSE|Auto-Pause", "agent.paused", "Auto-Pause"),
    ("09:00:00|NONE|Ausweise|Kern|PAUSE|", "agent.paused", ""),
    ("09:00:00|NONE|Ausweise|Kern|UNPAUSE|Auto-Unpause", "agent.unpaused", "Auto-Unpause"),
    ("09:00:00|c9|NONE|1013|AGENTLOGIN|SIP/13-1", "agent.queue_joined", ""),
    ("09:00:00|c9|NONE|1013|AGENTLOGOFF|SIP/13-1|13260", "agent.queue_left", ""),
]


@pytest.mark.parametrize(("line", "kind", "text"), AGENTS)
def test_lines_of_agents(line: str, kind: str, text: str):
    queue, agent = ("", "1013") if "1013" in line else ("Ausweise", "Kern")
    assert told(line, queue=0, agent=0, text=0, call=0) == {
        "kind": kind,
        "queue": queue,
        "agent": agent,
        "text": text,
        "call": "",
    }


@pytest.mark.parametrize("word", ["PAUSEALL", "UNPAUSEALL", "CONFIGRELOAD", "PENALTY", "RINGINUSE", "OUTCALL"])
def test_lines_that_tell_nothing_new(word: str):
    decoded = decode(log(f"09:00:00|NONE|NONE|Kern|{word}|x"), Reading(1))
    assert (decoded.events, decoded.unreadable) == ([], [])


@pytest.mark.parametrize(
    ("fields", "dialled", "service", "caller"),
    [
        ("|05136123|1", "", "", "05136123"),
        ("|05136123|1|Erika Mustermann", "", "", "05136123"),
        ("|+495136123|1", "", "", "+495136123"),
        ("||1", "", "", ""),
        ("|Anonymous|1", "", "", "Anonymous"),
        ("495110300|05136123|1", "495110300", "", "05136123"),
        ("+495110300|05136123|1", "+495110300", "", "05136123"),
        ("standesamt.eheschliessung|05136123|1", "", "standesamt.eheschliessung", "05136123"),
        ("99115005104000|05136123|1", "", "99115005104000", "05136123"),  # a LeiKa key, no number dialled
    ],
)
def test_what_the_first_line_of_a_stay_tells(fields: str, dialled: str, service: str, caller: str):
    line = f"09:00:00|c1|Ausweise|NONE|ENTERQUEUE|{fields}"
    assert told(line, dialled=0, service=0, caller=0) == {
        "kind": "call.offered",
        "dialled": dialled,
        "service": service,
        "caller": caller,
    }


@pytest.mark.parametrize(("queue", "named"), [("Ausweise", "Ausweise"), ("NONE", "")])
def test_the_number_dialled_with_or_without_a_queue(queue: str, named: str):
    told_of = told(f"09:00:00|c1|{queue}|NONE|DID|0511300", queue=0, dialled=0, call=0)
    assert told_of == {"kind": "call.dialled", "queue": named, "dialled": "0511300", "call": "c1"}


def test_a_number_without_a_call_is_nobodys():
    """As the manager's QueueLog writes it where no UniqueId was given: all such lines would be one call."""
    decoded = decode(log("09:00:00|NONE|Ausweise|NONE|DID|0511300"), Reading(1))
    assert (decoded.events, [found.reason for found in decoded.unreadable]) == ([], ["data"])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1700000000|c1|Ausweise|NONE|WITHDRAW|2|3|1|" + "y" * 39, "withdrawn"),
        ("1700000000|NONE|Ausweise|Kern|PAUSE|" + "x" * 78, "x" * 78),
    ],
)
def test_asterisk_cuts_long_texts_within_a_letter(line: str, reason: str):
    for end in (b"", b"\r"):
        [event] = decode([RawRow(0, line.encode() + "ü".encode()[:1] + end)], Reading(1)).events
        assert event.text == reason


@pytest.mark.parametrize("damage", [b"\xff", b"\xc3x", b"\xc3|"])
def test_what_is_no_text_within_a_line_is_not_read(damage: bytes):
    line = b"1700000000|NONE|Ausweise|Kern|PAUSE|Mittag" + damage
    assert [found.reason for found in decode([RawRow(0, line)], Reading(1)).unreadable] == ["encoding"]
