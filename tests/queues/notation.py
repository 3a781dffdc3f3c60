"""Tables a person can check by hand: what happened to one call on the left, the stays it must give on the right.

    happened                                            must give
    09:00:00 offered  Ausweise                          queue outcome entered answered ended wait talk agent by
    09:00:18 answered Ausweise Kern wait=18
    09:03:20 ended    Ausweise Kern talk=182 by=caller  Ausweise answered 09:00:00 09:00:18 09:03:20 18 182 Kern caller

`-` stands for nothing. A letter before an event names the stream in which it stands (A unless told otherwise): A and B
are two generations of one log file, A the older; E, T and C are the other doors of the same exchange (events, realtime
table, call records). Lines of one stream stand in it in the order of the table, whatever their times say. `restarted`
is the exchange's restart, `heard` an event of some other call. All on Monday, 2 March 2026, UTC; `+1 ` before a time is
the day after. A line `--` in what must come out parts two calls.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from wfm.core.clock import SECOND, from_micros, to_micros
from wfm.queues.rules.agents import StateChange, fold_agent
from wfm.queues.rules.calls import StreamRank, fold_calls
from wfm.queues.rules.stays import Call, Restart, Stay
from wfm.telephony.adapters.queue_log import decode
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import RawRow, Reading, TelephonyEvent, pack_ref

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)

CALL_WORDS = {
    "dialled": ev.CALL_DIALLED,
    "offered": ev.CALL_OFFERED,
    "refused": ev.CALL_REFUSED,
    "rang": ev.CALL_ATTEMPT_FAILED,
    "dumped": ev.CALL_HUNG_UP_ON,
    "answered": ev.CALL_ANSWERED,
    "ended": ev.CALL_ENDED,
    "transferred": ev.CALL_TRANSFERRED,
    "abandoned": ev.CALL_ABANDONED,
    "left": ev.CALL_LEFT,
    "wrapup": ev.WRAPUP_STARTED,
    "ready": ev.WRAPUP_ENDED,
}
AGENT_WORDS = {
    "joined": ev.AGENT_JOINED,
    "left": ev.AGENT_LEFT,
    "paused": ev.AGENT_PAUSED,
    "unpaused": ev.AGENT_UNPAUSED,
    "restarted": ev.SOURCE_RESTARTED,
}
#: What a table calls it -> what the event calls it.
NAMES = {"wait": "wait_s", "talk": "talk_s", "by": "text", "reason": "text", "how": "text"}

#: Stream -> its number, its source, its rank: queue_log 1, events 2, realtime table 3, call records 4.
SOURCES = {"A": (1, 1, 1), "B": (2, 1, 1), "E": (3, 2, 2), "T": (4, 3, 3), "C": (5, 4, 4)}
STREAMS = {number: StreamRank(rank, source, number, b"") for number, source, rank in SOURCES.values()}

_LINE = re.compile(r"(?P<at>(?:\+\d+ )?\d\d:\d\d:\d\d(?:\.\d+)?) +(?:(?P<stream>[A-Z]) +)?(?P<word>[a-z]+)(?P<rest>.*)")


class Happened(NamedTuple):
    """What a table tells of one call."""

    events: list[TelephonyEvent]
    restarts: dict[int, list[Restart]]
    newest: int


def instant(text: str) -> int:
    """`09:00:18` or `+1 09:00:18` in microseconds since 1970."""
    days, _, time = text.rpartition(" ")
    hours, minutes, seconds = time.split(":")
    moment = MIDNIGHT + timedelta(
        days=int(days or 0), hours=int(hours), minutes=int(minutes), milliseconds=round(float(seconds) * 1_000)
    )
    return to_micros(moment)


def clock(at: int | None) -> str:
    """The way back: `09:00:18`, with the day before it if it is another one."""
    if at is None:
        return "-"
    moment = from_micros(at)
    days = (moment.date() - MIDNIGHT.date()).days
    return f"{f'{days:+d} ' if days else ''}{moment:%H:%M:%S}"


def happened(table: str, callid: str = "c1") -> Happened:
    """Read the left side."""
    events: list[TelephonyEvent] = []
    restarts: dict[int, list[Restart]] = {}
    heard: list[int] = []
    for place, (at, stream, word, rest) in enumerate(_lines(table)):
        number, source, _ = SOURCES[stream]
        ref = pack_ref(number, place)
        if word == "restarted":
            before = max(seen for seen in heard if seen <= at)
            restarts.setdefault(source, []).append(Restart(at, ref, before))
        elif word in CALL_WORDS:
            names, told = _told(rest)
            queue, agent = (*names, "", "")[:2]
            events.append(TelephonyEvent(at, ref, CALL_WORDS[word], callid, queue, agent, **told))
        else:
            assert word == "heard", word
        heard.append(at)
    return Happened(events, restarts, max(heard))


def stays(table: str) -> str:
    """What folding makes of the left side, written like the right side."""
    events, restarts, newest = happened(table)
    return show(fold_calls("c1", events, STREAMS, restarts, newest))


def show(calls: Sequence[Call]) -> str:
    """Calls in the spelling of the right side."""
    return "\n--\n".join("\n".join(_show_stay(stay) for stay in call.stays) for call in calls)


def tidy(table: str) -> str:
    """A right side without its layout."""
    return "\n".join(" ".join(line.split()) for line in table.strip().splitlines())


def spans(table: str) -> str:
    """What folding makes of one agent's changes in one queue."""
    changes = [StateChange(at, AGENT_WORDS[word], rest.strip()) for at, _, word, rest in _lines(table)]
    return "\n".join(
        " ".join(filter(None, (clock(span.start), clock(span.end), span.state, span.reason)))
        for span in fold_agent(changes)
    )


