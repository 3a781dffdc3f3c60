"""What callers meet with a given number of agents: one queue, one interval, in steady state.

Three models, told apart by what happens to a call that finds no free agent:

- **B**: it is lost at once. Nobody waits.
- **C**: it waits for as long as it takes. Only a load below the number of agents has a steady state; above, waits grow
  for ever. Nobody gives up, so it is the careful model.
- **A**: it waits until its patience ends, then gives up. Has an answer for any load.

Calls come at random (Poisson), handling times are exponential. Formulas: A. K. Erlang (1917), Solution of some problems
in the theory of probabilities of significance in automatic telephone exchanges (B and C); for A see `erlang_a`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wfm.core.errors import BadInput, RuleBroken, Sentence
from wfm.directory.rules.targets import Variant
from wfm.staffing.rules import erlang_a
from wfm.staffing.rules.erlang_b import Floats, Whole, inverse_blocking
from wfm.staffing.rules.model import Model

OVERLOAD = (
    "Die Last erreicht die Zahl der Agents: Erlang C hat dann kein Gleichgewicht, die Schlange wächst ohne Ende. "
    "Modell A rechnet mit der Geduld der Anrufenden und hat immer ein Ergebnis."
)
#: Below, a float keeps fewer and fewer digits.
_SMALLEST = 1e-307
#: The least number above 0, and the largest below infinity.
ABOVE_0, _FINITE = float(np.nextafter(0, 1)), float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Queues:
    """Queues to be reckoned, a row each. Times in seconds; patience may be infinite (as C), or 0 (as B, but whoever is
    lost gave up).

    Raises BadInput for a value that has no meaning; `details` name the first such row, counted from 0.
    """

    load: Floats  # Erlang: calls a second times handling time
    aht: Floats
    threshold: Floats
    patience: Floats

    @classmethod
    def of(cls, load: ArrayLike, aht: ArrayLike, threshold: ArrayLike = 0.0, patience: ArrayLike = np.inf) -> Queues:
        """Numbers or columns of one length; a number holds for all rows."""
        columns = [np.atleast_1d(np.asarray(column, np.float64)) for column in (load, aht, threshold, patience)]
        bounds = {"load": (0, _FINITE), "aht": (ABOVE_0, _FINITE), "threshold": (0, _FINITE), "patience": (0, np.inf)}
        for column, (name, (lowest, highest)) in zip(columns, bounds.items(), strict=True):
            if (row := first_outside(column, lowest, highest)) is not None:
                message = Sentence("%(name)s: %(value)s ist nicht möglich.", name=name, value=column[row])
                raise BadInput("staffing.value", message, field=name, row=row)
        return cls(*(column.copy() for column in np.broadcast_arrays(*columns)))

    def __len__(self) -> int:
        return len(self.load)

    def endless(self, model: Model) -> NDArray[np.bool_]:
        """Rows in which nobody gives up: only a load below the number of agents has a steady state there."""
        return np.isinf(self.patience) if model is Model.A else np.full(len(self), model is Model.C)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Queues:
        return Queues(*(getattr(self, field.name)[rows] for field in fields(self)))


def first_outside(column: Floats, lowest: float, highest: float) -> int | None:
    """The first row whose value is not between the bounds, which are (NaN never is); None if all are."""
    if lowest <= column.min(initial=highest) and column.max(initial=lowest) <= highest:
        return None
    return int(np.argmin((lowest <= column) & (column <= highest)))


@dataclass(frozen=True, slots=True)
class Performance:
    """Shares of all calls unless said otherwise; NaN where there is nothing to have a share of.

    Nothing offered: all but occupancy. No agents: occupancy, and what is a figure of answered calls.
    """

    p_block: Floats  # lost at once
    p_wait: Floats  # found no free agent, and waited
    p_abandon: Floats
    asa_all_s: Floats  # mean wait of all calls, seconds, also of those who gave up or were lost
    asa_answered_s: Floats  # mean wait of answered calls: what the telephone system reports as ASA
    sl_offered: Floats  # A_T / O
    sl_answered: Floats  # A_T / A
    sl_excl_abandoned_within_threshold: Floats  # A_T / (O - B_T)
    sl_abandoned_met: Floats  # (A_T + B_T) / O
    p_abandon_within_threshold: Floats  # B_T / O
    occupancy: Floats  # busy agents / agents

    def service_level(self, variant: Variant) -> Floats:
        """The service level that a target of this variant speaks of."""
        levels: dict[Variant, Floats] = {
            Variant.OFFERED: self.sl_offered,
            Variant.ANSWERED: self.sl_answered,
            Variant.EXCL_ABANDONED_WITHIN: self.sl_excl_abandoned_within_threshold,
            Variant.ABANDONED_MET: self.sl_abandoned_met,
        }
        return levels[variant]


def performance(model: Model, queues: Queues, agents: ArrayLike) -> Performance:
    """Every figure of the model for each row, to about 12 digits; shares below 1e-307 are 0.

    Raises RuleBroken("staffing.overload") for model C, or A with infinite patience, where the load is not below the
    number of agents; `details["rows"]` says in which rows.
    """
    n = np.broadcast_to(np.asarray(agents, np.int64), queues.load.shape)
    if (n < 0).any():
        raise BadInput("staffing.value", "agents: weniger als 0 ist nicht möglich.", field="agents")
    calls = queues.load > 0
    endless = queues.endless(model)
    if (overload := calls & endless & (queues.load >= n)).any():
        raise RuleBroken("staffing.overload", OVERLOAD, rows=np.flatnonzero(overload).tolist())
    alone = ~endless & (n == 0) & (model is Model.A)
    lost = ~endless & ~alone & ((model is Model.B) | (queues.patience == 0))
    formulas: list[tuple[NDArray[np.bool_], Callable[[Queues, Whole], Sequence[ArrayLike]]]] = [
        (~calls, _no_calls),
        (calls & endless, _erlang_c),
        (calls & alone, _no_agents),
        (calls & lost, _erlang_b if model is Model.B else _no_patience),
        (calls & ~endless & ~alone & ~lost, _erlang_a),
    ]
    result = np.full((len(fields(Performance)), len(queues)), np.nan)
    for rows, formula in formulas:
        if rows.any():
            with np.errstate(all="ignore"):
                for figure, column in zip(result, formula(queues[rows], n[rows]), strict=True):
                    figure[rows] = column
    result[np.abs(result) < _SMALLEST] = 0
    return Performance(*result)


def _no_calls(queues: Queues, n: Whole) -> Sequence[ArrayLike]:
    return [np.nan] * 10 + [np.where(n > 0, 0.0, np.nan)]


def _erlang_b(queues: Queues, n: Whole) -> Sequence[ArrayLike]:
    blocked, served = _blocking(queues.load, n)
    answered = np.where(n > 0, 1.0, np.nan)
    return [blocked, 0, 0, 0, answered - 1, served, answered, served, served, 0, queues.load * served / n]


def _no_patience(queues: Queues, n: Whole) -> Sequence[ArrayLike]:
    """Erlang A in the limit: whoever would have to wait gives up at once."""
    gone, served = _blocking(queues.load, n)
    return [0, gone, gone, 0, 0, served, 1, 1, 1, gone, queues.load * served / n]


def _no_agents(queues: Queues, _n: Whole) -> Sequence[ArrayLike]:
    """Erlang A without anybody to answer: all give up when their patience ends."""
    within = np.where(queues.patience > 0, -np.expm1(-queues.threshold / queues.patience), 1.0)
    still_there = np.where(within < 1, 0.0, np.nan)
    return [0, 1, 1, queues.patience, np.nan, 0, np.nan, still_there, within, within, np.nan]


def _blocking(load: Floats, n: Whole) -> tuple[Floats, Floats]:
    """B and 1 - B, neither by subtraction."""
    inverse = inverse_blocking(load, n)
    below = inverse_blocking(load, np.maximum(n - 1, 0)) * n / load
    return 1 / inverse, np.where(np.isinf(below), 1.0, below / (1 + below))


def _erlang_c(queues: Queues, n: Whole) -> Sequence[ArrayLike]:
    """P(wait) from Erlang B; whoever waits does so exponentially long."""
    spare = n - queues.load
    below = inverse_blocking(queues.load, n - 1) * spare / queues.load  # P(free agent) / P(wait)
    wait = 1 / (1 + below)
    ended = -np.expm1(-spare * queues.threshold / queues.aht)
    met = np.where(np.isinf(below), 1.0, below * wait) + wait * ended
    asa = wait * queues.aht / spare
    return [0, wait, 0, asa, asa, met, met, met, met, 0, queues.load / n]


def _erlang_a(queues: Queues, n: Whole) -> Sequence[ArrayLike]:
    calls = erlang_a.waits(queues.load, queues.aht, n, queues.threshold, queues.patience)
    met = calls.at_once + calls.answered_within
    answered = met + calls.answered_late
    late = calls.answered_late + calls.abandoned_late
    abandoned = calls.abandoned_within + calls.abandoned_late
    return [
        0,
        (calls.answered_within + late + calls.abandoned_within) / calls.total,
        abandoned / calls.total,
        abandoned / calls.total * queues.patience,
        calls.wait_answered / answered,
        _part(met, calls.total),
        _part(met, answered),
        _part(met, met + late),
        _part(met + calls.abandoned_within, calls.total),
        calls.abandoned_within / calls.total,
        queues.load / n * _part(answered, calls.total),
    ]


def _part(part: Floats, whole: Floats) -> Floats:
    """part / whole; 1 where there are so many agents that both are infinite."""
    return np.where(np.isinf(whole), 1.0, part / whole)
