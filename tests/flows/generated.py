"""Days of calls made up, and how a telephone exchange would have written them down.

The renderer knows nothing of folding: it walks through each call's life, writes a line for what happened, notes what
must come out of it, and stops where the exchange crashed. So what is expected comes from the life, not from the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

EPOCH = 1_772_438_400  # 2 March 2026, 9 o'clock in Berlin
QUEUES = ("ausweise", "allgemein", "standesamt")
AGENTS = ("kern", "lang", "Local/ag11@agents/n")
LEFT = {
    "abandoned": "ABANDON|1|1|{wait}",
    "timeout": "EXITWITHTIMEOUT|1|1|{wait}",
    "empty": "EXITEMPTY|1|1|{wait}",
    "key": "EXITWITHKEY|9|1|1|{wait}",
    "withdrawn": "WITHDRAW|1|1|{wait}|call|back",
}
ENDED = {
    "agent": "COMPLETEAGENT|{hold}|{talk}|1",
    "caller": "COMPLETECALLER|{hold}|{talk}|1",
    "blind": "BLINDTRANSFER|9001|inbound|{hold}|{talk}|1",
    "attended": "ATTENDEDTRANSFER|BRIDGE|b-1|{hold}|{talk}|1",
}
GOES_ON = {"timeout", "empty", "key", "blind", "attended"}
"""Behind these the caller may come into another queue, or be refused there."""


class Stay(NamedTuple):
    """What befalls a caller in a queue."""

    queue: str
    wait: int
    how: str
    talk: int
    agent: str
    rings: int
    hold_off: int  # the end repeats the hold a second too large (1.1 no. 4)
    next_first: bool  # the next stay's beginning is logged before this one's end (1.1 no. 3)


class Call(NamedTuple):
    """A caller's way: the second in which it begins, the number dialled, stays, and a refusal at the end of it."""

    begins: int
    dialled: str
    did_names_queue: bool
    stays: list[Stay]
    refused_by: str


class Day(NamedTuple):
    """Calls, crashes (second, and how long the exchange was away), and the second in which the log ends."""

    calls: list[Call]
    crashes: list[tuple[int, int]]
    ends: int


class Outcome(NamedTuple):
    """A stay as it must come out; times in seconds since the day's beginning."""

    queue: str
    entered: int
    outcome: str
    answered: int | None = None
    ended: int | None = None
    wait: int | None = None
    talk: int | None = None
    agent: str | None = None
    rings: int = 0


class Line(NamedTuple):
    """A line: its second, the call it belongs to (-1: none), its place among that call's lines, its text."""

    second: int
    call: int
    place: int
    text: str


@dataclass
class Log:
    """The lines of a day in the order of the file, and what must come out by call id."""

    lines: list[Line] = field(default_factory=list)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)

    def text(self, begin: int = 0, end: int | None = None) -> bytes:
        return "".join(f"{EPOCH + line.second}|{line.text}\n" for line in self.lines[begin:end]).encode()


_seconds = st.integers(0, 40) | st.integers(0, 900)
_stays = st.builds(
    Stay,
    queue=st.sampled_from(QUEUES),
    wait=_seconds,
    how=st.sampled_from([*LEFT, *ENDED]),
    talk=_seconds,
    agent=st.sampled_from(AGENTS),
    rings=st.integers(0, 2),
    hold_off=st.integers(0, 1),
    next_first=st.booleans(),
)
_calls = st.builds(
    Call,
    begins=st.integers(0, 1_800),
    dialled=st.sampled_from(["", "495110300", "495136000010"]),
    did_names_queue=st.booleans(),
    stays=st.lists(_stays, max_size=4),
    refused_by=st.sampled_from(["", *QUEUES]),
)
days = st.builds(
    Day,
    calls=st.lists(_calls, min_size=1, max_size=10),
    crashes=st.lists(st.tuples(st.integers(1, 2_400), st.sampled_from([0, 7, 600])), max_size=2),
    ends=st.sampled_from([2_000, 20_000]),
)


