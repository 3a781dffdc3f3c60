"""Children that must not outlive their parent, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, end: signal.Signals) -> None:
    """To be called in a new child: have the kernel send it `end` when its parent is gone (Linux; elsewhere nothing)."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(end))
        if os.getppid() != parent:  # it went before we could ask
            os._exit(1)
