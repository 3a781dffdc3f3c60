"""The rest of a day, from what has come of it so far.

How much a good morning says of the afternoon is learnt from the history, for each time of day: the log of what came
over what was expected until then, against the same of the rest. Early on, chance is large and the day factor is drawn
to 1; towards noon it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wfm.forecasting.rules.forecast import LEVELS
from wfm.forecasting.rules.hierarchy import count_quantiles
from wfm.forecasting.rules.history import Floats, History

#: Days from which something can be learnt; with fewer the day factor is believed as chance alone allows.
FEWEST_DAYS = 30
#: So many last same weekdays make what was expected of a day.
WEEKS = 8
PRIOR_DAYS = 10.0
#: How far day totals stray around their forecast where no history can tell.
USUAL_SD = 0.12


@dataclass(frozen=True, slots=True)
class Lesson:
    """At each time of day (before slot k): how much of the log day factor so far carries over to the rest, and how far
    the rest then still strays (variance as a share of its mean, squared)."""

    slope: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of the day: calls so far and what was expected of them; by slot what is now expected (0 before `slot`);
    the rest's sum with its quantiles (LEVELS), and quantiles by slot."""

    slot: int
    came: float
    expected_so_far: float
    factor: float
    calls: Floats
    quantiles: Floats
    rest: float
    rest_quantiles: Floats


def expected_days(history: History) -> Floats:
    """What was to be expected of each day of a history: the mean of the last same weekdays before it."""
    expected = np.full(history.counts.shape, np.nan)
    for weekday in range(7):
        rows = np.flatnonzero((history.weekdays == weekday) & history.known.any(axis=1))
        for place in range(3, len(rows)):
            before = history.counts[rows[max(0, place - WEEKS) : place]]
            seen = (~np.isnan(before)).sum(axis=0)
            expected[rows[place]] = np.divide(
                np.nansum(before, axis=0), seen, out=np.full(history.slots, np.nan), where=seen > 0
            )
    return expected


def learn(history: History, expected: Floats | None = None) -> Lesson:
    """What the days of a history teach; `expected[day, slot]` is what had been forecast of them."""
    expected = expected_days(history) if expected is None else expected
    both = ~np.isnan(history.counts) & ~np.isnan(expected)
    usable = both.sum(axis=1) >= 4
    came = np.where(both, history.counts, 0.0)[usable]
    due = np.where(both, expected, 0.0)[usable]
    slots = history.slots
    slope, variance = np.zeros(slots + 1), np.full(slots + 1, USUAL_SD**2)
    if len(came) < FEWEST_DAYS:
        usual = due.sum(axis=1).mean() if len(due) else 0.0
        share = due.sum(axis=0).cumsum() / max(due.sum(), 1e-9) if len(due) else np.linspace(0, 1, slots)
        slope[1:] = USUAL_SD**2 / (USUAL_SD**2 + 1 / np.maximum(share * usual, 1e-9))
        return Lesson(slope, variance)
    for k in range(slots + 1):
        slope[k], variance[k] = _at(came, due, k)
    return Lesson(slope, variance)


def _at(came: Floats, due: Floats, k: int) -> tuple[float, float]:
    so_far, due_so_far = came[:, :k].sum(axis=1), due[:, :k].sum(axis=1)
    rest, due_rest = came[:, k:].sum(axis=1), due[:, k:].sum(axis=1)
    days = due_rest > 0
    if not days.any():
        return 0.0, USUAL_SD**2
    x = np.log((so_far[days] + 0.5) / (due_so_far[days] + 0.5))
    y = np.log((rest[days] + 0.5) / (due_rest[days] + 0.5))
    # Days on which the forecast was plainly wrong (half or double) teach nothing of ordinary ones.
    ordinary = np.abs(y) < np.log(2.5)
    x, y, due_rest, rest = x[ordinary], y[ordinary], due_rest[days][ordinary], rest[days][ordinary]
    if len(x) < FEWEST_DAYS / 2:
        return 0.0, USUAL_SD**2
    slope = float(np.clip((x * y).sum() / ((x**2).sum() + PRIOR_DAYS * USUAL_SD**2 / 10), 0.0, 1.2))
    predicted = due_rest * np.exp(slope * x)
    beyond = ((rest - predicted) ** 2 - predicted).sum() / max((predicted**2).sum(), 1e-9)
    return slope, float(max(beyond, 0.0))


def reforecast(lesson: Lesson, expected: Floats, came: Floats, slot: int, dispersion: float = 1.0) -> Rest:
    """The rest of a day from `slot` on.

    `expected[slot]` is the day's forecast; `came[slot]` its calls, NaN where unknown (a gap): those slots count
    neither as come nor as expected.
    """
    known = ~np.isnan(came[:slot])
    so_far = float(came[:slot][known].sum())
    due = float(expected[:slot][known].sum())
    slope = lesson.slope[slot] if due > 0 else 0.0
    factor = float(((so_far + 0.5) / (due + 0.5)) ** slope)
    calls = np.where(np.arange(len(expected)) >= slot, expected * factor, 0.0)
    rest = float(calls.sum())
    beyond = lesson.variance[slot]
    total = count_quantiles(np.array(rest), np.array(rest * dispersion + rest**2 * beyond), LEVELS)
    by_slot = count_quantiles(calls, calls * dispersion + calls**2 * beyond, LEVELS)
    return Rest(slot, so_far, due, factor, calls, by_slot, rest, total)
