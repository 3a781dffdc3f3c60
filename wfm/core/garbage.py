"""Pausing Python's search for cyclic garbage, where a lot is made that has no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """For the length of one batch: its hundred thousands of small tuples hold no cycles and live until its end, so
    looking through them again and again finds nothing and costs a fifth of the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()
