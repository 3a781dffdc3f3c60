"""Where the seconds of the capture lie, reckoned once more second by second from its lines, without a database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC

from tests.flows.exchange import NEWER, OLDER, select

QUARTER = 900
Placed = Counter[tuple[int, str]]  # (beginning of a quarter of an hour, queue) -> seconds


def events() -> Iterator[tuple[int, str, str, str, str, list[str]]]:
    for line in (OLDER.read_text() + NEWER.read_text()).splitlines():
        second, callid, queue, agent, event, *data = line.split("|")
        yield int(second), callid, queue, agent, event, data


def lay(placed: Placed, queue: str, begin: int, end: int) -> None:
    for second in range(begin, end):
        placed[second // QUARTER * QUARTER, queue] += 1


def talks() -> Iterator[tuple[str, str, int, int]]:
    """Queue, agent, beginning and end of every talk: an answer and the talk that its end tells."""
    answered: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for second, callid, queue, agent, event, data in events():
        if event == "CONNECT":
            answered[callid, queue, agent].append(second)
        elif event.startswith("COMPLETE") or event.endswith("TRANSFER"):
            begin = answered[callid, queue, agent].pop(0)
            yield queue, agent, begin, begin + int(data[1] if event.startswith("COMPLETE") else data[-2])


def stored(column: str) -> Placed:
    rows = select(f"SELECT starts_at, queue, {column} FROM fact_interval WHERE {column} <> 0")
    return Counter({(int(start.astimezone(UTC).timestamp()), queue): seconds for start, queue, seconds in rows})


def test_talk(capture: str):
    placed: Placed = Counter()
    for queue, _, begin, end in talks():
        lay(placed, queue, begin, end)
    assert sum(placed.values()) == 19_966
    assert stored("talk_here_s") == placed


def test_wrapup(capture: str):
    """As long as the queue has it, but no longer than until the agent's next event (a telephone that rings is none)."""
    most = dict(select("SELECT name, wrapup_s FROM queue"))
    changes: dict[str, list[int]] = defaultdict(list)
    for second, _, _, agent, event, _ in events():
        if event in ("CONNECT", "PAUSE", "UNPAUSE", "ADDMEMBER", "REMOVEMEMBER"):
            changes[agent].append(second)
    placed: Placed = Counter()
    for queue, agent, begin, end in talks():
        behind = [second for second in changes[agent] if second >= end and second > begin]
        lay(placed, queue, end, min([end + most[queue], *behind]))
    assert sum(placed.values()) > 1_000
    assert stored("wrapup_here_s") == placed


def test_time_logged_on_and_paused(capture: str):
    states: dict[tuple[str, str], str] = {}
    seconds: dict[str, Placed] = {"ready": Counter(), "paused": Counter()}
    last = 0
    for second, _, queue, agent, event, _ in events():
        for (_, where), state in states.items():
            lay(seconds[state], where, last, second)
        last = second
        if queue == "NONE":
            continue
        if event == "ADDMEMBER":
            states.setdefault((agent, queue), "ready")
        elif event == "REMOVEMEMBER":
            del states[agent, queue]
        elif event in ("PAUSE", "UNPAUSE"):
            states[agent, queue] = "paused" if event == "PAUSE" else "ready"
    assert stored("staffed_here_s") == seconds["ready"] + seconds["paused"]
    assert stored("paused_here_s") == seconds["paused"]
