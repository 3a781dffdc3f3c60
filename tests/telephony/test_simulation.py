"""The simulator against two independent readers: a strict checker of the format, and a naive fold of the log."""

import re
from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from wfm.telephony.adapters.queue_log import decode
from wfm.telephony.rules.events import SOURCE_GENERATED, SOURCE_RESTARTED, RawRow, Reading
from wfm.telephony.rules.simulation.centre import dialled_numbers
from wfm.telephony.rules.simulation.truth import Truth
from wfm.telephony.scenarios import generate, read_scenario, region_hannover

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 30)
NUMBERS = dict(dialled_numbers(region_hannover()))


@pytest.fixture(scope="module")
def bad_month():
    """Four weeks with too few agents: everything that a queue_log can tell happens in them."""
    truth = Truth()
    text = "".join(generate(FIRST, LAST, 7, read_scenario(FIRST, LAST, staffing=0.8), truth))
    return [line.split("|") for line in text.splitlines()], truth.as_dict()


# What a line of each event may look like after `epoch|callid|queue|agent|EVENT|`

CALLID, QUEUE, AGENT, N = r"\d{10}\.\d+", r"[a-z_0-9]+", r"ag\d{3}", r"\d+"
CALLER = r"(?:\+?\d{6,17}|[aA]nonymous|)"
FORMATS = {
    event: re.compile(rf"\d{{10}}\|{callid}\|{queue}\|{agent}\|{event}\|{data}")
    for event, callid, queue, agent, data in [
        ("QUEUESTART", "NONE", "NONE", "NONE", ""),
        ("CONFIGRELOAD", "NONE", "NONE", "NONE", ""),
        ("WFMGENERATED", "NONE", "NONE", "NONE", r"wfm simulate seed=\d+"),
        ("DID", CALLID, QUEUE, "NONE", r"(?:115|49\d{8,11})"),
        ("ENTERQUEUE", CALLID, QUEUE, "NONE", rf"[a-z_]*\|{CALLER}\|[1-9]\d*\|"),
        ("CONNECT", CALLID, QUEUE, AGENT, rf"{N}\|{CALLID}\|{N}"),
        ("COMPLETEAGENT", CALLID, QUEUE, AGENT, rf"{N}\|{N}\|[1-9]\d*"),
        ("COMPLETECALLER", CALLID, QUEUE, AGENT, rf"{N}\|{N}\|[1-9]\d*"),
        ("BLINDTRANSFER", CALLID, QUEUE, AGENT, rf"(?:90\d\d|q{QUEUE})\|transfer\|{N}\|{N}\|[1-9]\d*"),
        ("ATTENDEDTRANSFER", CALLID, QUEUE, AGENT, rf"BRIDGE\|[0-9a-f-]{{36}}\|{N}\|{N}\|[1-9]\d*"),
        ("ABANDON", CALLID, QUEUE, "NONE", rf"{N}\|{N}\|{N}"),
        ("EXITWITHTIMEOUT", CALLID, QUEUE, "NONE", rf"{N}\|{N}\|{N}"),
        ("EXITEMPTY", CALLID, QUEUE, "NONE", rf"{N}\|{N}\|{N}"),
        ("EXITWITHKEY", CALLID, QUEUE, "NONE", rf"1\|{N}\|{N}\|{N}"),
        ("WITHDRAW", CALLID, QUEUE, "NONE", rf"{N}\|{N}\|{N}\|callback"),
        ("RINGNOANSWER", CALLID, QUEUE, AGENT, N),
        ("RINGCANCELED", CALLID, QUEUE, AGENT, N),
        ("ADDMEMBER", "MANAGER", QUEUE, AGENT, ""),
        ("REMOVEMEMBER", "MANAGER", QUEUE, AGENT, ""),
        ("PAUSE", "NONE", QUEUE, AGENT, r"\w[\w -|]+"),
        ("UNPAUSE", "NONE", QUEUE, AGENT, ""),
        ("PAUSEALL", "NONE", "NONE", AGENT, r"\w[\w -|]+"),
        ("UNPAUSEALL", "NONE", "NONE", AGENT, ""),
    ]
}
ENDS = {"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER"}
LEFT = {"EXITWITHTIMEOUT": "timeout", "EXITWITHKEY": "key", "EXITEMPTY": "empty", "WITHDRAW": "withdrawn"}


