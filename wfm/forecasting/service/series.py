"""One series of a run in the making: its days as rows, its sum with others, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from wfm.forecasting.models import ForecastSeries
from wfm.forecasting.queries import Past
from wfm.forecasting.rules.forecast import Choice, Forecast, Treated
from wfm.forecasting.rules.hierarchy import MILLI, Ints, sum_quantiles, to_milli
from wfm.forecasting.rules.history import Floats

#: With fewer days with calls, a forecast says that it rests on little.
SHORT_DAYS = 56
NAMES = ("lo95", "lo80", "hi80", "hi95")


class Made:
    """One series in the making: calls in thousandths, quantiles in calls."""

    def __init__(
        self, series: ForecastSeries, calls: Ints, quantiles: Floats, total_quantiles: Floats, day_sd: Floats,
        handling: Floats | None, base: Forecast | None,
    ) -> None:  # fmt: skip
        self.series, self.calls, self.quantiles, self.total_quantiles = series, calls, quantiles, total_quantiles
        self.day_sd, self.handling, self._base = day_sd, handling, base

    @property
    def base(self) -> Floats:
        """Its calls by day and slot, before anybody joined."""
        return self.calls / MILLI if self._base is None else self._base.mean

    def join(self, other: Made) -> None:
        """Take in a new partner: calls add up exactly; what is unsure of the two has nothing to do with each other."""
        self.quantiles = summed([self, other], 0.0)
        self.total_quantiles = summed_totals([self, other], 0.0)
        self.calls = self.calls + other.calls

    def rows(self, series_id: int, days: Sequence[date]) -> Iterator[dict[str, Any]]:
        quantiles, totals = to_milli(self.quantiles), to_milli(self.total_quantiles)
        for row, day in enumerate(days):
            busy = np.flatnonzero(self.calls[row] > 0)
            window = slice(int(busy[0]), int(busy[-1]) + 1) if len(busy) else slice(0, 0)
            handling = None if self.handling is None else self.handling[row, window]
            yield {
                "series_id": series_id,
                "day": day,
                "first_slot": window.start,
                "calls": self.calls[row, window].tolist(),
                **{name: quantiles[level, row, window].tolist() for level, name in enumerate(NAMES)},
                "total": int(self.calls[row].sum()),
                **{f"total_{name}": int(totals[level, row]) for level, name in enumerate(NAMES)},
                "day_sd": float(self.day_sd[row]),
                "handling_s": None
                if handling is None or np.isnan(handling).any()
                else [round(float(value), 1) for value in handling],
            }


def summed_totals(members: Sequence[Made], correlation: float) -> Floats:
    """Quantiles of day totals of the sum of these series, any two of which have this correlation."""
    return sum_quantiles(
        np.array([made.calls.sum(axis=1) / MILLI for made in members]),
        np.array([made.total_quantiles[2] for made in members]),
        np.array([made.total_quantiles[1] for made in members]),
        correlation,
    )


def summed(members: Sequence[Made], correlation: float) -> Floats:
    """The same by slot."""
    return sum_quantiles(
        np.array([made.calls / MILLI for made in members]),
        np.array([made.quantiles[2] for made in members]),
        np.array([made.quantiles[1] for made in members]),
        correlation,
    )


def mean_handling(members: Sequence[Made]) -> Floats:
    """Handling times of the centre: those of its queues by their calls."""
    calls = np.array([made.calls for made in members], dtype=float)
    handling = np.array(
        [np.full(made.calls.shape, np.nan) if made.handling is None else made.handling for made in members]
    )
    known = ~np.isnan(handling)
    weight = np.where(known, calls, 0.0).sum(axis=0)
    return np.divide(
        np.where(known, calls * handling, 0.0).sum(axis=0), weight, out=np.zeros_like(weight), where=weight > 0
    )


def warnings_of(past: Past) -> list[str]:
    """What a reader must know: how little it rests on, and hours that do not fit the calls."""
    found = []
    with_calls = int((np.nansum(past.calls.counts, axis=1) > 0).sum())
    known = int(past.calls.known.any(axis=1).sum())
    if with_calls < SHORT_DAYS:
        found.append(
            f"Kurze Vergangenheit: nur {with_calls} Tage mit Anrufen (gebraucht werden {SHORT_DAYS}). Jahreszeit, "
            "Feiertage und Ereignisse sind daraus nicht zu lernen; genommen ist das Mittel gleicher Wochentage."
        )
    elif known < 365:
        found.append(
            f"Die Vergangenheit umfasst {known} offene Tage, kein ganzes Jahr: was an Jahreszeit und Feiertagen "
            "hängt, ist zum Teil noch nicht zu sehen."
        )
    if past.outside and not past.believed:
        found.append(
            f"{past.outside} Anrufe kamen außerhalb der hinterlegten Öffnungszeiten: genommen sind die Zeiten, zu "
            "denen Anrufe kamen. Bitte die Öffnungszeiten prüfen."
        )
    elif past.outside:
        found.append(f"{past.outside} Anrufe kamen außerhalb der Öffnungszeiten und sind nicht enthalten.")
    if past.gaps:
        found.append(f"An {len(past.gaps)} Tagen fehlen Daten ganz oder zum Teil; sie gelten als unbekannt.")
    return found


def backtest(choice: Choice) -> dict[str, Any]:
    return {
        "errors": {name: _plain(error, 6) for name, error in choice.errors.items()},
        "origins": choice.origins,
        "weights": {name: _plain(weight, 6) for name, weight in choice.weights.items()},
    }


def treated(item: Treated) -> dict[str, Any]:
    return {
        "kind": item.kind, "day": item.day.isoformat(), "slot": item.slot, "seen": _plain(item.seen),
        "used": _plain(item.used),
    }  # fmt: skip


def _plain(value: float | None, places: int = 3) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), places)


def methods_own(treated: Sequence[Treated]) -> list[Treated]:
    """What a method treated, gaps left out: those are told from the ledger, which knows them."""
    return [item for item in treated if item.kind not in ("gap", "closed")]
