"""The first requests of a web process may come at once, on several threads: none of them may fail over its count."""

from __future__ import annotations

import subprocess
import sys

import pytest

AT_ONCE = """
import sys, threading
from wfm.core.metrics import count_request
sys.setswitchinterval(1e-6)
barrier, failed = threading.Barrier(16), []
def first():
    barrier.wait()
    try:
        count_request("GET", "/", 200, 0.1)
    except Exception as error:
        failed.append(repr(error))
threads = [threading.Thread(target=first) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(*failed)
"""


def test_figures_are_counted_from_many_threads_at_once(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WFM_HOME", str(tmp_path / "home"))
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
