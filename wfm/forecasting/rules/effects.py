"""What planned events did to calls in the past, and so what the next one of the kind may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from wfm.forecasting.rules.history import Floats, History

#: How far effects go before anything was seen, and how far two events of a kind differ, on the log scale.
PRIOR_SD, BETWEEN_SD = 0.3, 0.15
WEEKS = 4
Z80 = 1.2816


@dataclass(frozen=True, slots=True)
class Effect:
    """The factor on a day's calls, the ends of its 80 % interval, and of how many occurrences it was learnt."""

    factor: float
    lo80: float
    hi80: float
    occurrences: int


def learn_effect(
    history: History, occurrences: Sequence[tuple[date, date]], special: frozenset[date] = frozenset()
) -> Effect:
    """From earlier occurrences (first and last day): their days over the mean of the same weekdays four weeks around
    that were nothing special, drawn to 1 the more the less was seen."""
    totals = np.where(history.known.any(axis=1), np.nansum(history.counts, axis=1), np.nan)
    days = history.days
    eventful = {first + timedelta(days=n) for first, last in occurrences for n in range((last - first).days + 1)}
    ordinary = np.array([day not in special and day not in eventful for day in days])
    noise = _noise(totals, ordinary)
    logs, precisions = [], []
    for first, last in occurrences:
        rows = [row for row, day in enumerate(days) if first <= day <= last and day not in special and totals[row] > 0]
        due = [(row, _around(totals, ordinary, row)) for row in rows]
        known = [(row, expected) for row, expected in due if expected is not None]
        if known:
            logs.append(np.log(sum(totals[row] for row, _ in known) / sum(expected for _, expected in known)))
            precisions.append(1 / (BETWEEN_SD**2 + noise**2 / len(known)))
    precision = 1 / PRIOR_SD**2 + sum(precisions)
    mean = sum(log * weight for log, weight in zip(logs, precisions, strict=True)) / precision
    # of the next one: what is unsure of the kind, and how events of a kind differ
    sd = np.sqrt(1 / precision + BETWEEN_SD**2)
    return Effect(float(np.exp(mean)), float(np.exp(mean - Z80 * sd)), float(np.exp(mean + Z80 * sd)), len(logs))


def _around(totals: Floats, ordinary: np.ndarray, row: int) -> float | None:
    places = [row + 7 * week for week in range(-WEEKS, WEEKS + 1) if week]
    found = [totals[p] for p in places if 0 <= p < len(totals) and ordinary[p] and totals[p] > 0]
    return float(np.mean(found)) if len(found) >= 2 else None


def _noise(totals: Floats, ordinary: np.ndarray) -> float:
    """How far ordinary days stray around their neighbours, on the log scale."""
    logs = []
    for row in np.flatnonzero(ordinary & (np.nan_to_num(totals) > 0)):
        if expected := _around(totals, ordinary, int(row)):
            logs.append(np.log(totals[row] / expected))
    return float(np.std(logs)) if len(logs) >= 10 else 0.2
