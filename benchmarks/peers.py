"""Peers to compare with, in an environment of their own (`benchmarks/.peers`): the product never depends on them."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT, WANTED = HERE / ".peers", HERE / "peers.txt"


def load() -> None:
    """Let this process import the peers, after whatever is installed already; they are fetched at the first time."""
    stamp = ENVIRONMENT / "installed"
    if not stamp.exists() or stamp.read_text() != WANTED.read_text():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(ENVIRONMENT / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, "-r", str(WANTED)], check=True)
        stamp.write_text(WANTED.read_text())
    sys.path.append(str(next(ENVIRONMENT.glob("lib/python*/site-packages"))))