def test_every_line_has_the_form_of_its_event(bad_month):
    rows, _ = bad_month
    for row in rows:
        assert FORMATS[row[4]].fullmatch("|".join(row)), row
    assert {row[4] for row in rows} == set(FORMATS), "four bad weeks should show every event"
    times = [int(row[0]) for row in rows]
    assert times == sorted(times)
    assert all(0 <= int(row[0]) - int(row[1].split(".")[0]) < 7200 for row in rows if "." in row[1])


def test_the_product_can_read_every_line(bad_month):
    rows, _ = bad_month
    raw = [RawRow(position, "|".join(row).encode()) for position, row in enumerate(rows)]
    decoded = decode(raw, Reading(stream_id=1))
    assert decoded.unreadable == []
    assert {event.kind for event in decoded.events} >= {SOURCE_GENERATED, SOURCE_RESTARTED}


def test_positions_holds_and_talk_are_consistent(bad_month):
    rows, _ = bad_month
    waiting, talking = defaultdict(list), {}  # queue -> stays in order of entry; agent -> (callid, queue, hold, ...)
    for at, callid, queue, agent, event, *data in rows:
        line = waiting[queue]
        if event == "ENTERQUEUE":
            line.append((callid, int(at), int(data[2])))
            assert int(data[2]) == len(line)
        elif event == "CONNECT":
            stay = next(stay for stay in line if stay[0] == callid)
            line.remove(stay)
            assert int(data[0]) == int(at) - stay[1]
            assert int(data[2]) <= int(data[0])
            assert agent not in talking, "one caller at a time"
            talking[agent] = (callid, queue, int(at), int(data[0]), stay[2])
        elif event in ENDS:
            *_, hold, talk, position = data
            assert talking[agent][:2] == (callid, queue)
            _, _, since, held, original = talking.pop(agent)
            assert int(talk) == int(at) - since
            assert int(hold) - held in (0, 1)
            assert int(position) == original
        elif event == "ABANDON" or event in LEFT:
            position, original, wait = map(int, data[1:4] if event == "EXITWITHKEY" else data[:3])
            assert (callid, int(at) - wait, original) == line[position - 1]
            del line[position - 1]
    assert not talking
    assert not any(waiting.values())


def test_agents_are_called_only_when_signed_on_free_and_not_paused(bad_month):
    rows, _ = bad_month
    member, paused = set(), set()
    for at, _, queue, agent, event, *data in rows:
        if event == "ADDMEMBER":
            member.add((queue, agent))
        elif event == "REMOVEMEMBER":
            member.remove((queue, agent))
            paused.discard((queue, agent))
        elif event == "PAUSE":
            assert (queue, agent) in member
            paused.add((queue, agent))
        elif event == "UNPAUSE":
            paused.discard((queue, agent))
        elif event == "CONNECT":
            assert (queue, agent) in member
            assert (queue, agent) not in paused
        elif event == "DID" and queue != "standesamt":
            clock = datetime.fromtimestamp(int(at), BERLIN)
            assert clock.weekday() < 5
            assert 8 <= clock.hour < 18 or data == [], "opening hours"
    assert not member


def naive_fold(rows):
    """Stays as the log tells them, without a line of the product or of the simulator."""
    stays, calls, open_stays, dialled_last = [], {}, defaultdict(list), {}
    for at, callid, queue, agent, event, *data in rows:
        if event == "DID":
            calls.setdefault(callid, {"partner": NUMBERS.get(data[0]), "stays": [], "at": int(at)})
            dialled_last[callid] = (queue, int(at))
        elif event == "ENTERQUEUE":
            stay = {"queue": queue, "entered": int(at), "agent": None, "how": None, "wait": 0, "talk": 0}
            stays.append(stay)
            calls[callid]["stays"].append(stay)
            open_stays[callid].append(stay)
        elif event == "CONNECT":
            open_stays[callid][-1].update(agent=agent, how="answered", wait=int(data[0]))
        elif event in ENDS:
            stay = next(stay for stay in open_stays[callid] if stay["agent"] == agent)
            open_stays[callid].remove(stay)
            stay["talk"] = int(data[-2])
        elif event == "ABANDON" or event in LEFT:
            stay = open_stays[callid].pop()
            stay.update(how=LEFT.get(event, "abandoned"), wait=int(data[3 if event == "EXITWITHKEY" else 2]))
    refused = [(*dialled_last[callid], call) for callid, call in calls.items() if not call["stays"]]
    return stays, calls, refused


