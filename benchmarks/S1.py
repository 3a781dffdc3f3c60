"""S1: exactly-once ingest of 200,000 queue_log events against COPY of the same rows into the same table.

Ours is the whole way of `wfm ingest queue-log`: raw events, calls, stays, agent states, checkpoint, interval and day
facts, in batches of 10,000, each one durable transaction. The baselines do less: COPY keeps rows that lie ready in
memory, and nothing else; the handler is what one writes with an ORM, one event one commit, on a part of the events.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import handler
from benchmarks.harness import Cost, connect, fresh_database, log_lines, measure, median, own_servers, report, say
from wfm import ingest
from wfm.telephony.service import files
from wfm.telephony.service.intake import content_hash

EVENTS = 200_000
ROUNDS = int(os.environ.get("S1_ROUNDS", "7"))
HANDLER_EVENTS = 4_000
BATCH = 10_000
TABLES = [
    "raw_event",
    "call",
    "stay",
    "agent_event",
    "agent_span",
    "activity",
    "fact_interval",
    "fact_day",
    "touched_day",
    "quarantine",
]

Row = tuple[int, int, datetime, bytes, bytes]


def main() -> None:
    log = log_lines(EVENTS)
    rows = list(_rows(log))
    rounds: list[dict[str, Cost]] = []
    with own_servers():
        for _ in range(ROUNDS):
            rounds.append(dict(_round(log, rows)))
            say("  ".join(f"{name} {cost.python:.2f}+{cost.postgres:.2f}" for name, cost in rounds[-1].items()))
        by_handler = _handler()

    def middle(name: str) -> float:
        return median([one[name].cpu for one in rounds])

    report(
        "S1",
        median([one["copy_text"].cpu / one["ingest"].cpu for one in rounds]),
        0.25,
        against="COPY as text with write_row (CPU)",
        against_binary_copy=median([one["copy_binary"].cpu / one["ingest"].cpu for one in rounds]),
        ingest_python_s=median([one["ingest"].python for one in rounds]),
        ingest_postgres_s=median([one["ingest"].postgres for one in rounds]),
        copy_text_s=middle("copy_text"),
        copy_binary_s=middle("copy_binary"),
        events=EVENTS,
        rounds=ROUNDS,
    )
    scale = EVENTS / HANDLER_EVENTS
    report(
        "S1.handler",
        by_handler.cpu * scale / middle("ingest"),
        200,
        against=f"ORM handler, a commit an event; {HANDLER_EVENTS} events, scaled (CPU)",
        wall_ratio=by_handler.wall * scale / median([one["ingest"].wall for one in rounds]),
        handler_ms_an_event=by_handler.cpu / HANDLER_EVENTS * 1000,
        ours_ms_an_event=middle("ingest") / EVENTS * 1000,
    )
    replay = median([one["ingest"].cpu / max(one["replay"].cpu, 0.01) for one in rounds])
    report("S1.replay", replay, 1.3, against="the first time (CPU); nothing changed")


def _round(log: Path, rows: list[Row]) -> Iterator[tuple[str, Cost]]:
    for name, binary in (("copy_text", False), ("copy_binary", True)):
        with fresh_database():
            yield name, measure(partial(_copy, rows, binary=binary))
    with fresh_database():
        yield "ingest", measure(partial(_whole_way, log))
        before = _state()
        yield "replay", measure(partial(_whole_way, log))
        assert _state() == before, "a replay changed something"
        _check(rows)


def _whole_way(log: Path) -> None:
    ingest.ingest_log(log, "bench", batch=BATCH)
    ingest.count_facts()


def _rows(log: Path) -> Iterator[Row]:
    received_at = datetime.now(UTC)
    with files.open_log(log) as handle:
        for batch, _ in files.complete_lines(handle, 0, BATCH):
            for position, payload in batch:
                yield 1, position, received_at, payload, content_hash(payload)


def _copy(rows: list[Row], *, binary: bool) -> None:
    with connect() as connection, connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            with cursor.copy(f"COPY raw_event FROM STDIN {'(FORMAT BINARY)' if binary else ''}") as copy:
                if binary:
                    copy.set_types(["int4", "int8", "timestamptz", "bytea", "bytea"])
                for row in rows[start : start + BATCH]:
                    copy.write_row(row)
            connection.commit()


def _handler() -> Cost:
    """The ORM handler on the first events: it must count what ours counts of the same events."""
    part = log_lines(HANDLER_EVENTS)
    with fresh_database():
        _whole_way(part)
        with connect() as connection:
            stays = connection.execute(
                "SELECT outcome, count(*), coalesce(sum(talk_s), 0) FROM stay GROUP BY 1"
            ).fetchall()
            facts = connection.execute(
                """SELECT queue, sum(offered), sum(answered), sum(abandoned), sum(wait_s_answered), sum(talk_s)
                   FROM fact_interval GROUP BY 1 HAVING sum(offered) > 0"""
            ).fetchall()
        handler.make_tables()
        cost = measure(partial(handler.take_all, part))
        assert handler.outcomes() == sorted(stays), (handler.outcomes(), sorted(stays))
        assert handler.facts() == sorted(facts), (handler.facts(), sorted(facts))
    return cost


def _state() -> list[Any]:
    """A digest of every table that events end in."""
    with connect() as connection:
        digest = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {} t"
        return [connection.execute(digest.format(table)).fetchone() for table in TABLES]


def _check(rows: list[Row]) -> None:
    entered = sum(b"|ENTERQUEUE|" in payload for _, _, _, payload, _ in rows)
    with connect() as connection:
        kept, offered, counted, broken = connection.execute(
            """SELECT (SELECT count(DISTINCT (stream_id, position)) FROM raw_event),
                      (SELECT count(*) FROM stay WHERE outcome <> 'refused'), (SELECT sum(offered) FROM fact_interval),
                      (SELECT count(*) FROM broken_invariant)"""
        ).fetchone() or (0, 0, 0, 1)
    assert kept == len(rows)
    assert offered == counted == entered, (offered, counted, entered)
    assert not broken


if __name__ == "__main__":
    main()
