"""What the capture of a real Asterisk must come out as: every count and every second (bar R1).

Queues, half hours and agents as an independent script reckoned them from the log; refusals and partners' calls as that
script knows them from what each synthetic caller really did; partners' other figures from a bare count over the lines.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.flows.exchange import DATA, NEWER, OLDER, agents, import_numbers, queues, usage
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

FROM_LOG = json.loads((DATA / "expected_from_log.json").read_text())
FROM_CALLERS = json.loads((DATA / "expected.json").read_text())

#: Number dialled -> partner, and the name under which the expectation has it. 115 belongs to nobody.
PARTNERS = {
    "495110000168": ("03241001", "hannover"),
    "495110000300": ("03241001", "hannover"),
    "495110000400": ("03241010", "langenhagen"),
    "495132000050": ("03241011", "lehrte"),
    "495136000010": ("03241003", "burgdorf"),
    "495131000020": ("03241005", "garbsen"),
    "115": ("", "(unknown: dialled 115)"),
}
LEVELS = {
    "offered": "sl_offered",
    "answered": "sl_answered_only",
    "excl_abandoned_within": "sl_less_short_abandons",
    "abandoned_met": "sl_abandons_count_as_met",
}
LEFT = {"timeout": "exit_timeout", "key": "exit_key", "empty": "exit_empty", "withdrawn": "withdrawn"}


def know_partners(folder: Path) -> None:
    """The Region's partners, and whose number is whose."""
    with transaction() as session:
        load_base_data(session)
    import_numbers(folder, [f"{number},{key},2026-01-01," for number, (key, _) in PARTNERS.items() if key])


def check() -> None:
    """Compare every figure of the capture; an assertion fails with the first place that differs."""
    check_queues()
    check_agents()
    check_partners()


def check_queues() -> None:
    report = queues("2026-06-09", "2026-06-10")
    assert report["complete"], report["gaps"]
    assert_same(figures(report["total"]), expected(FROM_LOG["total"], FROM_CALLERS["total"]), "all queues")
    assert sorted(row["queue"] for row in report["totals"]) == sorted(FROM_LOG["queues"])
    for row in report["totals"]:
        queue = row["queue"]
        assert_same(figures(row), expected(FROM_LOG["queues"][queue], FROM_CALLERS["queues"][queue]), queue)
    found = {(row["queue"], row["start"]): figures(row) for row in report["rows"]}
    wanted = {
        (queue, start): expected(FROM_LOG["intervals"][queue].get(start), by_callers.get(start))
        for queue, by_callers in FROM_CALLERS["intervals"].items()
        for start in FROM_LOG["intervals"][queue] | by_callers
    }
    assert sorted(found) == sorted(wanted)
    for place, row in found.items():
        assert_same(row, wanted[place], place)


def figures(row: dict[str, Any]) -> dict[str, Any]:
    """What a row of the report says, in the words of the expectation."""
    return {
        **{name: row[name] for name in ("offered", "answered", "abandoned", "refused")},
        **{name: row[name] for name in ("answered_within", "abandoned_within")},
        "other": {LEFT[reason]: count for reason, count in row["left"].items() if count},
        "lost": row["lost"],
        "open": row["open"],
        "talk_unknown": row["talk_unknown"],
        "talk_sum_s": row["talk_s"],
        "longest_wait_s": row["longest_wait_s"] or 0,
        "asa_s": round(row["wait_s_answered"] / row["answered"], 3) if row["answered"] else None,
        **{name: percent(row["service_level"][variant]) for variant, name in LEVELS.items()},
    }


def expected(from_log: dict[str, Any] | None, from_callers: dict[str, Any] | None) -> dict[str, Any]:
    wanted = {**NOTHING, **(from_log or {})}
    return {name: wanted[name] for name in NOTHING} | {"refused": (from_callers or {"refused": 0})["refused"]}


NOTHING: dict[str, Any] = {
    **dict.fromkeys(("offered", "answered", "abandoned", "refused", "answered_within", "abandoned_within"), 0),
    **dict.fromkeys(("lost", "open", "talk_unknown", "talk_sum_s", "longest_wait_s"), 0),
    "other": {},
    "asa_s": None,
    **dict.fromkeys(LEVELS.values()),
}


def percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 3)


def check_agents() -> None:
    rows = agents("2026-06-09", "2026-06-10")["rows"]
    found = {
        row["agent"]: {"answered": row["answered"], "talk_sum_s": row["talk_s"]} for row in rows if row["answered"]
    }
    wanted = FROM_LOG["agents"]
    assert found == wanted


def check_partners() -> None:
    report = usage("2026-06")
    wanted = count_lines()
    rows = {row["partner"]: row for row in report["rows"]} | {"": report["unattributed"]}
    found = {key: {name: row[name] for name in wanted[""]} for key, row in rows.items() if row["calls"]}
    assert found == wanted
    assert {name: report["total"][name] for name in wanted[""]} == {
        name: sum(row[name] for row in wanted.values()) for name in wanted[""]
    }
    for name, row in FROM_CALLERS["municipalities"].items():
        key = next(key for key, municipality in PARTNERS.values() if municipality == name)
        assert (found[key]["calls"], found[key]["calls_answered"]) == (
            row["calls"],
            row["calls_answered_at_least_once"],
        )
        assert found[key]["stays"] + found[key]["refused"] == row["segments"]


def count_lines() -> dict[str, dict[str, int]]:
    """Partners' figures counted over the lines as they stand, call by call, without a thought of stays or order."""
    dialled: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in (OLDER.read_text() + NEWER.read_text()).splitlines():
        _, callid, _, _, event, *data = line.split("|")
        if not re.fullmatch(r"\d+\.\d+", callid):
            continue
        count = counts[callid]
        count[event] += 1
        if event == "DID":
            dialled.setdefault(callid, data[0])
        elif event == "CONNECT":
            count["wait_s_answered"] += int(data[0])
            count["answered_within"] += int(data[0]) <= 30
        elif event == "ABANDON":
            count["wait_s_abandoned"] += int(data[2])
            count["abandoned_within"] += int(data[2]) <= 30
        elif event.startswith("COMPLETE"):
            count["talk_s"] += int(data[1])
        elif event.endswith("TRANSFER"):
            count["talk_s"] += int(data[-2])
    partners: dict[str, dict[str, int]] = {}
    for callid, number in dialled.items():
        count = counts[callid]
        sums = {
            "calls": 1,
            "calls_answered": int(count["CONNECT"] > 0),
            "calls_refused": int(count["ENTERQUEUE"] == 0),
            "stays": count["ENTERQUEUE"],
            "offered": count["ENTERQUEUE"],
            "answered": count["CONNECT"],
            "abandoned": count["ABANDON"],
            "refused": count["DID"] - count["ENTERQUEUE"],
            "answered_within": count["answered_within"],
            "abandoned_within": count["abandoned_within"],
            "wait_s_answered": count["wait_s_answered"],
            "wait_s_abandoned": count["wait_s_abandoned"],
            "talk_s": count["talk_s"],
            "started_minutes": -(-count["talk_s"] // 60),
        }
        partner = partners.setdefault(PARTNERS[number][0], dict.fromkeys(sums, 0))
        for name, value in sums.items():
            partner[name] += value
    return partners


def assert_same(found: dict[str, Any], wanted: dict[str, Any], place: object) -> None:
    differences = {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}
    assert not differences, f"{place}: found, wanted: {differences}"
