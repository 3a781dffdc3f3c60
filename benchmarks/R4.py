"""R4: how far forecasts are off, on real series, from rolling origins (WAPE of day 1, days 1 to 7, 1 to 28).

Against the seasonal naive forecast and the mean of the last 8 same weekdays, on the same days; and, for totals of days,
against AutoETS and MSTL of statsforecast where benchmarks/.peers holds it (benchmarks/peers-forecast.txt).
"""

from __future__ import annotations

import numpy as np

from benchmarks.calls import PEERS, Rolled, all_series, peer_rolling, rolling
from benchmarks.harness import report, say
from wfm.forecasting.rules.accuracy import bias, by_horizon, wape

#: Of bars.md, for the bank's half hours: percent.
BANK = {1: 5.4, 7: 5.3, 28: 5.7}


def main() -> None:
    if not PEERS.exists():
        say("R4: peers skipped: no benchmarks/.peers (python -m venv it, then pip install -r peers-forecast.txt)")
    for series in all_series():
        done = rolling(series)
        errors = {name: by_horizon(done.actual, said) for name, said in done.said.items()}
        percent = {f"{name}_{days}": 100 * error for name, found in errors.items() for days, error in found.items()}
        percent |= {"bias": 100 * bias(done.actual, done.said["ours"]), "cpu_s": done.cpu}
        figures = {**percent, "origins": len(series.origins), "chosen": done.chosen}
        if series.name == "bank_30min":
            for days, bar in BANK.items():
                report(f"R4.{series.name}.{days}", percent[f"ours_{days}"], bar, at_most=True)
        report(f"R4.{series.name}.last8", errors["ours"][28] / errors["last8"][28], 1.01, at_most=True, **figures)
        report(f"R4.{series.name}.naive", errors["ours"][28] / errors["naive"][28], 0.85, at_most=True)
        if series.history.slots == 1:
            _against_peers(done)


def _against_peers(done: Rolled) -> None:
    for model in ("autoets", "mstl"):
        totals = peer_rolling(done.series, model)
        if totals is not None:
            said = np.where(np.isnan(done.actual), np.nan, totals[:, :, None])
            theirs = {f"{model}_{days}": 100 * error for days, error in by_horizon(done.actual, said).items()}
            ratio = wape(done.actual, done.said["ours"]) / wape(done.actual, said)
            report(f"R4.{done.series.name}.{model}", ratio, 1.0, at_most=True, **theirs)


if __name__ == "__main__":
    main()