def _show_stay(stay: Stay) -> str:
    columns = [stay.queue, stay.outcome, clock(stay.entered_at), clock(stay.answered_at), clock(stay.ended_at)]
    columns += [str(value) if value is not None else "-" for value in (stay.wait_s, stay.talk_s)]
    columns += [stay.agent or "-", stay.ended_by or "-"]
    columns += ["began-unseen"] * stay.start_unknown
    columns += [f"rang={stay.attempts_failed}"] * bool(stay.attempts_failed)
    columns += [f"wrapup={stay.wrapup_s}"] * (stay.wrapup_s is not None)
    return " ".join(column or '""' for column in columns)


def _lines(table: str) -> list[tuple[int, str, str, str]]:
    found = []
    for line in table.strip().splitlines():
        match = _LINE.fullmatch(line.strip())
        assert match, line
        found.append((instant(match["at"]), match["stream"] or "A", match["word"], match["rest"]))
    return found


def _told(rest: str) -> tuple[list[str], dict[str, object]]:
    names, told = [], {}
    for part in rest.split():
        name, equals, value = part.partition("=")
        if equals:
            field = NAMES.get(name, name)
            told[field] = int(value) if field.endswith("_s") else value
        else:
            names.append("" if part == "-" else part)
    return names, told


def log(text: str) -> list[RawRow]:
    """Lines of a queue_log, with the time of day in front instead of seconds since 1970."""
    rows, position = [], 0
    for line in filter(str.strip, text.split("\n")):
        time, bar, rest = line.lstrip().partition("|")
        payload = f"{instant(time) // SECOND}{bar}{rest}".encode()
        rows.append(RawRow(position, payload))
        position += len(payload) + 1
    return rows


def logged(text: str) -> str:
    """The stays that lines of a queue_log tell of the call c1."""
    decoded = decode(log(text), Reading(1))
    assert not decoded.unreadable, decoded.unreadable
    events = [event for event in decoded.events if event.call == "c1"]
    return show(fold_calls("c1", events, STREAMS, {}, max(event.at for event in decoded.events)))
