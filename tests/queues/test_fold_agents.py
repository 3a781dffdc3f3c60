"""In what state was an agent in a queue? What was told of it, and the stretches it makes: from, to, state, reason."""

from __future__ import annotations

import pytest

from tests.queues.notation import instant, log, spans, tidy
from wfm.queues.rules.agents import Span, StateChange, fold_agent
from wfm.telephony.adapters.queue_log import decode
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import Reading

CASES = {
    "a day's work": (
        """
        08:00:00 joined
        10:00:00 paused Pause
        10:15:00 unpaused
        12:00:00 left
        """,
        """
        08:00:00 10:00:00 ready
        10:00:00 10:15:00 paused Pause
        10:15:00 12:00:00 ready
        """,
    ),
    "still there": ("08:00:00 joined", "08:00:00 - ready"),
    "joined in a pause (ADDMEMBER|PAUSED)": (
        """
        08:00:00 joined PAUSED
        08:05:00 unpaused
        12:00:00 left
        """,
        """
        08:00:00 08:05:00 paused
        08:05:00 12:00:00 ready
        """,
    ),
    # 1.1 no. 7: states, no counting
    "a pause told twice is one pause": (
        """
        08:00:00 joined
        10:00:00 paused Mittag
        10:10:00 paused Mittag
        10:30:00 unpaused
        """,
        """
        08:00:00 10:00:00 ready
        10:00:00 10:30:00 paused Mittag
        10:30:00 - ready
        """,
    ),
    "a pause for another reason is another stretch": (
        """
        08:00:00 joined
        10:00:00 paused Rückruf
        10:00:30 paused Nachbearbeitung
        10:05:00 unpaused
        """,
        """
        08:00:00 10:00:00 ready
        10:00:00 10:00:30 paused Rückruf
        10:00:30 10:05:00 paused Nachbearbeitung
        10:05:00 - ready
        """,
    ),
    "the end of a pause that was none": (
        """
        08:00:00 joined
        09:00:00 unpaused
        12:00:00 left
        """,
        "08:00:00 12:00:00 ready",
    ),
    "joining again, even paused, is no change for who is there": (
        """
        08:00:00 joined
        09:00:00 joined
        10:00:00 joined PAUSED
        12:00:00 left
        """,
        "08:00:00 12:00:00 ready",
    ),
    "leaving again": (
        """
        08:00:00 joined
        12:00:00 left
        12:30:00 left
        """,
        "08:00:00 12:00:00 ready",
    ),
    "paused after no answer": (
        """
        08:00:00 joined
        09:00:00 paused Auto-Pause
        09:01:00 unpaused
        """,
        """
        08:00:00 09:00:00 ready
        09:00:00 09:01:00 paused Auto-Pause
        09:01:00 - ready
        """,
    ),
    "leaves in a pause and comes back ready": (
        """
        08:00:00 joined
        10:00:00 paused Mittag
        10:05:00 left
        11:00:00 joined
        """,
        """
        08:00:00 10:00:00 ready
        10:00:00 10:05:00 paused Mittag
        11:00:00 - ready
        """,
    ),
    # reading began in mid-shift
    "paused without ever having joined": (
        """
        10:00:00 paused Mittag
        10:30:00 unpaused
        """,
        """
        10:00:00 10:30:00 paused Mittag
        10:30:00 - ready
        """,
    ),
    "left without ever having joined": ("12:00:00 left", ""),
    "nothing lasts no time": (
        """
        08:00:00 joined
        08:00:00 paused Mittag
        08:30:00 unpaused
        08:30:00 left
        """,
        "08:00:00 08:30:00 paused Mittag",
    ),
    # section 5: a restart closes all sessions; members that are not kept must join again
    "a restart ends whatever was (at the last event before it)": (
        """
        08:00:00 joined
        09:58:07 restarted
        10:05:00 joined
        """,
        """
        08:00:00 09:58:07 ready
        10:05:00 - ready
        """,
    ),
    "a restart ends a pause": (
        """
        08:00:00 joined
        09:00:00 paused Mittag
        09:58:07 restarted
        """,
        """
        08:00:00 09:00:00 ready
        09:00:00 09:58:07 paused Mittag
        """,
    ),
    "a restart of an exchange that nobody had joined": (
        """
        07:00:00 restarted
        08:00:00 joined
        """,
        "08:00:00 - ready",
    ),
}


