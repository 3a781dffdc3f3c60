"""R5: whether intervals hold, on real series, from rolling origins: coverage of slots of mean 3 or more and of days'
totals, and the bias over 28 days. `ratio` is the distance from what was promised."""

from __future__ import annotations

import numpy as np

from benchmarks.calls import all_series, rolling
from benchmarks.harness import report
from wfm.forecasting.rules.accuracy import bias, coverage

COARSE = 3.0


def main() -> None:
    for series in all_series():
        done = rolling(series)
        mean = done.said["ours"]
        low95, low80, high80, high95 = (np.array([one.quantiles[n] for one in done.forecasts]) for n in range(4))
        totals = np.array([one.total_quantiles for one in done.forecasts])
        rated = np.where(mean >= COARSE, done.actual, np.nan)
        came = np.where(np.isnan(done.actual).all(axis=2), np.nan, np.nansum(done.actual, axis=2))
        weeks = {
            f"cover80_days_{start + 1}_{end}": coverage(rated[:, start:end], low80[:, start:end], high80[:, start:end])
            for start, end in ((0, 1), (0, 7), (7, 14), (14, 28))
        }
        inside80, inside95 = coverage(rated, low80, high80), coverage(rated, low95, high95)
        day80, day95 = coverage(came, totals[:, 1], totals[:, 2]), coverage(came, totals[:, 0], totals[:, 3])
        report(f"R5.{series.name}.80", abs(inside80 - 0.8), 0.03, at_most=True, cover=inside80, **weeks)
        report(f"R5.{series.name}.95", abs(inside95 - 0.95), 0.02, at_most=True, cover=inside95)
        if series.history.slots > 1:
            report(f"R5.{series.name}.day80", abs(day80 - 0.8), 0.03, at_most=True, cover=day80)
            report(f"R5.{series.name}.day95", abs(day95 - 0.95), 0.02, at_most=True, cover=day95)
        off = bias(done.actual, mean)
        report(f"R5.{series.name}.bias", abs(off), 0.015, at_most=True, bias=off, origins=len(series.origins))


if __name__ == "__main__":
    main()
