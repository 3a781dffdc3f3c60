"""What the benchmarks share: servers of their own, CPU seconds of all that worked, one JSON line a figure."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import create_engine, make_url, text

from wfm.core import db, embedded, migrations
from wfm.directory.service import load_base_data
from wfm.telephony.scenarios import generate, read_scenario

#: Simulated logs are made once; they are the same on every machine.
CACHE = Path(tempfile.gettempdir()) / "wfm-bench"
_TICK = os.sysconf("SC_CLK_TCK")
_TEMPLATE = "bench_template"


class Cost(NamedTuple):
    """What a piece of work took: CPU seconds of this process and of the database server's processes, and wall time."""

    python: float
    postgres: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.python + self.postgres


@contextmanager
def own_servers() -> Iterator[None]:
    """Bundled servers in a folder of their own, durable as in production, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="wfm-bench-"))
    home.chmod(0o755)  # root's servers run as another user
    for name in [name for name in os.environ if name.startswith("WFM_")]:
        del os.environ[name]
    os.environ |= {"WFM_HOME": str(home), "WFM_SECRET": "only for benchmarks, never elsewhere"}
    try:
        _maintain(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        _use(_TEMPLATE)
        migrations.upgrade(embedded.owner_url())
        with db.transaction() as session:
            load_base_data(session)
        db.use_database("")  # nobody may be in a database that is copied
        yield
    finally:
        db.use_database("")
        embedded.leave()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def fresh_database() -> Iterator[None]:
    """A migrated database with the base data and nothing else; `wfm.core.db` works in it."""
    _maintain(f"CREATE DATABASE bench TEMPLATE {_TEMPLATE}")
    _maintain("CHECKPOINT")
    _use("bench")
    try:
        yield
    finally:
        db.use_database("")
        _maintain("DROP DATABASE bench WITH (FORCE)")


def connect() -> psycopg.Connection[Any]:
    """A plain psycopg connection to the database in use, for baselines and checks: its owner's, who may make tables."""
    url = make_url(embedded.owner_url()).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False))


def measure(work: Callable[[], object]) -> Cost:
    """Do some work and say what it took."""
    python, postgres, begun = _own_cpu(), _server_cpu(), time.perf_counter()
    work()
    wall = time.perf_counter() - begun
    return Cost(_own_cpu() - python, _server_cpu() - postgres, wall)


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of this process for some work that needs no server."""
    before = time.process_time()
    work()
    return time.process_time() - before


def median(values: Iterator[float] | Sequence[float]) -> float:
    return statistics.median(values)


def log_lines(count: int, *, first_day: date = date(2026, 1, 5), calls_per_year: float = 250_000) -> Path:
    """A simulated queue_log of exactly so many lines."""
    path = CACHE / f"queue_log.{first_day}.{calls_per_year:.0f}.{count}"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        years = 2 + int(count / calls_per_year / 4)
        last_day = first_day + timedelta(days=365 * years)
        days = generate(first_day, last_day, 1, read_scenario(first_day, last_day, calls_per_year=calls_per_year))
        unfinished = path.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8") as log:
            log.writelines(islice((line for day in days for line in day.splitlines(keepends=True)), count))
        unfinished.rename(path)
    return path


def report(bench: str, ratio: float, bar: float, *, at_most: bool = False, **figures: Any) -> bool:
    """Print a figure as one JSON line; whether its bar holds."""
    holds = ratio <= bar if at_most else ratio >= bar
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}
    print(
        json.dumps({"bench": bench, "ratio": round(ratio, 3), "bar": bar, "holds": holds, "figures": rounded}),
        flush=True,
    )
    return holds


def say(words: str) -> None:
    """Progress goes to standard error."""
    print(words, file=sys.stderr, flush=True)


def _use(name: str) -> None:
    """`wfm.core.db` works in this database as the application, with its rights."""
    urls = [make_url(url).set(database=name) for url in (embedded.database_url(), embedded.owner_url())]
    db.use_database(*(url.render_as_string(hide_password=False) for url in urls))


def _maintain(statement: str) -> None:
    """A statement outside transactions, on the database that is always there."""
    engine = create_engine(make_url(embedded.owner_url()).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _server_cpu() -> float:
    """CPU seconds of our PostgreSQL: its postmaster, all children it has now, and those that have ended."""
    time.sleep(0.2)  # a connection just closed: its process shall be gone and counted by the postmaster
    postmaster = (Path(os.environ["WFM_HOME"]) / "postgres/postmaster.pid").read_text().split()[0]
    ticks = 0
    for process in os.listdir("/proc"):
        if process.isdigit():
            try:
                stat = Path("/proc", process, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if process == postmaster:
                ticks += sum(map(int, stat[11:15]))
            elif stat[1] == postmaster:
                ticks += int(stat[11]) + int(stat[12])
    return ticks / _TICK
