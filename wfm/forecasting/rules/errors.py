"""How far a forecast was from what came: WAPE, bias, and how often its intervals held."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from wfm.forecasting.rules.history import Bools, Floats

#: Days ahead (from the end of the history), both included.
LEADS = ((1, 1), (2, 7), (8, 28), (29, 91), (92, 600))
#: Below this mean of a slot, counts are too coarse for the coverage of an interval to mean anything.
LEAST_MEAN = 3.0


def lead_of(days_ahead: int) -> int:
    """The number of the lead class of a day so many days after the history's last one."""
    return next(place for place, (_, last) in enumerate(LEADS) if days_ahead <= last)


@dataclass(slots=True)
class Errors:
    """Sums over days of one series and lead class; rates are made of them when read."""

    days: int = 0
    calls: float = 0.0
    forecast: float = 0.0
    off_by_slot: float = 0.0
    off_by_day: float = 0.0
    inside: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0] for name in ("80", "95")})
    inside_day: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0] for name in ("80", "95")})

    def add_day(self, came: Floats, expected: Floats, quantiles: Floats, total_quantiles: Floats) -> None:
        """One day: what came by slot (NaN: not known, or closed), and what had been forecast of it.

        The interval of the day's total counts only where every slot with a forecast is known.
        """
        known: Bools = ~np.isnan(came)
        if not known.any():
            return
        self.days += 1
        due, seen = float(expected[known].sum()), float(came[known].sum())
        self.calls += seen
        self.forecast += due
        self.off_by_slot += float(np.abs(came - expected)[known].sum())
        self.off_by_day += abs(seen - due)
        judged = known & (expected >= LEAST_MEAN)
        for name, low, high in (("95", 0, 3), ("80", 1, 2)):
            self.inside[name][0] += int(
                ((came[judged] >= quantiles[low, judged]) & (came[judged] <= quantiles[high, judged])).sum()
            )
            self.inside[name][1] += int(judged.sum())
            if not (expected[~known] > 0).any():
                self.inside_day[name][0] += int(total_quantiles[low] <= seen <= total_quantiles[high])
                self.inside_day[name][1] += 1

    def figures(self) -> dict[str, float | int | None]:
        """WAPE by slot and by day and bias as shares of the calls that came; coverage as shares; null for nothing."""
        calls = self.calls or None
        return {
            "days": self.days,
            "calls": round(self.calls, 3),
            "forecast": round(self.forecast, 3),
            "wape": calls and self.off_by_slot / calls,
            "wape_day": calls and self.off_by_day / calls,
            "bias": calls and (self.forecast - self.calls) / calls,
            "coverage80": _share(self.inside["80"]),
            "coverage95": _share(self.inside["95"]),
            "coverage80_day": _share(self.inside_day["80"]),
            "coverage95_day": _share(self.inside_day["95"]),
        }


def _share(counts: list[int]) -> float | None:
    return counts[0] / counts[1] if counts[1] else None
