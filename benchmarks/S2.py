"""S2: live ingest in batches of 100 events, fsync on, against a bare commit.

A batch is what `wfm ingest queue-log --follow` does with it: raw events, calls, stays, agent states, touched days and
the checkpoint, in one durable transaction, on top of 50,000 events that are there already. Facts are counted apart
(by the worker, a few seconds later): their time is reported, too. The bare commit inserts one row. Wall time, since
it is the disk that is waited for; both take turns.
"""

from __future__ import annotations

import time
from itertools import islice

from benchmarks.harness import connect, fresh_database, log_lines, median, own_servers, report
from wfm import ingest
from wfm.core.db import transaction
from wfm.telephony.service import files
from wfm.telephony.service.intake import lock_stream, open_source

BEFORE = 50_000
BATCHES = 300
BATCH = 100


def main() -> None:
    log = log_lines(200_000)
    live: list[float] = []
    bare: list[float] = []
    facts: list[float] = []
    with own_servers(), fresh_database(), files.open_log(log) as handle, connect() as plain:
        plain.execute("CREATE TABLE bare (n int PRIMARY KEY)")
        plain.commit()
        with transaction() as session:
            source = open_source(session, "bench", "queue_log")
            stream = files.find_stream(session, source, handle, name="bench")
            assert stream is not None
            stream_id, position = stream.id, 0
        for rows, end in islice(files.complete_lines(handle, 0, 10_000), BEFORE // 10_000):
            with transaction() as session:
                ingest.take(session, lock_stream(session, stream_id), rows, end)
            position = end
        ingest.count_facts()
        for number, (rows, end) in enumerate(islice(files.complete_lines(handle, position, BATCH), BATCHES)):
            begun = time.perf_counter()
            plain.execute("INSERT INTO bare VALUES (%s)", (number,))
            plain.commit()
            bare.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            with transaction() as session:
                assert ingest.take(session, lock_stream(session, stream_id), rows, end) == BATCH
            live.append(time.perf_counter() - begun)
            if number % 10 == 0:
                begun = time.perf_counter()
                ingest.count_facts()
                facts.append(time.perf_counter() - begun)
        kept, left = plain.execute("SELECT count(*), (SELECT count(*) FROM quarantine) FROM raw_event").fetchone() or (
            0,
            0,
        )
        assert (kept, left) == (BEFORE + BATCHES * BATCH, 0)
    ratio = median(live) / median(bare)
    report(
        "S2",
        ratio,
        3.0,
        at_most=True,
        against="one inserted row and its commit (wall, median)",
        batch_ms=median(live) * 1000,
        batch_p90_ms=sorted(live)[int(len(live) * 0.9)] * 1000,
        commit_ms=median(bare) * 1000,
        facts_ms=median(facts) * 1000,
        batches=BATCHES,
    )


if __name__ == "__main__":
    main()
