"""Layers of people on a forecast: put on when it is read, in the order in which they were made; the snapshot stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from wfm.forecasting.rules.history import Floats
from wfm.forecasting.rules.layers import Layer


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
