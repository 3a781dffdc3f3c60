"""The capture of a real Asterisk, from its file and its realtime table, without a database: adapters and folding alone.

`expected_from_log.json` was reckoned by an independent script from the log (bar R1).
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from wfm.core.clock import BERLIN, SECOND
from wfm.queues.rules.calls import StreamRank, fold_calls
from wfm.queues.rules.stays import Stay
from wfm.telephony.adapters import queue_log, queue_log_table
from wfm.telephony.rules.events import Decoded, RawRow, Reading

CAPTURE = Path(queue_log.__file__).parents[1] / "data" / "asterisk"
DATA = Path(__file__).parents[1] / "data" / "asterisk"
EXPECTED = json.loads((DATA / "expected_from_log.json").read_text())
OUTCOMES = {"timeout": "exit_timeout", "key": "exit_key", "empty": "exit_empty", "withdrawn": "withdrawn"}
HALF_HOUR = 1_800 * SECOND


def file_rows(name: str) -> list[RawRow]:
    rows, position = [], 0
    for line in (CAPTURE / name).read_bytes().split(b"\n")[:-1]:
        rows.append(RawRow(position, line))
        position += len(line) + 1
    return rows


def table_rows() -> list[RawRow]:
    with (DATA / "queue_log_realtime.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))[1:]
    return [RawRow(int(line[0]), json.dumps(line, ensure_ascii=False).encode()) for line in lines]


def in_batches(decode, rows: list[RawRow], reading: Reading, size: int) -> list[Decoded]:
    return [decode(rows[start : start + size], reading) for start in range(0, len(rows), size)]


def stays_of(batches: list[Decoded], streams: dict[int, StreamRank]) -> list[Stay]:
    assert not any(batch.unreadable for batch in batches)
    by_call = defaultdict(list)
    for batch in batches:
        for event in batch.events:
            if event.call:
                by_call[event.call].append(event)
    newest = max(event.at for batch in batches for event in batch.events)
    calls = [fold_calls(callid, events, streams, {}, newest) for callid, events in by_call.items()]
    return [stay for found in calls for call in found for stay in call.stays if stay.outcome != "refused"]


def figures(stays: list[Stay]) -> dict[str, object]:
    answered = [stay for stay in stays if stay.outcome == "answered"]
    abandoned = [stay for stay in stays if stay.outcome == "abandoned"]
    return {
        "offered": len(stays),
        "answered": len(answered),
        "abandoned": len(abandoned),
        "other": dict(Counter(OUTCOMES[stay.outcome] for stay in stays if stay.outcome in OUTCOMES)),
        "answered_within": sum(stay.wait_s <= 30 for stay in answered),
        "abandoned_within": sum(stay.wait_s <= 30 for stay in abandoned),
        "talk_sum_s": sum(stay.talk_s or 0 for stay in answered),
        "asa_s": round(sum(stay.wait_s for stay in answered) / len(answered), 3) if answered else None,
        "longest_wait_s": max(stay.wait_s or 0 for stay in stays),
        "longest_wait_answered_s": max((stay.wait_s for stay in answered), default=None),
    }


def check(stays: list[Stay]) -> None:
    assert agree(figures(stays), EXPECTED["total"])
    queues = sorted({stay.queue for stay in stays})
    assert queues == sorted(EXPECTED["queues"])
    for queue in queues:
        mine = [stay for stay in stays if stay.queue == queue]
        assert agree(figures(mine), EXPECTED["queues"][queue])
        halves = defaultdict(list)
        for stay in mine:
            start = stay.entered_at // HALF_HOUR * HALF_HOUR
            halves[datetime.fromtimestamp(start // SECOND, BERLIN).isoformat()].append(stay)
        expected = EXPECTED["intervals"][queue]
        assert sorted(halves) == sorted(expected)
        for start, entered in halves.items():
            assert agree(figures(entered), expected[start]), (queue, start)
    agents = {
        agent: {
            "answered": sum(stay.agent == agent for stay in stays),
            "talk_sum_s": sum(stay.talk_s or 0 for stay in stays if stay.agent == agent),
        }
        for agent in {stay.agent for stay in stays if stay.agent}
    }
    assert agents == EXPECTED["agents"]


def agree(mine: dict[str, object], expected: dict[str, object]) -> bool:
    assert mine == {name: expected[name] for name in mine}
    return True


FILES = {1: StreamRank(1, 1, 1, b"0"), 2: StreamRank(1, 1, 2, b"1")}
TABLE = {3: StreamRank(3, 2, 1, b"t")}


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("order", [("queue_log.0", "queue_log"), ("queue_log", "queue_log.0")])
def test_the_files_give_every_expected_figure(order: tuple[str, str], size: int):
    numbers = {"queue_log.0": 1, "queue_log": 2}
    batches = [
        batch for name in order for batch in in_batches(queue_log.decode, file_rows(name), Reading(numbers[name]), size)
    ]
    check(stays_of(batches, FILES))


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_table_gives_the_same_figures(size: int):
    check(stays_of(in_batches(queue_log_table.decode, table_rows(), Reading(3), size), TABLE))


def test_the_table_in_any_order_gives_the_same_figures():
    rows = table_rows()
    Random(115).shuffle(rows)
    check(stays_of(in_batches(queue_log_table.decode, rows, Reading(3), 100), TABLE))


def test_file_and_table_of_one_system_count_a_call_once():
    files = [
        queue_log.decode(file_rows(name), Reading(number)) for number, name in ((1, "queue_log.0"), (2, "queue_log"))
    ]
    table = queue_log_table.decode(table_rows(), Reading(3))
    check(stays_of([table, *files], FILES | TABLE))


def test_a_call_is_whole_though_the_first_source_has_a_hole():
    file = queue_log.decode(file_rows("queue_log"), Reading(2))
    table = queue_log_table.decode(table_rows(), Reading(3))
    stays = stays_of([file, table], {2: FILES[2], **TABLE})
    assert len(stays) == EXPECTED["total"]["offered"]


def test_pauses_and_refusals_of_file_and_table_are_the_same():
    told = Counter()
    for name, number in (("queue_log.0", 1), ("queue_log", 2)):
        told.update(event[2:] for event in queue_log.decode(file_rows(name), Reading(number)).events)
    told.subtract(event[2:] for event in queue_log_table.decode(table_rows(), Reading(3)).events)
    assert not any(told.values())
