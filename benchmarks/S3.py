"""S3: reading queue_log lines for a backfill against a plain loop over `str.split` that gives the same events.

Both make the same `TelephonyEvent`s, equal field by field, of lines held in memory, batch by batch. Ours
also finds its way in the file (positions), bears garbage, and says what is wrong with a line; the loop would die of it.
Ours runs as in a batch of the intake, while Python's search for cyclic garbage is paused; what the loop would take so
is told as well.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from itertools import chain

from benchmarks.harness import cpu_of, log_lines, median, report
from wfm.core.garbage import no_search_for_cycles
from wfm.telephony.adapters import queue_log
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import Reading, TelephonyEvent
from wfm.telephony.service.files import complete_lines

LINES, BATCH = 200_000, 10_000
ROUNDS = 9
ENDS = {"COMPLETEAGENT": "agent", "COMPLETECALLER": "caller"}
TRANSFERS = {"BLINDTRANSFER": "blind", "ATTENDEDTRANSFER": "attended"}
LEFT = {
    "EXITWITHTIMEOUT": ("timeout", 7),
    "EXITEMPTY": ("empty", 7),
    "EXITWITHKEY": ("key", 8),
    "WITHDRAW": ("withdrawn", 7),
}
AGENTS = {"REMOVEMEMBER": ev.AGENT_LEFT, "PAUSE": ev.AGENT_PAUSED, "UNPAUSE": ev.AGENT_UNPAUSED}


def main() -> None:
    data = log_lines(LINES).read_bytes()
    assert list(chain(*ours(data))) == list(chain(*plain(data))), "the two ways read different events"
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS):
        for name, way in (("plain", plain), ("ours", ours)):
            times[name].append(cpu_of(lambda way=way: deque(way(data), maxlen=0)))
    ratio = median([plain / own for plain, own in zip(times["plain"], times["ours"], strict=True)])
    with no_search_for_cycles():
        times["plain_without_gc"] = [cpu_of(lambda: deque(plain(data), maxlen=0)) for _ in range(ROUNDS)]
    figures = {f"{name}_us_a_line": median(of) / LINES * 1e6 for name, of in times.items()}
    report("S3", ratio, 1.5, against="a loop over str.split, same events (CPU)", lines=LINES, rounds=ROUNDS, **figures)


def ours(data: bytes) -> Iterator[list[TelephonyEvent]]:
    """The events of each batch."""
    for rows, _ in complete_lines(io.BytesIO(data), 0, BATCH):
        with no_search_for_cycles():
            yield queue_log.decode(rows, Reading(1)).events


def plain(data: bytes) -> Iterator[list[TelephonyEvent]]:
    """As one writes it for a well-formed log: one loop, one branch an event."""
    events: list[TelephonyEvent] = []
    position = 0
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        fields = line.decode().split("|")
        event = plain_event(int(fields[0]) * 1_000_000, 1 << ev.POSITION_BITS | position, fields)
        if event:
            events.append(event)
        position += len(line) + 1
        if number % BATCH == 0:
            yield events
            events = []
    yield events


def plain_event(at: int, ref: int, fields: list[str]) -> TelephonyEvent | None:
    _, call, queue, agent, event, *data = fields
    if event == "DID":
        return TelephonyEvent(at, ref, ev.CALL_DIALLED, call, "" if queue == "NONE" else queue, dialled=data[0])
    if event == "ENTERQUEUE":
        number = data[0].isdigit() and not (len(data[0]) == 14 and data[0].startswith("99"))
        dialled, service = (data[0], "") if number else ("", data[0])
        return TelephonyEvent(at, ref, ev.CALL_OFFERED, call, queue, caller=data[1], dialled=dialled, service=service)
    if event == "CONNECT":
        return TelephonyEvent(at, ref, ev.CALL_ANSWERED, call, queue, agent, wait_s=int(data[0]))
    if event in ENDS:
        return TelephonyEvent(at, ref, ev.CALL_ENDED, call, queue, agent, ENDS[event], int(data[0]), int(data[1]))
    if event in TRANSFERS:
        wait, talk = int(data[-3]), int(data[-2])
        return TelephonyEvent(at, ref, ev.CALL_TRANSFERRED, call, queue, agent, TRANSFERS[event], wait, talk)
    if event == "ABANDON":
        return TelephonyEvent(at, ref, ev.CALL_ABANDONED, call, queue, wait_s=int(data[2]))
    if event in LEFT:
        reason, wait_field = LEFT[event]
        return TelephonyEvent(at, ref, ev.CALL_LEFT, call, queue, "", reason, int(fields[wait_field]))
    if event in ("RINGNOANSWER", "RINGCANCELED"):
        return TelephonyEvent(at, ref, ev.CALL_ATTEMPT_FAILED, call, queue, agent)
    queue = "" if queue == "NONE" else queue
    if event == "ADDMEMBER":
        return TelephonyEvent(
            at, ref, ev.AGENT_JOINED, "", queue, agent, data[0] if data and data[0] == "PAUSED" else ""
        )
    if event in AGENTS:
        return TelephonyEvent(
            at, ref, AGENTS[event], "", queue, agent, "" if event == "REMOVEMEMBER" else "|".join(data)
        )
    if event == "QUEUESTART":
        return TelephonyEvent(at, ref, ev.SOURCE_RESTARTED, text="|".join(data))
    if event == "WFMGENERATED":
        return TelephonyEvent(at, ref, ev.SOURCE_GENERATED, text="|".join(data))
    return None


if __name__ == "__main__":
    main()
