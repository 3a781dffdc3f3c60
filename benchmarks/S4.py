"""S4: the statement of a month and the table of a year, of 22 partners and a million calls, from frozen sums.

Baseline: the same figures by GROUP BY over the calls, which is what a system without facts does. Calls are written with
COPY, counted and closed month by month as in production; then both sides must agree in every figure. What is measured
are the product's queries of both reports against their plain counterparts: CPU seconds of this process and the server,
in interleaved rounds, the quick side many times a round.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.harness import connect, fresh_database, measure, median, own_servers, report, say
from wfm.core import pgcopy as pg
from wfm.core.db import cursor, transaction
from wfm.core.intervals import Month
from wfm.queues.service.call_rows import CALL_COLUMNS, STAY_COLUMNS
from wfm.reporting.service import freezing
from wfm.reporting.service.facts import count_days
from wfm.reporting.usage_sums import by_month_and_partner
from wfm.reporting.usage_year import OF_YEAR, Months, monthly_sums
from wfm.telephony.service.intake import open_source

CALLS = int(os.environ.get("S4_CALLS", "1000000"))
ROUNDS, TIMES = 5, 200
YEAR, MONTH = 2025, Month(2025, 9)
PARTNERS = [f"032410{number:02d}" for number in range(1, 22)] + ["REGION"]
FIGURES = ("calls", "calls_answered", "talk_s", "started_minutes")
#: The statement of a month: a row a partner. The table of a year: partners by month.
_SUMS = """count(*) AS calls, count(*) FILTER (WHERE answered) AS calls_answered, sum(talk_s) AS talk_s,
           sum((talk_s + 59) / 60) AS started_minutes"""
_STATEMENT = f"""SELECT partner, {_SUMS} FROM call
                 WHERE day >= %(first)s AND day < %(end)s GROUP BY 1 ORDER BY 1"""
_TABLE = f"""SELECT date_trunc('month', day::timestamp)::date, partner, {_SUMS} FROM call
             WHERE day >= %(first)s AND day < %(end)s GROUP BY 1, 2 ORDER BY 1, 2"""
_FROZEN = f"""SELECT partner, {", ".join(FIGURES)}
              FROM ({by_month_and_partner(FIGURES, "%(first)s", "%(end)s")}) told ORDER BY 1"""


def main() -> None:
    with own_servers(), fresh_database():
        fill()
        close()
        with connect() as connection:
            connection.autocommit = True
            connection.execute("VACUUM ANALYZE")
        whole = {"first": date(YEAR, 1, 1), "end": date(YEAR + 1, 1, 1)}
        month = {"first": MONTH.first, "end": MONTH.next.first}
        with transaction() as session:
            # The CPU seconds of a parallel worker go with it, and would be missing on the side of the calls.
            cursor(session).execute("SET LOCAL max_parallel_workers_per_gather = 0")

            def rows(query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
                return cursor(session).execute(query, values).fetchall()

            def months() -> Months:
                return monthly_sums(session, Month(YEAR, 1), Month(YEAR, 12), OF_YEAR)

            assert rows(_FROZEN, month) == rows(_STATEMENT, month), "the statement is another one"
            assert as_rows(months()) == rows(_TABLE, whole), "the table is another one"
            compare("S4.statement", 50, lambda: rows(_FROZEN, month), lambda: rows(_STATEMENT, month))
            compare("S4.year", 300, months, lambda: rows(_TABLE, whole))


def compare(name: str, bar: float, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Both sides in turn; the median of each, for one reading."""
    mine, other = [], []
    for _ in range(ROUNDS):
        mine.append(measure(lambda: [ours() for _ in range(TIMES)]).cpu / TIMES)
        other.append(measure(lambda: [theirs() for _ in range(TIMES // 40)]).cpu / (TIMES // 40))
    figures = {"ours_ms": 1000 * median(mine), "group_by_ms": 1000 * median(other)}
    report(name, median(other) / median(mine), bar, against="GROUP BY over the calls (CPU)", calls=CALLS, **figures)


def as_rows(months: Months) -> list[tuple[Any, ...]]:
    """The product's own reading of a year, as rows."""
    return sorted(
        (month.first, partner, *(sums[name] for name in FIGURES))
        for month, partners in months.items()
        for partner, sums in partners.items()
    )


def fill() -> None:
    """A million calls of a year, a stay each."""
    chance = Random(4)
    services = ["", *(f"990000000000{number:02d}" for number in range(12))]
    begin = datetime(YEAR, 1, 1, 7, tzinfo=UTC)
    step = timedelta(days=365) / CALLS
    with transaction() as session:
        source = open_source(session, "bench", "queue_log")
        session.flush()
        calls, stays = [], []
        for number in range(CALLS):
            at = begin + number * step
            at = at.replace(hour=7 + at.hour % 9)
            micros = int(at.timestamp()) * 1_000_000 - pg.PG_EPOCH_MICROS
            answered, talk = chance.random() < 0.9, chance.randrange(5, 900)
            callid, day = f"{number}", pg.day(at.date().toordinal())
            partner, service = chance.choice(PARTNERS), chance.choice(services) or None
            outcome = "answered" if answered else "abandoned"
            calls.append(
                (
                    *(source.system_id, callid, 0, day, micros, source.id, "q", "", None, None, None, "", service),
                    *(partner, None, "dialled_number", answered, False, False, talk if answered else 0, 0),
                    pg.int8_array([number]),
                )
            )
            talked = (micros, micros + talk * 1_000_000, 0, talk, None) if answered else (None, micros, 9, None, None)
            stays.append((source.system_id, callid, 0, 0, day, "q", micros, outcome, False, *talked, None, "caller", 0))
            if len(calls) == 50_000 or number == CALLS - 1:
                pg.copy_rows(cursor(session), "call", CALL_COLUMNS, calls)
                pg.copy_rows(cursor(session), "stay", STAY_COLUMNS, stays)
                calls, stays = [], []
    say(f"{CALLS} calls written")


def close() -> None:
    """Count all days, then freeze each month, as closing does once people have agreed."""
    for number in range(1, 13):
        month = Month(YEAR, number)
        with transaction() as session:
            count_days(session, list(month.days))
        with transaction() as session:
            cursor(session).execute("INSERT INTO month (month) VALUES (%s)", (month.first,))
            freezing.freeze(session, month)
            cursor(session).execute(
                "UPDATE month SET state = 'closed', closed_at = now() WHERE month = %s", (month.first,)
            )
    say("twelve months closed")


if __name__ == "__main__":
    main()
