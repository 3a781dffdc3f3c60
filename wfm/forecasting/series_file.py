"""Series of calls as CSV files: what came, which intervals are asked for, what is forecast.

Written by people and by spreadsheets: comma, semicolon or tab, with or without a byte order mark, decimal comma where
the comma does not separate. Times are local wall time (an offset is read and not needed). All that is wrong is told at
once, by row, field and reason.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from wfm.core.errors import BadInput
from wfm.forecasting.rules.forecast import Forecast
from wfm.forecasting.rules.history import MINUTES_A_DAY, History
from wfm.forecasting.rules.methods import mean_of_known

START, CALLS = "interval_start", "calls"
SHORTEST_STEP = 5
MOST_ERRORS = 20
#: A label may come twice where clocks are set back: on a Sunday, before this hour.
DOUBLE_HOUR_BEFORE = 4
#: A file without a single 0 that goes down to 1 leaves zeros out; a gap of busier slots than this is a gap.
QUIET = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its line, its text as it stands, the local time it means, its count (None: empty)."""

    line: int
    text: str
    start: datetime
    calls: float | None = None

    @property
    def label(self) -> datetime:
        return self.start.replace(tzinfo=None)


def read_history(path: Path) -> list[Row]:
    """Rows of a history; empty counts are left out. BadInput names every row that cannot be right."""
    rows, errors = _read(path, with_calls=True)
    seen: dict[datetime, Row] = {}
    for row in rows:
        first = seen.setdefault(row.label, row)
        if first is not row and not _twice_by_the_clock(first, row):
            errors.append(f"Zeile {row.line}, Feld {START}: {row.text} steht schon in Zeile {first.line}")
    _refuse(path, errors)
    known = [row for row in rows if row.calls is not None]
    if not known:
        raise BadInput("forecast.empty", f"{path.name}: enthält keine einzige Anzahl.", file=str(path))
    return known


def read_grid(path: Path) -> list[Row]:
    """The intervals asked for, in the file's order."""
    rows, errors = _read(path, with_calls=False)
    _refuse(path, errors)
    if not rows:
        raise BadInput("forecast.empty", f"{path.name}: fragt nach keinem einzigen Intervall.", file=str(path))
    return rows