@pytest.mark.parametrize(("left", "right"), CASES.values(), ids=CASES)
def test_stretches_of_an_agent_in_a_queue(left: str, right: str):
    assert spans(left) == tidy(right)


def test_folding_goes_on_from_what_was_before():
    before = Span(instant("08:00:00"), None, "paused", "Mittag")
    changes = [
        StateChange(instant("08:10:00"), ev.AGENT_PAUSED, "Mittag"),
        StateChange(instant("08:30:00"), ev.AGENT_LEFT),
    ]
    assert fold_agent(changes, before) == [Span(instant("08:00:00"), instant("08:30:00"), "paused", "Mittag")]
    assert fold_agent([], before) == [before]


def told(text: str) -> dict[tuple[str, str], list[Span]]:
    """What lines of a queue_log make of every agent in every queue."""
    changes: dict[tuple[str, str], list[StateChange]] = {}
    for event in decode(log(text), Reading(1)).events:
        if not event.call:
            changes.setdefault((event.agent, event.queue), []).append(StateChange(event.at, event.kind, event.text))
    return {key: fold_agent(of_key) for key, of_key in changes.items()}


def test_a_pause_in_all_queues_is_told_once_for_each_and_counted_once():
    found = told(
        """
        08:00:00|MANAGER|Ausweise|Kern|ADDMEMBER|
        08:00:00|MANAGER|Allgemein|Kern|ADDMEMBER|
        10:00:00|NONE|NONE|Kern|PAUSEALL|Mittag
        10:00:00|NONE|Ausweise|Kern|PAUSE|Mittag
        10:00:00|NONE|Allgemein|Kern|PAUSE|Mittag
        10:30:00|NONE|NONE|Kern|UNPAUSEALL|
        10:30:00|NONE|Ausweise|Kern|UNPAUSE|
        10:30:00|NONE|Allgemein|Kern|UNPAUSE|
        """
    )
    stretches = [
        Span(instant("08:00:00"), instant("10:00:00"), "ready", ""),
        Span(instant("10:00:00"), instant("10:30:00"), "paused", "Mittag"),
        Span(instant("10:30:00"), None, "ready", ""),
    ]
    assert found == {("Kern", "Ausweise"): stretches, ("Kern", "Allgemein"): stretches}


def test_a_reason_with_a_bar_in_it_stays_whole():
    found = told("10:00:00|NONE|Ausweise|Kern|PAUSE|Team|Besprechung")
    assert found == {("Kern", "Ausweise"): [Span(instant("10:00:00"), None, "paused", "Team|Besprechung")]}


def test_a_pause_during_a_talk_begins_when_it_is_told():
    """Talk is no state here: who talks in a pause was paused from the moment that it was told."""
    found = told(
        """
        08:00:00|MANAGER|Ausweise|Kern|ADDMEMBER|
        09:00:00|c1|Ausweise|NONE|ENTERQUEUE||05136123|1
        09:00:05|c1|Ausweise|Kern|CONNECT|5|c1.2|4
        09:01:00|NONE|Ausweise|Kern|PAUSE|Pause
        09:03:05|c1|Ausweise|Kern|COMPLETEAGENT|5|180|1
        """
    )
    assert found["Kern", "Ausweise"] == [
        Span(instant("08:00:00"), instant("09:01:00"), "ready", ""),
        Span(instant("09:01:00"), None, "paused", "Pause"),
    ]


def test_an_agent_pool_logs_on_to_no_queue_in_particular():
    found = told(
        """
        08:00:00|c9|NONE|1013|AGENTLOGIN|SIP/13-1
        12:00:00|c9|NONE|1013|AGENTLOGOFF|SIP/13-1|14400
        """
    )
    assert found == {("1013", ""): [Span(instant("08:00:00"), instant("12:00:00"), "ready", "")]}
