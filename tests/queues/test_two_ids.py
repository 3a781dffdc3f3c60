"""One citizen's call under two ids: what is one call, and what only looks like it.

The notation is that of `notation.py`; each line names its call behind the time. The cases are lines of a real Asterisk
22 (`optimised`, `passed on`), and what differs from them in one respect.
"""

from __future__ import annotations

import re
from itertools import permutations

import pytest

from tests.queues.notation import STREAMS, happened, show, tidy
from wfm.queues.rules.calls import fold_calls
from wfm.queues.rules.stays import Call
from wfm.queues.rules.two_ids import found_again, halves
from wfm.telephony.rules.events import TelephonyEvent

PASSED_ON = """
    10:00:00 a offered     Allgemein
    10:00:01 a answered    Allgemein Kern wait=1
    10:00:03 b offered     Ausweise
    10:00:05 a transferred Allgemein Kern wait=1 talk=4 how=attended
"""
OPTIMISED = """
    10:00:00 b offered  Ausweise
    10:00:01 b answered Ausweise Kern wait=1
    10:00:07 a ended    Ausweise Kern wait=1 talk=6 by=agent
"""

ONE_CALL = {
    "passed on while the consulting call waits, and answered": (
        f"""{PASSED_ON}
        10:00:11 a answered Ausweise Lang wait=8
        10:00:20 a ended    Ausweise Lang wait=8 talk=9 by=agent
        """,
        """
        Allgemein answered 10:00:00 10:00:01 10:00:05 1 4 Kern attended
        Ausweise  answered 10:00:03 10:00:11 10:00:20 8 9 Lang agent
        """,
    ),
    "passed on, and hung up before an answer": (
        f"{PASSED_ON} 10:00:09 a abandoned Ausweise - wait=6",
        """
        Allgemein answered  10:00:00 10:00:01 10:00:05 1 4 Kern attended
        Ausweise  abandoned 10:00:03 -        10:00:09 6 - -    caller
        """,
    ),
    "passed on, and left by time": (
        f"{PASSED_ON} 10:00:33 a left Ausweise - wait=30 reason=timeout",
        """
        Allgemein answered 10:00:00 10:00:01 10:00:05 1  4 Kern attended
        Ausweise  timeout  10:00:03 -        10:00:33 30 - -    system
        """,
    ),
    "truncated clocks differ by a second": (
        f"{PASSED_ON} 10:00:09 a abandoned Ausweise - wait=7",
        """
        Allgemein answered  10:00:00 10:00:01 10:00:05 1 4 Kern attended
        Ausweise  abandoned 10:00:03 -        10:00:09 7 - -    caller
        """,
    ),
    "a local channel optimised away in mid-talk": (
        OPTIMISED,
        "Ausweise answered 10:00:00 10:00:01 10:00:07 1 6 Kern agent",
    ),
    "the same, and what the citizen's own id told before it": (
        f"""
        09:59:40 a dialled - dialled=0511300
        {OPTIMISED}
        """,
        "Ausweise answered 10:00:00 10:00:01 10:00:07 1 6 Kern agent",
    ),
    "the same, where hold and talk are both truncated": (
        OPTIMISED.replace("10:00:01 b answered", "10:00:02 b answered").replace(
            "ended    Ausweise Kern wait=1 talk=6", "ended Ausweise Kern wait=3 talk=6"
        ),
        "Ausweise answered 10:00:00 10:00:02 10:00:07 1 6 Kern agent",
    ),
    "the same, when one of the lines was redacted": (
        OPTIMISED.replace("answered Ausweise Kern", "answered Ausweise pseudonym_1"),
        "Ausweise answered 10:00:00 10:00:01 10:00:07 1 6 pseudonym_1 agent",
    ),
}
TWO_CALLS = {
    "nobody passed the citizen on": PASSED_ON.replace("how=attended", "how=blind")
    + "10:00:09 a abandoned Ausweise - wait=6",
    "passed on before the other call came": f"""
        {PASSED_ON.replace("10:00:03 b", "10:00:30 b")}
        10:00:36 a abandoned Ausweise - wait=6""",
    "another time": f"{PASSED_ON} 10:00:09 a abandoned Ausweise - wait=4",
    "another queue": f"{PASSED_ON} 10:00:09 a abandoned Pass - wait=6",
    "the other call has an end of its own": f"""
        {PASSED_ON}
        10:00:08 b abandoned Ausweise - wait=5
        10:00:09 a abandoned Ausweise - wait=6""",
    "the other call was answered": f"""
        {PASSED_ON}
        10:00:08 b answered  Ausweise Lang wait=5
        10:00:09 a abandoned Ausweise - wait=6""",
    "another agent": OPTIMISED.replace("ended    Ausweise Kern", "ended    Ausweise Lang"),
    "the talk began at another time": OPTIMISED.replace("talk=6", "talk=4"),
    "the talk ended under its own id": OPTIMISED + "10:00:05 b ended Ausweise Kern wait=1 talk=4 by=agent",
    "told by another source": OPTIMISED.replace("10:00:07 a", "10:00:07 E a"),
}


