"""A simulated week through the front door: what the simulator did is what the reports say.

The truth comes from the simulator's own objects, never from the log.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from wfm import ingest
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.directory.service import load_base_data, run_import
from wfm.reporting.queries import definition, queue_report, usage_report
from wfm.telephony.rules.simulation.centre import dialled_numbers
from wfm.telephony.rules.simulation.truth import Truth
from wfm.telephony.scenarios import generate, read_scenario

#: The week with the day of 25 hours at its end.
WEEK = Days(date(2026, 10, 19), date(2026, 10, 26))


@pytest.fixture(scope="module")
def truth(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The week simulated and taken in; what truly happened."""
    told = Truth()
    scenario = read_scenario(WEEK.start, WEEK.end, calls_per_year=60_000)
    log: Path = tmp_path_factory.mktemp("week") / "queue_log"
    log.write_text("".join(generate(WEEK.start, WEEK.end, 7, scenario, told)), encoding="utf-8")
    rows = [f"{number},{partner},2026-01-01," for number, partner in dialled_numbers(scenario.partners)]
    with transaction() as session:
        load_base_data(session)
        run_import(session, "numbers", "\n".join(["number,partner,valid_from,valid_to", *rows]))
    ingest.ingest_log(log, "simulation", system="simulation", batch=997)
    ingest.count_facts()
    return told.as_dict()


def of(row: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Those figures of a row that the truth has, too."""
    return {name: row[name] for name in like}


def test_queues_and_half_hours_are_as_they_were(truth: dict[str, Any]) -> None:
    with transaction() as session:
        report = queue_report(session, WEEK, "30", definition(session, WEEK.start, threshold=30))
    assert report["generated"] is True
    assert report["complete"] is True
    assert {row["queue"]: of(row, truth["queues"][row["queue"]]) for row in report["totals"]} == truth["queues"]
    found = {(row["queue"], row["start"]): row for row in report["rows"]}
    expected = {(queue, start): row for queue, rows in truth["intervals"].items() for start, row in rows.items()}
    assert {place: of(row, expected[place]) for place, row in found.items()} == expected


def test_partners_are_as_they_were(truth: dict[str, Any]) -> None:
    with transaction() as session:
        report = usage_report(session, Month(2026, 10), definition(session, WEEK.start, threshold=30))
    month = truth["months"]["2026-10"]
    rows = {row["partner"]: row for row in report["rows"] if row["calls"]}
    assert {key: of(row, month[key]) for key, row in rows.items()} == {
        key: row for key, row in month.items() if key != "unattributed"
    }
    assert of(report["unattributed"], month["unattributed"]) == month["unattributed"]
    assert of(report["total"], truth["total"]) == truth["total"]
