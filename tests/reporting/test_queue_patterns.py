"""The week by hour and the waits in classes, counted once more from the stays themselves."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from tests.flows.exchange import select
from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.reporting import queue_patterns

#: The capture's month.
DAYS = Days(date(2026, 6, 1), date(2026, 7, 1))
STAYS = "SELECT entered_at, queue, outcome, wait_s FROM stay WHERE outcome <> 'refused'"


def test_the_week(capture: str):
    expected: Counter[tuple[int, int]] = Counter()
    for entered_at, _, _, _ in select(STAYS):
        local = entered_at.astimezone(BERLIN)
        expected[local.weekday(), local.hour] += 1
    assert sum(expected.values()) == 305
    with transaction() as session:
        found = queue_patterns.queue_week(session, DAYS)
    assert {(row["weekday"], row["hour"]): row["offered"] for row in found} == expected
    for row in found:
        days = sum(day.weekday() == row["weekday"] for day in DAYS)
        assert row["mean_offered"] == row["offered"] / days


def test_the_waits(capture: str):
    waits = {outcome: [] for outcome in ("answered", "abandoned")}
    for _, _, outcome, wait_s in select(STAYS):
        if outcome in waits:
            waits[outcome].append(wait_s)
    with transaction() as session:
        found = queue_patterns.queue_waits(session, DAYS)
    for row in found:
        above = -1 if row["above_s"] is None else row["above_s"]
        up_to = 10**6 if row["up_to_s"] is None else row["up_to_s"]
        for outcome, all_waits in waits.items():
            assert row[outcome] == sum(above < wait <= up_to for wait in all_waits), row
    assert sum(row["answered"] for row in found) == 217


def test_one_queue(capture: str):
    (name, count) = select("SELECT queue, count(*) FROM stay WHERE outcome <> 'refused' GROUP BY 1 ORDER BY 2 DESC")[0]
    with transaction() as session:
        assert sum(row["offered"] for row in queue_patterns.queue_week(session, DAYS, name)) == count


def test_days_without_calls(capture: str):
    quiet = Days(date(2020, 1, 1), date(2020, 1, 2))
    with transaction() as session:
        assert queue_patterns.queue_week(session, quiet) == []
        assert {row["answered"] for row in queue_patterns.queue_waits(session, quiet)} == {0}


def test_the_newest_day(capture: str):
    newest = max(entered_at.astimezone(BERLIN).date() for entered_at, *_ in select(STAYS))
    with transaction() as session:
        assert newest <= queue_patterns.latest_day(session) <= newest + timedelta(days=1)
