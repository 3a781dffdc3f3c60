"""S10: how long a second start of `wfm up` takes to its first answer, and how much memory a web process keeps.

Baseline: an application with one route that imports the same libraries, under gunicorn. What a web process must not
import (solvers, frames, plots) is looked for in its modules. Both sides have their bytecode, as an installation has it:
where PYTHONDONTWRITEBYTECODE is set, a checkout would be compiled anew at each start, the libraries not.
"""

from __future__ import annotations

import compileall
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import wfm
from benchmarks.harness import median, report

ROUNDS = 5
BASELINE = """
import argon2, babel, celery, flask, flask_smorest, marshmallow, prometheus_client
import psycopg, redis, sqlalchemy.orm, structlog
app = flask.Flask("empty")
app.add_url_rule("/healthz", view_func=lambda: "ok")
"""
HEAVY = (
    "numpy",
    "scipy",
    "pandas",
    "polars",
    "ortools",
    "highspy",
    "statsforecast",
    "matplotlib",
    "xlsxwriter",
    "holidays",
)


def main() -> None:
    compileall.compile_dir(Path(wfm.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory(prefix="wfm-s10-") as folder:
        os.chmod(folder, 0o755)  # root's servers run as another user
        os.environ["WFM_HOME"] = f"{folder}/home"
        Path(folder, "empty.py").write_text(BASELINE)
        times: dict[str, list[float]] = {"ours": [], "empty": []}
        memory = 0
        first_answer(up)  # the first start: data folder, migrations
        for _ in range(ROUNDS):
            times["ours"].append(first_answer(up)[0])
            seconds, memory_now = first_answer(lambda port: empty(port, folder))
            times["empty"].append(seconds)
            memory = max(memory, memory_now)
        kept = first_answer(up)[1]
    ratio = median([own / other for own, other in zip(times["ours"], times["empty"], strict=True)])
    figures = {name: median(of) for name, of in times.items()}
    report("S10", ratio, 2.0, at_most=True, against="an empty application importing the same (wall)", **figures)
    report(
        "S10.memory", kept / 1024, 120, at_most=True, against="MiB of the largest web process", empty_mib=memory / 1024
    )
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from wfm.app import create_app; create_app(); print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    found = [name for name in HEAVY if name in loaded]
    report("S10.imports", len(found), 0, at_most=True, against="heavy libraries in a web process", found=found)


def up(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "wfm.cli", "up", "--port", str(port)], stderr=subprocess.DEVNULL)


def empty(port: int, folder: str) -> subprocess.Popen[bytes]:
    command = ["gunicorn", "--chdir", folder, "--bind", f"127.0.0.1:{port}", "--workers=2", "--threads=8", "empty:app"]
    return subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL)


def first_answer(start: Callable[[int], subprocess.Popen[bytes]]) -> tuple[float, int]:
    """Seconds from the start to the first answer, and the largest web process's memory in KiB."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = start(port)
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60).read()
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    seconds = time.perf_counter() - began
    memory = max(resident(child) for child in children(process.pid))
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    return seconds, memory


def children(pid: int) -> list[int]:
    """Processes forked by one: its web processes (worker and servers are programs of their own)."""
    program = Path(f"/proc/{pid}/cmdline").read_bytes()
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if Path(f"/proc/{child}/cmdline").read_bytes() == program] or [pid]


def resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


if __name__ == "__main__":
    main()
