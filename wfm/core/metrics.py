"""Figures on the running system, for Prometheus.

Counters and times live in files under WFM_HOME/metrics, one a process, so that a scrape of the web process shows all
its siblings and the worker too. What the database knows (`gauges`) is asked for at the scrape, never kept up to date
by hand. Where the folder cannot be had, each process counts for itself.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from wfm.core.config import make_home, settings
from wfm.core.errors import ServerTrouble
from wfm.core.log import get_logger

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram
    from prometheus_client.core import GaugeMetricFamily

REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TASK_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that a query answers: rows of (label, value), or one row of (value,) where there is no label."""

    name: str
    meaning: str
    sql: str
    label: str | None = None


class _Instruments(NamedTuple):
    folder: Path | None
    requests: Counter
    request_seconds: Histogram
    tasks: Counter
    task_seconds: Histogram


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Note an answered request. `route` is the pattern, not the address: a figure a route, not a figure a call."""
    _instruments().requests.labels(method, route, str(status)).inc()
    _instruments().request_seconds.labels(route).observe(seconds)


def count_task(task: str, outcome: str, seconds: float) -> None:
    """Note a task that ended: done, skipped (another one was at it), retried, failed."""
    _instruments().tasks.labels(task, outcome).inc()
    if outcome != "skipped":
        _instruments().task_seconds.labels(task).observe(seconds)


def scrape(gauges: Sequence[Gauge], rows_of: Callable[[str], Iterable[Sequence[object]]]) -> str:
    """Everything in Prometheus' text format; `rows_of` runs a gauge's query."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    folder = _instruments().folder
    registry = REGISTRY
    if folder:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(folder))
    text: bytes = generate_latest(registry)
    asked = CollectorRegistry()
    asked.register(_Asked(gauges, rows_of))
    return (text + generate_latest(asked)).decode()


def start_afresh() -> None:
    """Remove the files of processes that are gone. For the supervisor, before it starts any."""
    for file in (settings().home / "metrics").glob("*.db"):
        file.unlink(missing_ok=True)


class _Asked:
    """The gauges as a collector: asked when scraped."""

    def __init__(self, gauges: Sequence[Gauge], rows_of: Callable[[str], Iterable[Sequence[object]]]) -> None:
        self.gauges, self.rows_of = gauges, rows_of

    def describe(self) -> list[object]:
        return []  # or registering would already ask the database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from prometheus_client.core import GaugeMetricFamily

        for gauge in self.gauges:
            family = GaugeMetricFamily(gauge.name, gauge.meaning, labels=[gauge.label] if gauge.label else [])
            for *label, value in self.rows_of(gauge.sql):
                family.add_metric([str(part) for part in label], float(str(value)))
            yield family


#: The first requests of a process come on several threads at once; whoever registers a figure twice fails.
_making = Lock()


def _instruments() -> _Instruments:
    """Made at first use: where values live must be settled before the first of them, and commands need none."""
    with _making:
        return _make_instruments()


@cache
def _make_instruments() -> _Instruments:
    from prometheus_client import Counter, Histogram, values

    folder = _shared_folder()
    if folder:
        # Two containers may share the folder, and both have a process number 7.
        host = socket.gethostname().replace("_", "-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        values.ValueClass = values.MultiProcessValue(lambda: f"{host}-{os.getpid()}")
    return _Instruments(
        folder,
        Counter("wfm_http_requests", "Requests answered", ["method", "route", "status"]),
        Histogram("wfm_http_request_seconds", "Time to answer a request", ["route"], buckets=REQUEST_BUCKETS),
        Counter("wfm_tasks", "Tasks that ended", ["task", "outcome"]),
        Histogram("wfm_task_seconds", "Time that a task took", ["task"], buckets=TASK_BUCKETS),
    )


def _shared_folder() -> Path | None:
    folder = settings().home / "metrics"
    try:
        make_home(settings().home)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder if os.access(folder, os.W_OK) else None
    except (OSError, ServerTrouble) as error:
        log.warning("metrics.not_shared", reason=str(error))
        return None