def told(table: str) -> tuple[dict[str, list[TelephonyEvent]], int]:
    """The events of each call."""
    lines = [re.split(r" ([a-d]) ", line.strip(), maxsplit=1) for line in table.splitlines() if line.strip()]
    everything = happened("\n".join(f"{before} {behind}" for before, _, behind in lines))
    events: dict[str, list[TelephonyEvent]] = {callid: [] for callid in sorted({callid for _, callid, _ in lines})}
    for (_, callid, _), event in zip(lines, everything.events, strict=True):
        events[callid].append(event._replace(call=callid))
    return events, everything.newest


def alone(events: dict[str, list[TelephonyEvent]], newest: int) -> list[Call]:
    return [call for callid, own in events.items() for call in fold_calls(callid, own, STREAMS, {}, newest)]


@pytest.mark.parametrize(("table", "right"), ONE_CALL.values(), ids=ONE_CALL)
def test_one_call(table: str, right: str):
    events, newest = told(table)
    assert found_again(halves(alone(events, newest))) == {"b": "a"}
    assert show(fold_calls("a", [*events["b"], *events["a"]], STREAMS, {}, newest)) == tidy(right)


@pytest.mark.parametrize("table", TWO_CALLS.values(), ids=TWO_CALLS)
def test_two_calls(table: str):
    events, newest = told(table)
    assert found_again(halves(alone(events, newest))) == {}


def test_a_stay_is_found_again_but_once():
    """Two stays could be it: it is the nearer one, whatever the order they are looked at."""
    events, newest = told(f"""
        {PASSED_ON}
        10:00:04 c offered Ausweise
        10:00:09 a abandoned Ausweise - wait=6
    """)
    for calls in permutations(alone(events, newest)):
        assert found_again(halves(calls)) == {"b": "a"}


def test_two_calls_passed_on_in_one_second_have_one_half_each():
    events, newest = told("""
        10:00:00 a offered     Allgemein
        10:00:01 a answered    Allgemein Kern wait=1
        10:00:00 d offered     Allgemein
        10:00:01 d answered    Allgemein Lang wait=1
        10:00:03 b offered     Ausweise
        10:00:03 c offered     Ausweise
        10:00:05 a transferred Allgemein Kern wait=1 talk=4 how=attended
        10:00:05 d transferred Allgemein Lang wait=1 talk=4 how=attended
        10:00:09 a abandoned   Ausweise - wait=6
        10:00:10 d abandoned   Ausweise - wait=7
    """)
    found = {tuple(sorted(found_again(halves(calls)).items())) for calls in permutations(alone(events, newest))}
    assert found == {(("b", "a"), ("c", "d"))}


def test_a_call_that_goes_on_twice_has_the_last_id():
    events, newest = told(f"""
        {PASSED_ON}
        10:00:11 a answered    Ausweise Lang wait=8
        10:00:20 c offered     Pass
        10:00:30 a transferred Ausweise Lang wait=8 talk=19 how=attended
        10:00:41 a abandoned   Pass - wait=21
    """)
    assert found_again(halves(alone(events, newest))) == {"b": "a", "c": "a"}


def test_ids_never_go_round_in_a_circle():
    """Each talk's end is told under the other's id: they are one call, and one of the two ids is its."""
    events, newest = told("""
        10:00:00 a offered  Ausweise
        10:00:01 a answered Ausweise Kern wait=1
        10:00:00 b offered  Pass
        10:00:01 b answered Pass Lang wait=1
        10:00:07 b ended    Ausweise Kern wait=1 talk=6 by=agent
        10:00:08 a ended    Pass Lang wait=1 talk=7 by=agent
    """)
    assert found_again(halves(alone(events, newest))) in ({"a": "b"}, {"b": "a"})
