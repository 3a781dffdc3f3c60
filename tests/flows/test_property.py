"""Calls made up, rendered as log lines, shuffled as far as may be, must come back as they were."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from datetime import datetime
from hashlib import blake2s
from itertools import count, pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from tests.flows.exchange import queues, run, select, snapshot
from tests.flows.generated import (
    EPOCH,
    Day,
    Line,
    Log,
    Outcome,
    Span,
    Told,
    days,
    render,
    render_shifts,
    restart_seconds,
    shifts,
)
from wfm.core.clock import SECOND
from wfm.queues.rules.calls import StreamRank, fold_calls
from wfm.queues.rules.stays import Restart
from wfm.telephony.adapters.queue_log import decode
from wfm.telephony.rules.events import SOURCE_RESTARTED, RawRow, Reading, TelephonyEvent, unpack_ref

seeds = st.integers(0, 2**32 - 1)
NUMBERS = count(1)
#: Examples that go through the database; what fails is shown as it came, since shrinking it would take minutes.
FEW = settings(max_examples=12, phases=[Phase.generate])


class File(NamedTuple):
    """A stretch of the log's lines in a file of its own."""

    begin: int
    end: int


def cut(log: Log, chance: Random) -> list[File]:
    """The log in files one behind the other, and some copies: tails of files, several files in one; in any order.

    No two files begin in the same second, since what was written first in it could not be told (a copy may: it tells
    less of it); and no equal lines stand on both sides of a cut, since they would be one line in two files.
    """
    places = [0]
    for place in sorted(chance.sample(range(len(log.lines)), min(3, len(log.lines)))):
        equal = {*map(written, log.lines[:place])} & {*map(written, log.lines[place:])}
        if log.lines[place].second > log.lines[places[-1]].second and not equal:
            places.append(place)
    files = [File(begin, end) for begin, end in pairwise([*places, len(log.lines)])]
    tails = [File(chance.randrange(file.begin, file.end), file.end) for file in files if chance.random() < 0.5]
    copies = [tail for tail in tails if tail not in files]
    if len(files) > 1 and chance.random() < 0.5:
        copies.append(File(files[0].begin, files[1].end))
    everything = [*files, *copies]
    chance.shuffle(everything)
    return everything


def written(line: Line) -> tuple[int, str]:
    return line.second, line.text


def step_back(log: Log, chance: Random) -> None:
    """Lines are stamped before they are written: neighbours of different calls may stand the wrong way round."""
    for place in range(1, len(log.lines)):
        one, other = log.lines[place - 1 : place + 1]
        strangers = one.call != other.call and -1 not in (one.call, other.call)
        if strangers and other.second == one.second + 1 and chance.random() < 0.3:
            log.lines[place - 1 : place + 1] = other, one


def rows(log: Log, file: File) -> list[RawRow]:
    found, position = [], 0
    for line in log.text(file.begin, file.end).split(b"\n")[:-1]:
        found.append(RawRow(position, line))
        position += len(line) + 1
    return found


def restarts_of(log: Log, events: list[TelephonyEvent], streams: dict[int, StreamRank]) -> dict[int, list[Restart]]:
    """The restarts, each once, as the oldest file tells it, with the second of the last line before it."""
    found: dict[int, Restart] = {}
    told = [event for event in events if event.kind == SOURCE_RESTARTED]
    places = {event: unpack_ref(event.ref) for event in told}
    for event in sorted(told, key=lambda event: (streams[places[event][0]].first_at, -places[event][1])):
        second = event.at // SECOND - EPOCH
        last = max((line.second for line in log.lines if line.second < second), default=second)
        found.setdefault(event.at, Restart(event.at, event.ref, (EPOCH + last) * SECOND))
    return {1: list(found.values())}