def summed(stays, refused=0):
    how = Counter(stay["how"] for stay in stays)
    waits = defaultdict(list)
    for stay in stays:
        waits[stay["how"]].append(stay["wait"])
    return {
        "offered": len(stays),
        "answered": how["answered"],
        "abandoned": how["abandoned"],
        "left": {reason: how[reason] for reason in LEFT.values()},
        "lost": 0,
        "open": 0,
        "refused": refused,
        "answered_within": sum(wait <= 30 for wait in waits["answered"]),
        "abandoned_within": sum(wait <= 30 for wait in waits["abandoned"]),
        "wait_s_answered": sum(waits["answered"]),
        "wait_s_abandoned": sum(waits["abandoned"]),
        "talk_s": sum(stay["talk"] for stay in stays),
        "longest_wait_s": max((stay["wait"] for stay in stays), default=0),
    }


def half_hour(at):
    return datetime.fromtimestamp(at // 1800 * 1800, BERLIN).isoformat()


def test_truth_is_what_a_naive_fold_of_the_log_finds(bad_month):
    rows, truth = bad_month
    stays, calls, refused = naive_fold(rows)
    assert truth["total"].items() >= summed(stays, len(refused)).items()
    by_queue, by_cell, by_agent = defaultdict(list), defaultdict(list), defaultdict(list)
    for stay in stays:
        by_queue[stay["queue"]].append(stay)
        by_cell[stay["queue"], half_hour(stay["entered"])].append(stay)
        if stay["agent"]:
            by_agent[stay["agent"]].append(stay["talk"])
    refused_by_queue = Counter(queue for queue, _, _ in refused)
    refused_by_cell = Counter((queue, half_hour(at)) for queue, at, _ in refused)
    assert truth["queues"] == {q: summed(s, refused_by_queue[q]) for q, s in by_queue.items()}
    cells = {(queue, start): row for queue, row_of in truth["intervals"].items() for start, row in row_of.items()}
    assert cells == {c: summed(by_cell[c], refused_by_cell[c]) for c in {*by_cell, *refused_by_cell}}
    assert truth["agents"] == {a: {"answered": len(t), "talk_s": sum(t)} for a, t in by_agent.items()}

    by_partner = defaultdict(list)
    for call in calls.values():
        by_partner[call["partner"] or "unattributed"].append(call)
    assert truth["months"]["2026-03"].keys() == by_partner.keys() == {*NUMBERS.values(), "unattributed"}
    for partner, theirs in by_partner.items():
        assert truth["months"]["2026-03"][partner] == {
            "calls": len(theirs),
            "calls_answered": sum(any(stay["agent"] for stay in call["stays"]) for call in theirs),
            "calls_refused": sum(not call["stays"] for call in theirs),
            "stays": sum(len(call["stays"]) for call in theirs),
            **summed([stay for call in theirs for stay in call["stays"]], sum(not call["stays"] for call in theirs)),
        }


def test_the_traps_of_real_logs_are_in_it(bad_month):
    rows, _ = bad_month
    by_call = defaultdict(list)
    for row in rows:
        by_call[row[1]].append(row)
    queues_of = [[row[2] for row in call if row[4] == "ENTERQUEUE"] for call in by_call.values()]
    assert any(len(set(queues)) > 1 for queues in queues_of), "overflow or transfer"
    assert any(len(set(queues)) < len(queues) for queues in queues_of), "twice in one queue"
    entered_before_its_transfer = [
        (second, transfer)
        for call in by_call.values()
        for second, transfer in pairwise(call)
        if second[4] == "ENTERQUEUE" and transfer[4] == "BLINDTRANSFER"
    ]
    assert entered_before_its_transfer
    assert {tuple(row[5:]) for row in rows if row[4] == "PAUSE"} == {
        ("Mittag",), ("Pause",), ("Team", "Besprechung"), ("Rückruf",), ("Nachbearbeitung",), ("Auto-Pause",),
    }  # fmt: skip
    callers = [row[6] for row in rows if row[4] == "ENTERQUEUE"]
    spellings = ("+49", "0049", "05", "5", "anonymous", "Anonymous", "+1202555", "+44")
    assert all(any(caller.startswith(spelling) for caller in callers) for spelling in spellings)
    assert 0.01 < callers.count("") / len(callers) < 0.06
    assert 0.06 < sum(row[5] == "115" for row in rows if row[4] == "DID") / len(callers) < 0.1