def step_of(rows: Sequence[Row]) -> int:
    """Minutes from one interval to the next: the most frequent distance; a day if there is but one row."""
    labels = sorted({row.label for row in rows})
    distances = Counter(int((after - before).total_seconds()) // 60 for before, after in pairwise(labels))
    step = distances.most_common(1)[0][0] if distances else MINUTES_A_DAY
    if not SHORTEST_STEP <= step <= MINUTES_A_DAY or MINUTES_A_DAY % step:
        message = (
            f"Die Intervalle folgen einander meist nach {step} Minuten; verstanden werden Schritte von {SHORTEST_STEP} "
            "Minuten bis zu einem Tag, die in einem Tag aufgehen."
        )
        raise BadInput("forecast.step", message, step_minutes=step)
    return step


def check_step(path: Path, rows: Sequence[Row], step: int, offset: int) -> None:
    """BadInput for rows that do not begin where an interval begins."""
    errors = [
        f"Zeile {row.line}, Feld {START}: {row.text} ist kein Beginn eines Intervalls von {step} Minuten"
        for row in rows
        if (_minute(row) - offset) % step or row.start.second
    ]
    _refuse(path, errors)


def check_future(path: Path, grid: Sequence[Row], last: datetime) -> None:
    """BadInput for intervals that do not come after the history."""
    end = f"dem Ende der Vorgeschichte ({last:%Y-%m-%dT%H:%M})"
    errors = [f"Zeile {row.line}, Feld {START}: {row.text} liegt nicht nach {end}" for row in grid if row.label <= last]
    _refuse(path, errors)


def offset_of(rows: Sequence[Row], step: int) -> int:
    """Minutes by which intervals begin after a multiple of the step since midnight: 15 for hours from quarter past."""
    return Counter(_minute(row) % step for row in rows).most_common(1)[0][0]


@dataclass(frozen=True, slots=True)
class Absent:
    """Intervals missing on days that are otherwise known, and what they were taken for."""

    count: int
    smallest: float
    as_zero: bool


def history_of(rows: Sequence[Row], step: int) -> tuple[History, Absent | None]:
    """A matrix of the rows. Missing intervals are not known, unless the file shows that it leaves zeros out."""
    history = History.of_rows([(row.label, row.calls or 0.0) for row in rows], step)
    week = np.array([mean_of_known(history.counts[history.weekdays == weekday]) for weekday in range(7)])
    usual = week[history.weekdays]
    missing = ~history.known & ~np.isnan(usual)
    if np.nansum(history.counts) > QUIET * len(history.counts):
        missing &= history.known_days[:, None]
    smallest = float(np.nanmin(history.counts))
    if smallest == 1.0:
        missing &= usual < QUIET
        zeros = np.where(missing, 0.0, history.counts)
        history = History(history.first_day, step, zeros)
    missing &= history.known_days[:, None]
    count = int(missing.sum())
    return history, Absent(count, smallest, smallest == 1.0) if count else None


def write_forecast(path: Path, grid: Sequence[Row], result: Forecast) -> None:
    """A row for each row of the grid, in its order and with its text."""
    place = {day: n for n, day in enumerate(result.days)}
    lines = [f"{START},yhat,lo80,hi80,lo95,hi95"]
    for row in grid:
        day, slot = place[row.label.date()], _minute(row) // result.step_minutes
        low95, low80, high80, high95 = result.quantiles[:, day, slot]
        figures = (result.mean[day, slot], low80, high80, low95, high95)
        lines.append(",".join([row.text, *(f"{figure:.4f}" for figure in figures)]))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{path}: lässt sich nicht schreiben ({error.strerror})."
        raise BadInput("forecast.output", message, file=str(path)) from error


def _read(path: Path, *, with_calls: bool) -> tuple[list[Row], list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path.name}: ist kein Text in UTF-8 (Byte {error.start})."
        raise BadInput("forecast.encoding", message, file=str(path)) from error
    except OSError as error:
        message = f"{path}: lässt sich nicht lesen ({error.strerror})."
        raise BadInput("forecast.input", message, file=str(path)) from error
    header, _, _ = text.partition("\n")
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[Row] = []
    errors: list[str] = []
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        wanted = [START, CALLS] if with_calls else [START]
        if missing := [name for name in wanted if name not in names]:
            message = f"{path.name}: in der Kopfzeile fehlt {' und '.join(missing)}; da steht: {header.strip()[:80]!r}."
            raise BadInput("forecast.columns", message, file=str(path))
        columns = [names.index(name) for name in wanted]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _read_row(reader.line_num, cells, columns, separator, rows, errors)
    except csv.Error as error:
        message = f"{path.name}: Zeile {reader.line_num} ist kein CSV ({error})."
        raise BadInput("forecast.csv", message, file=str(path)) from error
    return rows, errors


def _read_row(
    line: int, cells: list[str], columns: list[int], separator: str, rows: list[Row], errors: list[str]
) -> None:
    values = [cells[column].strip() if column < len(cells) else "" for column in columns]
    try:
        start = datetime.fromisoformat(values[0])
    except ValueError:
        shown = f"„{values[0][:40]}“ ist keine Zeit wie 2026-03-30T07:30" if values[0] else "fehlt"
        errors.append(f"Zeile {line}, Feld {START}: {shown}")
        return
    calls = None
    if len(values) > 1 and values[1]:
        try:
            calls = float(values[1].replace(",", ".") if separator != "," else values[1])
        except ValueError:
            calls = math.nan
        if not 0 <= calls < math.inf:
            reason = "ist negativ" if calls < 0 else "ist keine Zahl"
            errors.append(f"Zeile {line}, Feld {CALLS}: „{values[1][:40]}“ {reason}")
            return
    rows.append(Row(line, values[0], start, calls))


def _refuse(path: Path, errors: list[str]) -> None:
    if errors:
        more = [f"… und {len(errors) - MOST_ERRORS} weitere"] if len(errors) > MOST_ERRORS else []
        number = "1 Fehler" if len(errors) == 1 else f"{len(errors)} Fehler"
        message = f"{path.name}: {number}, nichts wurde gerechnet."
        raise BadInput("forecast.rows", message, file=str(path), errors=[*errors[:MOST_ERRORS], *more])


def _twice_by_the_clock(first: Row, second: Row) -> bool:
    """Whether two rows of one label are the two of a double hour."""
    if first.start.tzinfo and second.start.tzinfo:
        return first.start.utcoffset() != second.start.utcoffset()
    return first.label.weekday() == 6 and first.label.hour < DOUBLE_HOUR_BEFORE


def _minute(row: Row) -> int:
    return row.start.hour * 60 + row.start.minute