def render(day: Day, chance: Random) -> Log:
    """The log of a day; lines of one second and of different calls stand in any order, those of one call in theirs."""
    log = Log()
    crashes = _apart(day.crashes)
    for number, call in enumerate(day.calls):
        if any(crash <= call.begins < crash + away for crash, away in crashes):
            continue  # nobody reaches an exchange that is away
        ends = min([crash for crash, _ in crashes if crash > call.begins] + [day.ends])
        callid = f"{EPOCH + call.begins}.{number}"
        life = _Life(number, callid, ends, crashed=ends < day.ends)
        outcomes = life.live(call)
        if life.lines:
            log.lines += life.lines
            log.outcomes[callid] = outcomes
    for crash, away in crashes:
        if crash + away < day.ends:
            log.lines.append(Line(crash + away, -1, 0, "NONE|NONE|NONE|QUEUESTART|"))
    order = {line[:2]: chance.random() for line in log.lines}
    log.lines.sort(key=lambda line: (line.second, line.call >= 0, order[line[:2]], line.place))
    _lose_at_last_line(log, crashes, day.ends)
    return log


def _apart(crashes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Crashes of which none happens while the exchange is away after another."""
    kept: list[tuple[int, int]] = []
    for crash, away in sorted(crashes):
        if not kept or crash > sum(kept[-1]):
            kept.append((crash, away))
    return kept


def _lose_at_last_line(log: Log, crashes: Sequence[tuple[int, int]], ends: int) -> None:
    """Who waited in a crash is lost at the last line before the restart."""
    for callid, outcomes in log.outcomes.items():
        for index, found in enumerate(outcomes):
            if found.outcome == "lost":
                crash, away = next(one for one in crashes if one[0] > found.entered)
                if crash + away < ends:
                    last = max(line.second for line in log.lines if line.second < crash)
                    outcomes[index] = found._replace(ended=max(found.entered, last))
                else:  # the log ends before the exchange is back: nobody knows of the crash yet
                    outcomes[index] = found._replace(outcome="open")
        log.outcomes[callid] = outcomes


class _Life:
    """One call as it happens, until the second `ends`, in which everything stops."""

    def __init__(self, number: int, callid: str, ends: int, *, crashed: bool) -> None:
        self.number, self.callid, self.ends, self.crashed = number, callid, ends, crashed
        self.lines: list[Line] = []

    def write(self, second: int, text: str) -> bool:
        """Write a line, unless it is too late for it."""
        if second < self.ends:
            self.lines.append(Line(second, self.number, len(self.lines), f"{self.callid}|{text}"))
        return second < self.ends

    def live(self, call: Call) -> list[Outcome]:
        outcomes: list[Outcome] = []
        now = call.begins
        begun = False
        for stay, following in zip_longest(call.stays, call.stays[1:]):
            if not begun and not self.begin(call, stay, now):
                return outcomes
            found = self.wait(stay, now)
            begun = False
            if found.answered is not None and self.alive(end := found.answered + stay.talk):
                if stay.next_first and stay.how in GOES_ON and following:
                    begun = self.begin(call, following, end)
                hold = stay.wait + stay.hold_off
                self.write(end, f"{stay.queue}|{stay.agent}|{ENDED[stay.how].format(hold=hold, talk=stay.talk)}")
                found = found._replace(ended=end, talk=stay.talk)
            outcomes.append(found)
            if found.ended is None or stay.how not in GOES_ON:
                return outcomes
            now = found.ended
        if call.refused_by and call.dialled and self.write(now, f"{call.refused_by}|NONE|DID|{call.dialled}"):
            outcomes.append(Outcome(call.refused_by, now, "refused", ended=now))
        return outcomes

    def alive(self, second: int) -> bool:
        return second < self.ends

    def begin(self, call: Call, stay: Stay, now: int) -> bool:
        if call.dialled:
            named = stay.queue if call.did_names_queue else "NONE"
            self.write(now, f"{named}|NONE|DID|{call.dialled}")
        return self.write(now, f"{stay.queue}|NONE|ENTERQUEUE||05136123|1")

    def wait(self, stay: Stay, now: int) -> Outcome:
        """The caller waits until something happens, or the exchange dies."""
        rings = sum(
            self.write(now + stay.wait * (ring + 1) // 3, f"{stay.queue}|{stay.agent}|RINGNOANSWER|9000")
            for ring in range(stay.rings)
        )
        over = now + stay.wait
        waiting = Outcome(stay.queue, now, "lost" if self.crashed else "open", rings=rings)
        if not self.alive(over):
            return waiting
        if stay.how in LEFT:
            self.write(over, f"{stay.queue}|NONE|{LEFT[stay.how].format(wait=stay.wait)}")
            return waiting._replace(outcome=stay.how, ended=over, wait=stay.wait)
        self.write(over, f"{stay.queue}|{stay.agent}|CONNECT|{stay.wait}|c.1|3")
        return waiting._replace(outcome="answered", answered=over, wait=stay.wait, agent=stay.agent)


class Told(NamedTuple):
    """Something told of an agent in a queue."""

    second: int
    agent: str
    queue: str
    what: str


class Span(NamedTuple):
    """A stretch of an agent's day as it must come out."""

    agent: str
    queue: str
    start: int
    end: int | None
    state: str
    reason: str


#: What is told -> the state it makes, and its reason; joining is different.
STATES = {
    "PAUSE|Mittag": ("paused", "Mittag"),
    "PAUSE|Team|Besprechung": ("paused", "Team|Besprechung"),
    "UNPAUSE|": ("ready", ""),
    "REMOVEMEMBER|": ("", ""),
}
shifts = st.lists(
    st.builds(
        Told,
        second=st.integers(0, 60) | st.integers(0, 3 * 86_400),
        agent=st.sampled_from(AGENTS[:2]),
        queue=st.sampled_from(QUEUES[:2]),
        what=st.sampled_from([*STATES, "ADDMEMBER|", "ADDMEMBER|PAUSED"]),
    ),
    min_size=1,
    max_size=25,
)
restart_seconds = st.lists(st.integers(0, 60) | st.integers(0, 3 * 86_400), max_size=2, unique=True)


def render_shifts(told: Sequence[Told], restarts: Sequence[int]) -> tuple[Log, list[Span]]:
    """The log of some agents and the stretches it must give: a state holds from when it is told until a crash."""
    log = Log()
    for number, (second, agent, queue, what) in enumerate(told):
        log.lines.append(Line(second, number, 0, f"NONE|{queue}|{agent}|{what}"))
    log.lines += [Line(second, -1, 0, "NONE|NONE|NONE|QUEUESTART|") for second in restarts]
    log.lines.sort(key=lambda line: (line.second, line.call))
    spans: list[Span] = []
    lasting: dict[tuple[str, str], Span] = {}
    last = None
    for line in log.lines:
        if line.call < 0:
            for span in lasting.values():
                spans.append(span._replace(end=last))
            lasting.clear()
        else:
            _, agent, queue, what = told[line.call]
            _change(spans, lasting, agent, queue, what, line.second)
        last = line.second
    spans += lasting.values()
    return log, sorted(span for span in spans if span.end is None or span.end > span.start)


def _change(
    spans: list[Span], lasting: dict[tuple[str, str], Span], agent: str, queue: str, what: str, second: int
) -> None:
    before = lasting.get((agent, queue))
    if what.startswith("ADDMEMBER"):
        if before is not None:
            return
        state, reason = ("paused" if what.endswith("PAUSED") else "ready"), ""
    else:
        state, reason = STATES[what]
    if before is not None:
        if (before.state, before.reason) == (state, reason):
            return
        spans.append(before._replace(end=second))
        del lasting[agent, queue]
    if state:
        lasting[agent, queue] = Span(agent, queue, second, None, state, reason)
