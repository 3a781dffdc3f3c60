"""What one call's events tell, case by case: each trap and trouble that real telephone systems hold ready.

The tables' notation: `tests/queues/notation.py`. Right-hand columns: queue, outcome, entered, answered, ended, wait,
talk, agent, who ended it.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.queues.notation import STREAMS, clock, happened, show, stays, tidy
from wfm.queues.rules.calls import fold_calls

CASES = {
    "answered": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern wait=18
        09:03:20 ended    Ausweise Kern wait=18 talk=182 by=caller
        """,
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern caller",
    ),
    "hung up while waiting": (
        """
        09:00:00 offered   Ausweise
        09:00:41 abandoned Ausweise - wait=41
        """,
        "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller",
    ),
    "waited too long": (
        """
        09:00:00 offered Ausweise
        09:05:00 left    Ausweise - wait=300 reason=timeout
        """,
        "Ausweise timeout 09:00:00 - 09:05:00 300 - - system",
    ),
    "left by a key": (
        """
        09:00:00 offered Ausweise
        09:00:25 left    Ausweise - wait=25 reason=key
        """,
        "Ausweise key 09:00:00 - 09:00:25 25 - - caller",
    ),
    "nobody logged on any more": (
        """
        09:00:00 offered Ausweise
        09:00:07 left    Ausweise - wait=7 reason=empty
        """,
        "Ausweise empty 09:00:00 - 09:00:07 7 - - system",
    ),
    "taken out, for a call back": (
        """
        09:00:00 offered Ausweise
        09:01:00 left    Ausweise - wait=60 reason=withdrawn
        """,
        "Ausweise withdrawn 09:00:00 - 09:01:00 60 - - system",
    ),
    "telephones that ring in vain are no outcome": (
        """
        09:00:00 offered  Ausweise
        09:00:12 rang     Ausweise Kern
        09:00:30 rang     Ausweise Lang
        09:00:40 answered Ausweise Kern wait=40
        09:01:40 ended    Ausweise Kern wait=40 talk=60 by=agent
        """,
        "Ausweise answered 09:00:00 09:00:40 09:01:40 40 60 Kern agent rang=2",
    ),
    "gave up while a telephone rang": (
        """
        09:00:00 offered   Ausweise
        09:00:12 rang      Ausweise Kern
        09:00:12 abandoned Ausweise - wait=12
        """,
        "Ausweise abandoned 09:00:00 - 09:00:12 12 - - caller rang=1",
    ),
    "still waiting": (
        "09:00:00 offered Ausweise",
        "Ausweise open 09:00:00 - - - - - -",
    ),
    "still talking": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern wait=18
        """,
        "Ausweise answered 09:00:00 09:00:18 - 18 - Kern -",
    ),
    # 1.1 no. 2: the same call id in several queues, or twice in one
    "overflows into another queue": (
        """
        09:00:00 offered  Ausweise
        09:05:00 left     Ausweise  - wait=300 reason=timeout
        09:05:00 offered  Allgemein
        09:05:20 answered Allgemein Lang wait=20
        09:06:20 ended    Allgemein Lang wait=20 talk=60 by=agent
        """,
        """
        Ausweise  timeout  09:00:00 -        09:05:00 300 -  -    system
        Allgemein answered 09:05:00 09:05:20 09:06:20 20  60 Lang agent
        """,
    ),
    "three times in one queue": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:01:10 transferred Ausweise Kern wait=10 talk=60 how=blind
        09:01:11 offered     Ausweise
        09:01:31 answered    Ausweise Lang wait=20
        09:02:01 transferred Ausweise Lang wait=20 talk=30 how=blind
        09:02:01 offered     Ausweise
        09:02:06 abandoned   Ausweise - wait=5
        """,
        """
        Ausweise answered  09:00:00 09:00:10 09:01:10 10 60 Kern blind
        Ausweise answered  09:01:11 09:01:31 09:02:01 20 30 Lang blind
        Ausweise abandoned 09:02:01 -        09:02:06 5  -  -    caller
        """,
    ),
    # 1.1 no. 3
    "a transfer back: the new stay is logged before the end of the old one": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:02:10 offered     Ausweise
        09:02:10 transferred Ausweise Kern wait=10 talk=120 how=blind
        09:02:25 answered    Ausweise Lang wait=15
        09:03:25 ended       Ausweise Lang wait=15 talk=60 by=caller
        """,
        """
        Ausweise answered 09:00:00 09:00:10 09:02:10 10 120 Kern blind
        Ausweise answered 09:02:10 09:02:25 09:03:25 15 60  Lang caller
        """,
    ),
    "a transfer back to the same agent, the end of the old stay logged last": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:02:10 offered     Ausweise
        09:02:10 answered    Ausweise Kern wait=0
        09:02:10 transferred Ausweise Kern wait=10 talk=120 how=blind
        09:03:10 ended       Ausweise Kern wait=0 talk=60 by=agent
        """,
        """
        Ausweise answered 09:00:00 09:00:10 09:02:10 10 120 Kern blind
        Ausweise answered 09:02:10 09:02:10 09:03:10 0  60  Kern agent
        """,
    ),
    "a transfer back whose new stay is abandoned before the old one's end is logged": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:02:10 offered     Ausweise
        09:02:10 abandoned   Ausweise - wait=0
        09:02:10 transferred Ausweise Kern wait=10 talk=120 how=blind
        """,
        """
        Ausweise answered  09:00:00 09:00:10 09:02:10 10 120 Kern blind
        Ausweise abandoned 09:02:10 -        09:02:10 0  -   -    caller
        """,
    ),
    "an attended transfer ends a stay": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:01:10 transferred Ausweise Kern wait=10 talk=60 how=attended
        """,
        "Ausweise answered 09:00:00 09:00:10 09:01:10 10 60 Kern attended",
    ),
    # 1.1 no. 4
    "the wait is what the answer says, though the end says a second more": (
        """
        09:00:00 offered  Ausweise
        09:00:30 answered Ausweise Kern wait=30
        09:03:20 ended    Ausweise Kern wait=31 talk=170 by=agent
        """,
        "Ausweise answered 09:00:00 09:00:30 09:03:20 30 170 Kern agent",
    ),
    # 1.1 no. 5
    "a crash: who waited is lost at the last event before the restart": (
        """
        09:00:00 offered   Ausweise
        09:04:07 heard
        09:30:00 restarted
        """,
        "Ausweise lost 09:00:00 - 09:04:07 - - - restart",
    ),
    "a crash: who talked was answered, for how long nobody knows": (
        """
        09:00:00 offered   Ausweise
        09:00:18 answered  Ausweise Kern wait=18
        09:04:07 heard
        09:30:00 restarted
        """,
        "Ausweise answered 09:00:00 09:00:18 - 18 - Kern restart",
    ),
    "a crash between two stays": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:01:10 transferred Ausweise Kern wait=10 talk=60 how=blind
        09:01:10 offered     Allgemein
        09:01:15 heard
        09:02:00 restarted
        """,
        """
        Ausweise  answered 09:00:00 09:00:10 09:01:10 10 60 Kern blind
        Allgemein lost     09:01:10 -        09:01:15 -  -  -    restart
        """,
    ),
    "a crash in the second in which the caller came": (
        """
        09:00:00 heard
        09:00:00 offered   Ausweise
        09:00:00 restarted
        """,
        "Ausweise lost 09:00:00 - 09:00:00 - - - restart",
    ),
    "two crashes: the first one counts": (
        """
        09:00:00 offered   Ausweise
        09:01:00 heard
        09:02:00 restarted
        09:03:00 heard
        09:04:00 restarted
        """,
        "Ausweise lost 09:00:00 - 09:01:00 - - - restart",
    ),
    "a crash while a caller waits on, whom an agent hung up on: lost": (
        """
        09:00:00 offered Ausweise
        09:00:30 dumped Ausweise Kern
        09:30:00 restarted
        """,
        "Ausweise lost 09:00:00 - 09:00:30 - - - restart",
    ),
    "nothing of before goes on behind a restart": (
        """
        09:00:00 offered   Ausweise
        09:00:10 answered  Ausweise  Kern wait=10
        09:01:10 heard
        09:02:00 restarted
        09:03:10 ended     Ausweise  Kern talk=180 by=agent
        09:03:10 abandoned Allgemein - wait=5
        """,
        "Ausweise answered 09:00:00 09:00:10 - 10 - Kern restart",
    ),
    "a restart before the call is none of its business": (
        """
        08:59:00 heard
        09:00:00 restarted
        09:00:00 offered   Ausweise
        09:00:41 abandoned Ausweise - wait=41
        """,
        "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller",
    ),
    # section 5: end that never came, end that came late
    "waiting for four hours: not lost yet": (
        """
        09:00:00 offered Ausweise
        13:00:00 heard
        """,
        "Ausweise open 09:00:00 - - - - - -",
    ),
    "waiting for more than four hours: lost": (
        """
        09:00:00 offered Ausweise
        13:00:01 heard
        """,
        "Ausweise lost 09:00:00 - - - - - age",
    ),
    "talking for more than four hours: answered, talk unknown": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern wait=18
        13:00:19 heard
        """,
        "Ausweise answered 09:00:00 09:00:18 - 18 - Kern age",
    ),
    "the late end of a wait": (
        """
        09:00:00 offered   Ausweise
        15:00:00 heard
        13:30:00 abandoned Ausweise - wait=16200
        """,
        "Ausweise abandoned 09:00:00 - 13:30:00 16200 - - caller",
    ),
    "the late end of a talk": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern wait=18
        15:00:00 heard
        13:30:18 ended    Ausweise Kern wait=18 talk=16200 by=agent
        """,
        "Ausweise answered 09:00:00 09:00:18 13:30:18 18 16200 Kern agent",
    ),
    # section 5: reading began in mid-call
    "answered, but never seen coming": (
        """
        09:00:18 answered Ausweise Kern wait=18
        09:03:20 ended    Ausweise Kern wait=18 talk=182 by=caller
        """,
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern caller began-unseen",
    ),
    "abandoned, but never seen coming": (
        "09:00:41 abandoned Ausweise - wait=41",
        "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller began-unseen",
    ),
    "timed out, but never seen coming": (
        "09:05:00 left Ausweise - wait=300 reason=timeout",
        "Ausweise timeout 09:00:00 - 09:05:00 300 - - system began-unseen",
    ),
    "only the end of the talk was seen": (
        "09:03:20 ended Ausweise Kern wait=18 talk=182 by=agent",
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern agent began-unseen",
    ),
    "the answer was not seen": (
        """
        09:00:00 offered Ausweise
        09:03:20 ended   Ausweise Kern wait=18 talk=182 by=agent
        """,
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern agent",
    ),
    "only the end of the talk was seen, behind the beginning of the stay it was transferred into": (
        """
        09:03:20 offered     Ausweise
        09:03:20 transferred Ausweise Kern wait=18 talk=182 how=blind
        09:03:30 answered    Ausweise Lang wait=10
        09:04:00 ended       Ausweise Lang wait=10 talk=30 by=agent
        """,
        """
        Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern blind began-unseen
        Ausweise answered 09:03:20 09:03:30 09:04:00 10 30  Lang agent
        """,
    ),
    "an end that is told a second time changes nothing": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern wait=18
        09:03:20 ended    Ausweise Kern wait=18 talk=182 by=caller
        09:03:20 ended    Ausweise Kern wait=18 talk=182 by=caller
        """,
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern caller",
    ),
    # section 5: a call id seen again
    "the call id again after more than a day: another call": (
        """
        09:00:00    offered   Ausweise
        09:00:41    abandoned Ausweise - wait=41
        +1 09:00:42 offered   Ausweise
        +1 09:01:00 answered  Ausweise Kern wait=18
        +1 09:02:00 ended     Ausweise Kern wait=18 talk=60 by=agent
        """,
        """
        Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller
        --
        Ausweise answered +1 09:00:42 +1 09:01:00 +1 09:02:00 18 60 Kern agent
        """,
    ),
    "the call id again within a day: the same call": (
        """
        09:00:00    offered   Ausweise
        09:00:41    abandoned Ausweise - wait=41
        +1 09:00:41 offered   Ausweise
        +1 09:00:50 abandoned Ausweise - wait=9
        """,
        """
        Ausweise abandoned 09:00:00    - 09:00:41    41 - - caller
        Ausweise abandoned +1 09:00:41 - +1 09:00:50 9  - - caller
        """,
    ),
    # 1.1 no. 1
    "a number dialled and no queue entered: refused": (
        "09:00:00 dialled Ausweise dialled=05110300",
        "Ausweise refused 09:00:00 - 09:00:00 - - - system",
    ),
    "a number dialled, then the queue": (
        """
        09:00:00 dialled   Ausweise - dialled=05110300
        09:00:01 offered   Ausweise
        09:00:42 abandoned Ausweise - wait=41
        """,
        "Ausweise abandoned 09:00:01 - 09:00:42 41 - - caller",
    ),
    "a number dialled before any queue is known (FreePBX), then a queue": (
        """
        09:00:00 dialled   - - dialled=05110300
        09:00:09 offered   Ausweise
        09:00:50 abandoned Ausweise - wait=41
        """,
        "Ausweise abandoned 09:00:09 - 09:00:50 41 - - caller",
    ),
    "a number dialled before any queue is known (FreePBX), and none entered": (
        "09:00:00 dialled - - dialled=05110300",
        '"" refused 09:00:00 - 09:00:00 - - - system',
    ),
    "refused in one queue, let into another": (
        """
        09:00:00 dialled   Ausweise  - dialled=05110300
        09:00:00 offered   Allgemein
        09:00:41 abandoned Allgemein - wait=41
        """,
        """
        Ausweise  refused   09:00:00 - 09:00:00 -  - - system
        Allgemein abandoned 09:00:00 - 09:00:41 41 - - caller
        """,
    ),
    "overflow into a queue that lets nobody in": (
        """
        09:00:00 dialled Ausweise  - dialled=05110300
        09:00:00 offered Ausweise
        09:05:00 left    Ausweise  - wait=300 reason=timeout
        09:05:00 dialled Allgemein - dialled=05110300
        """,
        """
        Ausweise  timeout 09:00:00 - 09:05:00 300 - - system
        Allgemein refused 09:05:00 - 09:05:00 -   - - system
        """,
    ),
    "refused, and dialled again under the same id": (
        """
        09:00:00 dialled Ausweise - dialled=05110300
        09:00:30 dialled Ausweise - dialled=05110300
        09:00:30 offered Ausweise
        09:00:41 abandoned Ausweise - wait=11
        """,
        """
        Ausweise refused   09:00:00 - 09:00:00 -  - - system
        Ausweise abandoned 09:00:30 - 09:00:41 11 - - caller
        """,
    ),
    "refused, and told so": (
        "09:00:00 refused Ausweise",
        "Ausweise refused 09:00:00 - 09:00:00 - - - system",
    ),
    "answered, never seen coming, but the number dialled was": (
        """
        09:00:00 dialled  Ausweise - dialled=05110300
        09:00:18 answered Ausweise Kern wait=18
        09:01:18 ended    Ausweise Kern wait=18 talk=60 by=agent
        """,
        "Ausweise answered 09:00:00 09:00:18 09:01:18 18 60 Kern agent began-unseen",
    ),
    # 1.1 no. 12, and section 5: order
    "a line stamped a second before the one above it": (
        """
        09:00:00 offered     Ausweise
        09:00:10 answered    Ausweise Kern wait=10
        09:02:11 offered     Ausweise
        09:02:10 transferred Ausweise Kern wait=10 talk=120 how=blind
        09:02:12 heard
        09:02:11 abandoned   Ausweise - wait=0
        """,
        """
        Ausweise answered  09:00:00 09:00:10 09:02:10 10 120 Kern blind
        Ausweise abandoned 09:02:11 -        09:02:11 0  -   -    caller
        """,
    ),
    "everything within a second, in the order of the file": (
        """
        09:00:00 dialled   Ausweise  - dialled=05110300
        09:00:00 offered   Ausweise
        09:00:00 left      Ausweise  - wait=0 reason=empty
        09:00:00 offered   Allgemein
        09:00:00 answered  Allgemein Kern wait=0
        09:00:00 ended     Allgemein Kern wait=0 talk=0 by=caller
        """,
        """
        Ausweise  empty    09:00:00 -        09:00:00 0 - -    system
        Allgemein answered 09:00:00 09:00:00 09:00:00 0 0 Kern caller
        """,
    ),
    "a second that lies in two files: the older file first": (
        """
        12:00:00 B abandoned Ausweise - wait=0
        12:00:00 A offered   Ausweise
        """,
        "Ausweise abandoned 12:00:00 - 12:00:00 0 - - caller",
    ),
    # section 5: several sources
    "the log and the realtime table: the log gives the stays": (
        """
        09:00:00   A offered   Ausweise
        09:00:00.4 T offered   Ausweise
        09:00:41   A abandoned Ausweise - wait=41
        09:00:41.9 T abandoned Ausweise - wait=41
        """,
        "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller",
    ),
    "a call that only the realtime table knows": (
        """
        09:00:00 T offered   Ausweise
        09:00:41 T abandoned Ausweise - wait=41
        """,
        "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller",
    ),
    "the crash of the log's exchange is told in the log": (
        """
        09:00:00 A offered   Ausweise
        09:00:00 T offered   Ausweise
        09:01:00 A heard
        09:02:00 A restarted
        09:05:00 T abandoned Ausweise - wait=300
        """,
        "Ausweise lost 09:00:00 - 09:01:00 - - - restart",
    ),
    # section 4: systems that know wrap-up
    "wrap-up that the source reports": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern wait=18
        09:03:20 ended    Ausweise Kern talk=182 by=agent
        09:03:20 wrapup   Ausweise Kern
        09:03:55 ready    Ausweise Kern
        """,
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern agent wrapup=35",
    ),
    "a source that tells no seconds: they are reckoned from its times": (
        """
        09:00:00 offered  Ausweise
        09:00:18 answered Ausweise Kern
        09:03:20 ended    Ausweise Kern by=agent
        """,
        "Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern agent",
    ),
}


@pytest.mark.parametrize(("left", "right"), CASES.values(), ids=CASES)
def test_a_call_is_what_its_events_tell(left: str, right: str):
    assert stays(left) == tidy(right)


@pytest.mark.parametrize(("left", "right"), CASES.values(), ids=CASES)
def test_it_does_not_matter_in_which_order_events_arrive(left: str, right: str):
    events, restarts, newest = happened(left)
    for seed in range(5):
        Random(seed).shuffle(events)
        assert show(fold_calls("c1", events, STREAMS, restarts, newest)) == tidy(right)


def fold(table: str):
    events, restarts, newest = happened(table)
    return fold_calls("c1", events, STREAMS, restarts, newest)


def test_the_same_line_in_two_files_of_one_source_is_one_event():
    [call] = fold(
        """
        09:00:00 A offered   Ausweise
        09:00:41 A abandoned Ausweise - wait=41
        09:00:00 B offered   Ausweise
        09:00:41 B abandoned Ausweise - wait=41
        """
    )
    assert show([call]) == "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller"
    assert call.twice == 2
    assert len(call.refs) == 4  # the drill-down shows both lines


def test_equal_lines_of_one_file_are_two_events_and_stay_two_beside_a_copy():
    ringing = "09:00:00 A offered Ausweise\n" + "09:00:12 A rang Ausweise Kern\n" * 2
    copy = "09:00:12 B rang Ausweise Kern\n" * 2
    [alone], [beside] = fold(ringing), fold(ringing + copy)
    assert [alone.stays[0].attempts_failed, beside.stays[0].attempts_failed] == [2, 2]
    assert [alone.twice, beside.twice] == [0, 2]


def test_a_copy_that_lacks_lines_takes_none_away():
    [call] = fold(
        """
        09:00:00 A offered Ausweise
        09:00:12 A rang    Ausweise Kern
        09:00:12 B rang    Ausweise Kern
        09:00:12 B rang    Ausweise Kern
        """
    )
    assert call.stays[0].attempts_failed == 2  # the highest number in any one file
    assert call.twice == 1


def test_what_another_source_tells_is_not_told_twice():
    [call] = fold("09:00:00 A offered Ausweise\n09:00:00 T offered Ausweise")
    assert (call.twice, call.source_id) == (0, 1)


@pytest.mark.parametrize(
    ("streams", "source"), [("A", 1), ("ET", 2), ("TA", 1), ("TE", 2), ("CT", 3), ("CETA", 1), ("C", 4)]
)
def test_the_most_trusted_source_that_tells_of_the_call_gives_its_stays(streams: str, source: int):
    [call] = fold("\n".join(f"09:00:00 {stream} offered Ausweise" for stream in streams))
    assert call.source_id == source
    assert len(call.stays) == 1


def test_call_records_add_facts_and_no_stays():
    [call] = fold(
        """
        09:00:00 C dialled   Ausweise - dialled=495110300 caller=495136123 service=pass
        09:00:00 A offered   Ausweise
        09:00:41 A abandoned Ausweise - wait=41
        """
    )
    assert show([call]) == "Ausweise abandoned 09:00:00 - 09:00:41 41 - - caller"
    assert (call.dialled, call.caller, call.service) == ("495110300", "495136123", "pass")


def test_the_number_dialled_first_is_the_one_that_counts():
    [call] = fold(
        """
        09:00:00 dialled Ausweise  - dialled=0511300
        09:00:00 offered Ausweise
        09:05:00 left    Ausweise  - wait=300 reason=timeout
        09:05:00 dialled Allgemein - dialled=0511168
        09:05:00 offered Allgemein
        """
    )
    assert (call.dialled, call.first_queue) == ("0511300", "Ausweise")


@pytest.mark.parametrize(
    ("left", "answered", "refused", "open_", "talk"),
    [
        ("09:00:00 offered A", False, False, True, 0),
        ("09:00:00 dialled A - dialled=1", False, True, False, 0),
        ("09:00:00 dialled A - dialled=1\n09:00:00 offered B\n09:00:09 abandoned B - wait=9", False, False, False, 0),
        ("09:00:00 offered A\n09:00:05 answered A Kern wait=5", True, False, True, 0),
        (
            """
            09:00:00 offered     A
            09:00:05 answered    A Kern wait=5
            09:01:05 transferred A Kern wait=5 talk=60 how=blind
            09:01:05 offered     B
            09:01:20 abandoned   B - wait=15
            """,
            True,
            False,
            False,
            60,
        ),
        (
            """
            09:00:00 offered     A
            09:00:05 answered    A Kern wait=5
            09:01:05 transferred A Kern wait=5 talk=60 how=blind
            09:01:05 offered     B
            09:01:06 answered    B Lang wait=1
            09:03:06 ended       B Lang wait=1 talk=120 by=agent
            """,
            True,
            False,
            False,
            180,
        ),
    ],
)
def test_one_call_over_all_its_stays(left: str, answered: bool, refused: bool, open_: bool, talk: int):
    [call] = fold(left)
    assert (call.answered, call.refused, call.open, call.talk_s) == (answered, refused, open_, talk)


def test_a_repeated_line_belongs_to_its_own_use_of_a_call_id():
    first, second = fold(
        """
        09:00:00    A offered   Ausweise
        09:00:41    A abandoned Ausweise - wait=41
        +2 09:00:00 A offered   Ausweise
        +2 09:00:09 A abandoned Ausweise - wait=9
        +2 09:00:00 B offered   Ausweise
        """
    )
    assert [(call.nth, clock(call.started_at), call.twice) for call in (first, second)] == [
        (0, "09:00:00", 0),
        (1, "+2 09:00:00", 1),
    ]
