"""Layers of people on a forecast: put on when it is read, in the order in which they were made; the snapshot stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from wfm.core.errors import BadInput, Sentence
from wfm.forecasting.rules.history import Floats

LONGEST_DAYS = 731
LARGEST_FACTOR, MOST_CALLS = 10, 100_000


@dataclass(frozen=True, slots=True)
class Layer:
    """A factor on the calls, or so many calls a day more, on days (both included) and slots `[from_slot, to_slot)`."""

    first_day: date
    last_day: date
    from_slot: int
    to_slot: int
    kind: str
    value: float

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Read:
    """A forecast as it is read: calls `[day, slot]`, their quantiles `[level, day, slot]`, those of day totals
    `[level, day]`."""

    days: tuple[date, ...]
    calls: Floats
    quantiles: Floats
    total_quantiles: Floats


def put_on(read: Read, layers: Sequence[Layer]) -> Read:
    """The forecast with these layers; what is unsure stays as unsure, in proportion."""
    for layer in layers:
        rows = [row for row, day in enumerate(read.days) if day in layer]
        if rows:
            read = _one(read, layer, rows)
    return read


def _one(read: Read, layer: Layer, rows: list[int]) -> Read:
    calls, quantiles, totals = read.calls.copy(), read.quantiles.copy(), read.total_quantiles.copy()
    window = slice(layer.from_slot, layer.to_slot)
    for row in rows:
        before = read.calls[row, window]
        after = before * layer.value if layer.kind == "factor" else _with_calls(before, layer.value)
        calls[row, window] = after
        ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
        quantiles[:, row, window] = np.where(before > 0, quantiles[:, row, window] * ratio, after)
        sums = read.calls[row].sum(), calls[row].sum()
        totals[:, row] = totals[:, row] * (sums[1] / sums[0]) if sums[0] > 0 else sums[1]
    return replace(read, calls=calls, quantiles=quantiles, total_quantiles=totals)


def _with_calls(before: Floats, more: float) -> Floats:
    """So many more, spread as the forecast is, evenly where it expects nothing; never below zero."""
    total = before.sum()
    profile = before / total if total > 0 else np.full(len(before), 1 / len(before))
    return np.maximum(before + more * profile, 0.0)


def check(
    first_day: date, last_day: date, from_minute: int, to_minute: int, kind: str, value: float, reason: str
) -> None:
    """Refuse a layer that can't be meant. Raises BadInput with the field."""
    if last_day < first_day:
        raise BadInput("adjustment.days", "Der letzte Tag liegt vor dem ersten.", field="last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise BadInput(
            "adjustment.days",
            Sentence("Eine Anpassung gilt höchstens %(most)s Tage.", most=LONGEST_DAYS),
            field="last_day",
        )
    if not 0 <= from_minute < to_minute <= 1440:
        raise BadInput("adjustment.hours", "Das Ende der Stunden liegt nicht nach ihrem Beginn.", field="to_minute")
    if from_minute % 15 or to_minute % 15:
        raise BadInput("adjustment.hours", "Stunden beginnen und enden auf einer Viertelstunde.", field="from_minute")
    if kind == "factor" and not 0 <= value <= LARGEST_FACTOR:
        raise BadInput(
            "adjustment.factor",
            Sentence("Ein Faktor liegt zwischen 0 und %(most)s.", most=LARGEST_FACTOR),
            field="value",
        )
    if kind == "calls" and not 0 < abs(value) <= MOST_CALLS:
        raise BadInput(
            "adjustment.calls",
            Sentence("Anrufe am Tag: 1 bis %(most)s mehr oder weniger.", most=MOST_CALLS),
            field="value",
        )
    if not reason.strip():
        raise BadInput("adjustment.reason", "Bitte einen Grund angeben.", field="reason")
