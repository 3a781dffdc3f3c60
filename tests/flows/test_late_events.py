"""Events that come after their month was closed: in any order, cut anywhere, over several closings, nothing is lost and
nothing counts twice. What was frozen and all corrections are together what counting anew would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.flows.closing import close
from tests.flows.exchange import add, import_numbers, ingest, lines, run, select, snapshot, write
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data
from wfm.reporting.service.billed_usage import UsageOfMonth, billed_usage
from wfm.reporting.service.facts import count_days
from wfm.reporting.usage_sums import BY_CLASS, NUMBERS

pytestmark = pytest.mark.usefixtures("database")

MONTHS = ("2026-03", "2026-04", "2026-05")
NUMBERS_DIALLED = ("051100001", "051100002", "051100009")
KEYS = ("day", "partner", "likely", "queue", "service", "method")
Sums = dict[tuple[str, ...], Counter[str]]


def told(chance: Random, number: int) -> Iterator[str]:
    """The lines of a call somewhere in these months, some of them over midnight or the end of a month."""
    day = date(2026, 3, 1) + timedelta(days=chance.choice([0, 30, 31, 60, 61, chance.randrange(90)]))
    second = chance.choice([86_390, 30_000 + chance.randrange(30_000)])
    call, queue = f"c{number}", chance.choice("ab")

    def line(after: int, what: str) -> str:
        at = day + timedelta(days=(second + after) // 86_400)
        clock = timedelta(seconds=(second + after) % 86_400)
        return f"{at}T{str(clock).zfill(8)}|{call}|{queue}|{what}"

    yield line(0, f"NONE|DID|{chance.choice(NUMBERS_DIALLED)}")
    yield line(0, f"NONE|ENTERQUEUE||{chance.choice(('05136123456', '0301234567', ''))}|1")
    wait, talk = chance.randrange(1, 40), chance.choice([0, 4, 19, 59, 60, 400])
    if chance.random() < 0.3:
        yield line(wait, f"NONE|ABANDON|1|1|{wait}")
        return
    yield line(wait, f"kern{number % 3}|CONNECT|{wait}|x|5")
    yield line(wait + talk, f"kern{number % 3}|COMPLETECALLER|{wait}|{talk}|1")


def facts_counted_anew() -> Sums:
    """Facts of all days as a count would give them now; nothing is kept of it."""
    with transaction() as session:
        days = session.scalars(
            text("SELECT day FROM call UNION SELECT day FROM stay UNION SELECT day FROM fact_day")
        ).all()
        if days:
            count_days(session, sorted(days))
        session.flush()
        found = sums(session.execute(text("SELECT * FROM fact_day")).mappings())
        session.rollback()
    return found


def facts_told() -> Sums:
    """What reports and bills tell of all days: facts as they stand, with all corrections, booked or waiting."""
    with transaction() as session:
        standing = list(session.execute(text("SELECT * FROM fact_day")).mappings())
        corrections = list(session.execute(text("SELECT * FROM usage_correction WHERE cause = 'late'")).mappings())
    return sums([*standing, *corrections])


def sums(rows) -> Sums:
    found: Sums = {}
    for row in rows:
        total = found.setdefault(tuple(str(row[key]) for key in KEYS), Counter())
        for name in NUMBERS:
            total[name] += row[name]
        for name in BY_CLASS:
            for place, value in enumerate(row[name]):
                total[f"{name} {place}"] += value
    return {key: total for key, total in found.items() if any(total.values())}


def billed() -> list[UsageOfMonth]:
    with transaction() as session:
        return billed_usage(session, Month(2026, 3), Month(2026, 6))


def corrections() -> list[tuple[object, ...]]:
    return select(
        f"SELECT {', '.join((*KEYS, *NUMBERS))}, booked_in FROM usage_correction ORDER BY {', '.join(KEYS)}, id"
    )


@pytest.mark.parametrize("seed", range(6))
def test_frozen_booked_and_waiting_are_what_counting_anew_gives(seed: int, tmp_path: Path) -> None:
    chance = Random(seed)
    with transaction() as session:
        load_base_data(session)
    run("directory", "import", "queues", write(tmp_path / "queues.csv", b"queue,label,wrapup_s\na,A,30\n"))
    import_numbers(tmp_path, ["051100001,03241003,2026-01-01,", "051100002,03241011,2026-01-01,"])
    everything = [line for number in range(40) for line in told(chance, number)]
    late = {line for line in everything if chance.random() < 0.4}
    log = write(tmp_path / "queue_log", lines("2026-03-01", "\n".join(line for line in everything if line not in late)))
    ingest(log)
    later = sorted(late)
    chance.shuffle(later)
    steps: list[str] = list(MONTHS)
    for _ in range(4):
        steps.insert(chance.randrange(len(steps) + 1), "late")
    steps += ["late"]
    for number, step in enumerate(steps):
        if step == "late":
            some = later[: len(later) // 2 + 1] if number < len(steps) - 1 else later
            later = later[len(some) :]
            ingest(add(log, lines("2026-03-01", "\n".join(some))), batch=chance.choice([1, 3, 10_000]))
        else:
            bills = [row for row in billed() if row.state == "closed"]
            close(step)
            assert [row for row in billed() if row.state == "closed"][: len(bills)] == bills, "a closed month stands"
        assert facts_told() == facts_counted_anew()
    assert not later
    assert select("SELECT count(*) FROM call") == [(40,)]
    before, waiting, bills = snapshot("fact_day", "fact_interval", "call", "stay"), corrections(), billed()
    run("rebuild")
    assert (corrections(), billed()) == (waiting, bills)
    assert snapshot("fact_day", "fact_interval", "call", "stay") == before