@settings(max_examples=400)
@given(days, seeds)
def test_the_calls_come_back(day: Day, seed: int):
    chance = Random(seed)
    log = render(day, chance)
    step_back(log, chance)
    files = cut(log, chance) if log.lines else []
    note(f"{log.text().decode()}\n{files}")
    events, streams = [], {}
    for number, file in enumerate(files, 1):
        lines = rows(log, file)
        decoded = decode(lines, Reading(number))
        assert not decoded.unreadable
        first = lines[0].payload
        streams[number] = StreamRank(1, 1, decoded.events[0].at, blake2s(first).digest())
        events += decoded.events
    restarts = restarts_of(log, events, streams)
    of_call = defaultdict(list)
    for event in events:
        if event.call:
            of_call[event.call].append(event)
    assert of_call.keys() == log.outcomes.keys()
    newest = max((event.at for event in events), default=0)
    for callid, told in of_call.items():
        chance.shuffle(told)
        [call] = fold_calls(callid, told, streams, restarts, newest)
        assert [as_outcome(stay) for stay in call.stays] == log.outcomes[callid]


def as_outcome(stay) -> Outcome:
    def second(at: int | None) -> int | None:
        return None if at is None else at // SECOND - EPOCH

    return Outcome(
        stay.queue,
        second(stay.entered_at),
        stay.outcome,
        second(stay.answered_at),
        second(stay.ended_at),
        stay.wait_s,
        stay.talk_s,
        stay.agent,
        stay.attempts_failed,
    )


def take_in(log: Log, chance: Random) -> int:
    """The log through the intake, as a system of its own: files in any order, grown in between, batches of any size."""
    name = f"exchange-{next(NUMBERS)}"
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(cut(log, chance)):
            path, content = Path(folder) / f"queue_log.{number}", log.text(*file)
            for grown in sorted({chance.randrange(len(content) + 1), len(content)}):
                path.write_bytes(content[:grown])
                batch = chance.choice([1, 2, 7, 1_000])
                run("ingest", "queue-log", path, "--source", name, "--system", name, "--batch-size", batch)
    [(system,)] = select("SELECT id FROM system WHERE name = :name", name=name)
    return system


def second(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp()) - EPOCH


@FEW
@given(days, seeds)
def calls_come_back(day: Day, seed: int) -> None:
    chance = Random(seed)
    log = render(day, chance)
    step_back(log, chance)
    note(log.text().decode())
    if not log.lines:
        return
    system = take_in(log, chance)
    found = {callid: [] for callid in log.outcomes}
    for callid, queue, entered, outcome, answered, ended, *rest in select(
        """SELECT callid, queue, entered_at, outcome, answered_at, ended_at, wait_s, talk_s, agent, attempts_failed
           FROM stay WHERE system_id = :system ORDER BY callid, stay_no""",
        system=system,
    ):
        found[callid].append(Outcome(queue, second(entered), outcome, second(answered), second(ended), *rest))
    assert found == log.outcomes


@FEW
@given(shifts, restart_seconds, seeds)
def agents_come_back(told: list[Told], restarts: list[int], seed: int) -> None:
    log, wanted = render_shifts(told, restarts)
    note(log.text().decode())
    system = take_in(log, Random(seed))
    found = [
        Span(agent, queue, second(start), second(end), state, reason)
        for agent, queue, start, end, state, reason in select(
            "SELECT agent, queue, starts_at, ends_at, state, reason FROM agent_span WHERE system_id = :system",
            system=system,
        )
    ]
    assert sorted(found, key=lambda span: span[:3]) == wanted


def test_the_calls_come_back_from_the_database(database: str):
    calls_come_back()
    report = queues("2026-03-02", "2026-03-03", "day")
    assert report["complete"], report["gaps"]
    outcomes = Counter(outcome for (outcome,) in select("SELECT outcome FROM stay"))
    counted = report["total"] | report["total"]["left"]
    names = ("answered", "abandoned", "timeout", "key", "empty", "withdrawn", "lost", "open", "refused")
    assert {name: counted[name] for name in names} == {name: outcomes[name] for name in names}
    assert [(counted["talk_s"],)] == select("SELECT sum(talk_s) FROM stay")
    before = snapshot()
    run("rebuild")
    assert snapshot() == before


def test_the_agents_come_back_from_the_database(database: str):
    agents_come_back()
    before = snapshot("agent_event", "agent_span", "activity", "fact_interval")
    run("rebuild")
    assert snapshot("agent_event", "agent_span", "activity", "fact_interval") == before
