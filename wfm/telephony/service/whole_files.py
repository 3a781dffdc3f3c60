"""Files handed over whole, once: dumps and exports. Unlike in a log, the last line needs no end to be complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wfm.telephony.service.files import MAX_LINE, complete_lines, open_log


class Line(NamedTuple):
    """A line as received, cut at MAX_LINE, and its number from 1."""

    number: int
    content: bytes


def numbered_lines(path: Path, limit: int) -> Iterator[list[Line]]:
    """Batches of up to `limit` lines of a file, compressed or not. Memory does not depend on its size or its lines'."""
    with open_log(path) as handle:
        number, end = 1, 0
        for rows, behind in complete_lines(handle, 0, limit):
            yield [Line(at, row.payload.removesuffix(b"\r")) for at, row in enumerate(rows, number)]
            number, end = number + len(rows), behind
        handle.seek(end)
        if last := handle.read(MAX_LINE):
            yield [Line(number, last)]
