"""Where what is compiled can be kept, and where it can't: the day is the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wfm

SCRIPT = """
import numpy as np
from wfm.staffing.rules.simulation import engine
from wfm.staffing.rules.simulation.draws import draw_day
from wfm.staffing.rules.simulation.scenario import Duration, Group, Queue, Scenario
from wfm.staffing.rules.simulation.simulate import Centre
queue = Queue("Q", (30.0,), Duration("exponential", 240))
day = Scenario((queue,), (Group("team", ((0, 1),), (2,)),), 1, 3600.0)
days = [Centre(day, fast=fast).live(draw_day(day, 0)).answered_at for fast in (True, False)]
assert np.array_equal(*days, equal_nan=True)
print(engine.__file__)
"""


@pytest.mark.slow
@pytest.mark.parametrize("home_too", [False, True], ids=["package not writable", "nothing writable"])
def test_a_place_that_may_not_be_written_does_not_matter(home_too: bool, tmp_path: Path) -> None:
    """A file where the folder of the cache would be: not even root can write there."""
    package = tmp_path / "lib/wfm"
    shutil.copytree(Path(wfm.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "web", "static"))
    (package / "staffing/rules/simulation/__pycache__").write_text("")
    home = tmp_path / "home"
    home.write_text("") if home_too else home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA", "XDG"))}
    environment |= {"PYTHONPATH": str(package.parent), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert str(package) in done.stdout
    if not home_too:
        assert list(home.rglob("*.nbi")), "compiled code is kept in the user's folder"
