"""R6: what a forecast costs: a queue with two years of hours as `wfm forecast evaluate-file` (CPU seconds and memory of
the whole process), and 100 such queues in two processes. The series are simulated: cost does not depend on whose they
are."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes, two cores

import numpy as np

from benchmarks.harness import median, report
from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.choice import forecast
from wfm.forecasting.rules.history import History

FIRST, DAYS, AHEAD, QUEUES, ROUNDS = date(2024, 1, 1), 730, 28, 100, 5


def main() -> None:
    cpu, memory = zip(*(_as_a_command() for _ in range(ROUNDS)), strict=True)
    report("R6.cpu", median(cpu), 1.0, at_most=True, unit="CPU s", rounds=ROUNDS)
    report("R6.memory", max(memory), 200.0, at_most=True, unit="MiB")
    begun = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        spent = list(pool.map(_one_queue, range(QUEUES)))
    wall = time.perf_counter() - begun
    report(
        "R6.queues", sum(spent) / 2, 120.0, at_most=True, unit="CPU s a core", wall_s=wall, cpu_a_queue=median(spent)
    )


def _history(seed: int) -> History:
    """Poisson counts of 7:00 to 19:00 on working days and less at weekends, with a season and wandering level."""
    rng = np.random.default_rng(seed)
    days, hours = np.arange(DAYS), np.arange(24)
    level = 1 + 0.2 * np.sin(2 * np.pi * days / 365.25) + np.cumsum(rng.normal(0, 0.01, DAYS))
    level *= np.where(days % 7 < 5, 1.0, 0.3)
    shape = np.where((hours >= 7) & (hours < 19), 40.0, 4.0)
    return History(FIRST, 60, rng.poisson(np.maximum(level, 0.1)[:, None] * shape).astype(np.float64))


def _one_queue(seed: int) -> float:
    history = _history(seed)
    begun = time.process_time()
    forecast(history, Calendar(), [history.last_day + timedelta(days=n) for n in range(1, AHEAD + 1)])
    return time.process_time() - begun


def _as_a_command() -> tuple[float, float]:
    """CPU seconds and MiB of one process."""
    history = _history(1)
    with tempfile.TemporaryDirectory() as folder:
        past, grid, out = (Path(folder, name) for name in ("H.csv", "G.csv", "F.csv"))
        past.write_text(
            "interval_start,calls\n"
            + "".join(
                f"{_moment(day, hour)},{history.counts[day, hour]:.0f}\n" for day in range(DAYS) for hour in range(24)
            )
        )
        grid.write_text(
            "interval_start\n"
            + "".join(f"{_moment(day, hour)}\n" for day in range(DAYS, DAYS + AHEAD) for hour in range(24))
        )
        command = [sys.executable, "-m", "wfm.cli", "forecast", "evaluate-file", "--holidays", "DE-NI"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [*command, "--history", past, "--grid", grid, "--out", out], check=True, stderr=subprocess.DEVNULL
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def _moment(day: int, hour: int) -> str:
    return f"{FIRST + timedelta(days=day)}T{hour:02d}:00"


if __name__ == "__main__":
    main()
