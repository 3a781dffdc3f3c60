"""S11: does an event cost more when millions are there already? And the month report?

One log is taken in, million by million (S11_MILLIONS, 4; 16 takes an hour), each with its facts. An event of the last
million may cost 15 % more CPU than one of the first. Since other work on the machine makes a CPU second worth more or
less, a fixed piece of work (COPY of 10,000 rows into an empty table) is done beside every 100,000 events, and figures
are in units of it. The month report is that of the first month, over and over again.
"""

from __future__ import annotations

import os
from typing import Any

from benchmarks.harness import connect, fresh_database, log_lines, measure, median, own_servers, report, say
from wfm import ingest
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.reporting.queries import definition, usage_report
from wfm.telephony.service import files
from wfm.telephony.service.intake import lock_stream, open_source

MILLIONS = int(os.environ.get("S11_MILLIONS", "4"))
MILLION = 1_000_000
PIECE, BATCH = 100_000, 10_000
YARDSTICK_ROWS = [
    (1, n, b"1772112430|1772112342.1602|servicecenter_115|ag106|CONNECT|2|86|1", b"x" * 16) for n in range(20_000)
]


def main() -> None:
    log = log_lines(MILLIONS * MILLION)
    by_million: list[float] = []
    reports: list[float] = []
    first_report: Any = None
    with own_servers(), fresh_database(), files.open_log(log) as handle:
        with connect() as connection:
            connection.execute(
                "CREATE TABLE yardstick (a int, b bigint, payload bytea, hash bytea, PRIMARY KEY (a, b))"
            )
        with transaction() as session:
            stream = files.find_stream(session, open_source(session, "bench", "queue_log"), handle, name="bench")
            assert stream is not None
            stream_id, position = stream.id, 0
        for number in range(MILLIONS):
            ours, yardstick = 0.0, 0.0
            for _ in range(MILLION // PIECE):
                position, cpu = _take(handle, stream_id, position)
                ours += cpu
                yardstick += measure(_yardstick).cpu
            by_million.append(ours / yardstick)
            seconds = [measure(_month_report) for _ in range(15)]
            reports.append(median([cost.cpu for cost in seconds]) / median([measure(_yardstick).cpu for _ in range(5)]))
            shown = _month_report()
            first_report = first_report or shown
            assert shown == first_report, "the first month's report changed"
            say(
                f"million {number + 1}: {ours / MILLION * 1e6:.1f} us an event, "
                f"{by_million[-1]:.1f} yardsticks, report {reports[-1]:.2f}"
            )
        _check()
    figures = {"yardsticks_a_million": [round(value, 1) for value in by_million], "millions": MILLIONS}
    report(
        "S11.ingest", by_million[-1] / by_million[0], 1.15, at_most=True, against="the first million (CPU)", **figures
    )
    report(
        "S11.month_report",
        reports[-1] / reports[0],
        1.15,
        at_most=True,
        against="with one million (CPU)",
        yardsticks=reports,
    )


def _take(handle: Any, stream_id: int, position: int) -> tuple[int, float]:
    """The next piece of the log and its facts; where it ends, and what it took."""
    end = position

    def work() -> None:
        nonlocal end
        taken = 0
        for rows, end in files.complete_lines(handle, position, BATCH):
            with transaction() as session:
                taken += ingest.take(session, lock_stream(session, stream_id), rows, end)
            if taken == PIECE:
                break
        ingest.count_facts()

    cost = measure(work)
    return end, cost.cpu


def _yardstick() -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE yardstick")
        with cursor.copy("COPY yardstick FROM STDIN") as copy:
            for row in YARDSTICK_ROWS:
                copy.write_row(row)


def _month_report() -> Any:
    with transaction() as session:
        month = Month.parse("2026-02")
        return usage_report(session, month, definition(session, month.first))


def _check() -> None:
    with connect() as connection:
        kept, offered, counted = connection.execute(
            """SELECT (SELECT count(*) FROM raw_event), (SELECT count(*) FROM stay WHERE outcome <> 'refused'),
                      (SELECT sum(offered) FROM fact_day)"""
        ).fetchone() or (0, 0, 0)
        broken = connection.execute("SELECT * FROM broken_invariant").fetchall()
    assert kept == MILLIONS * MILLION
    assert offered == counted
    assert not broken, broken


if __name__ == "__main__":
    main()
