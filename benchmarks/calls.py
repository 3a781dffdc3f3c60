"""Real series of calls for the forecast benchmarks, and rolling forecasts over them.

They stay outside the project (licences): `WFM_CALLS_DATA` names the folder. Whatever is forecast saw nothing but the
days before its origin.
"""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import holidays
import numpy as np

from benchmarks.harness import say
from wfm.forecasting.rules.calendar import Calendar
from wfm.forecasting.rules.choice import forecast
from wfm.forecasting.rules.forecast import Forecast
from wfm.forecasting.rules.history import Floats, History
from wfm.forecasting.rules.methods import WeekMean, mean_of_known

HORIZON = 28
#: What a forecast sees at most: two years.
HISTORY = 730
PEERS = Path(__file__).parent / ".peers"


@dataclass(frozen=True)
class Series:
    """A series, the days after which it is forecast, and the public holidays of its place."""

    name: str
    history: History
    origins: Sequence[int]
    calendar: Calendar = field(default_factory=Calendar)


@dataclass(frozen=True)
class Rolled:
    """What came and what was said, `[origin, lead, slot]`."""

    series: Series
    actual: Floats
    said: dict[str, Floats]
    forecasts: list[Forecast]
    cpu: float

    @property
    def chosen(self) -> dict[str, int]:
        return dict(Counter(one.choice.method for one in self.forecasts))


def all_series() -> list[Series]:
    """Every series at every step; leaves the program, loudly, if the folder is not named."""
    folder = os.environ.get("WFM_CALLS_DATA")
    if not folder:
        say("SKIPPED, NOTHING MEASURED: WFM_CALLS_DATA does not name the folder with the series of calls.")
        sys.exit(3)
    bank = _read(Path(folder, "bank_us_2003_5min_dev.csv.gz"), "interval_start", "calls", 5)
    denver = _read(Path(folder, "denver_ems_2011_2015_60min_dev.csv.gz"), "interval_start", "calls", 60)
    city = _read(Path(folder, "vancouver_311_daily_2009_2017_dev.csv.gz"), "date", "offered", 1440)
    columbia, colorado = _holidays("CA", "BC", city), _holidays("US", "CO", denver)
    weeks = range(42, len(bank.counts) - HORIZON + 1)
    months, years = _spread(denver, 40), _spread(city, 60)
    return [
        *(Series(f"bank_{step}min", coarser(bank, step), weeks[:: 4 if step == 5 else 1]) for step in (5, 15, 30, 60)),
        Series("bank_day", coarser(bank, 1440), weeks),
        Series("denver_60min", denver, months, colorado),
        Series("denver_day", coarser(denver, 1440), months, colorado),
        Series("vancouver_day", city, years, columbia),
        Series("vancouver_day_without_calendar", city, years),
    ]


def rolling(series: Series) -> Rolled:
    """Forecast at each origin: ours, the seasonal naive one, and the mean of the last 8 same weekdays."""
    actual, said, forecasts, cpu = [], {"ours": [], "naive": [], "last8": []}, [], 0.0
    for origin in series.origins:
        known, came, days = part(series.history, origin)
        begun = time.process_time()
        ours = forecast(known, series.calendar, days, open_slots=~np.isnan(came))
        cpu += time.process_time() - begun
        last8 = WeekMean(8).fit(known, Calendar()).predict(days)
        naive = WeekMean(1).fit(known, Calendar()).predict(days)
        last8 = np.where(np.isnan(last8), ours.mean, last8)
        actual.append(came)
        forecasts.append(ours)
        said["ours"].append(ours.mean)
        said["last8"].append(last8)
        said["naive"].append(np.where(np.isnan(naive), last8, naive))
    arrays = {name: np.array(one) for name, one in said.items()}
    return Rolled(series, np.array(actual), arrays, forecasts, cpu / len(forecasts))


def part(history: History, origin: int) -> tuple[History, Floats, list[date]]:
    """What is known at an origin, what came afterwards, and the days of that."""
    first = max(0, origin - HISTORY)
    known = History(history.first_day + timedelta(days=first), history.step_minutes, history.counts[first:origin])
    days = [known.last_day + timedelta(days=n) for n in range(1, HORIZON + 1)]
    return known, history.on(days), days


def coarser(history: History, step: int) -> History:
    """The same calls in longer intervals; one is known as soon as a part of it is."""
    together = step // history.step_minutes
    parts = history.counts.reshape(len(history.counts), -1, together)
    sums = np.where(np.isnan(parts).all(axis=2), np.nan, np.nansum(parts, axis=2))
    return History(history.first_day, step, sums)


def peer_rolling(series: Series, model: str) -> Floats | None:
    """What a model of statsforecast says of days' totals at each origin, `[origin, lead]`, in an environment of its own
    (benchmarks/.peers); None if that is not there."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        return None
    histories = [part(series.history, origin)[0] for origin in series.origins]
    totals = [_without_gaps(one) for one in histories]
    folder = Path(os.environ.get("TMPDIR", "/tmp"), f"wfm-peers-{os.getpid()}")
    folder.mkdir(exist_ok=True)
    np.savez(folder / "in.npz", *totals)
    script = Path(__file__).with_name("forecast_peer.py")
    subprocess.run([python, script, model, str(HORIZON), folder / "in.npz", folder / "out.npy"], check=True)
    return np.load(folder / "out.npy")


def _without_gaps(history: History) -> Floats:
    """Days' totals, since peers know no gaps: the weekday's mean where unknown, 0 on weekdays always closed."""
    totals = np.where(history.known_days, np.nansum(history.counts, axis=1), np.nan)
    week = [mean_of_known(totals[history.weekdays == weekday, None])[0] for weekday in range(7)]
    return np.where(np.isnan(totals), np.nan_to_num(week)[history.weekdays], totals)


def _spread(history: History, count: int) -> range:
    """Origins over all parts of a long series, on all weekdays."""
    first, last = 400, len(history.counts) - HORIZON
    step = (last - first) // count
    return range(first, last, step + (step % 7 == 0))


def _read(path: Path, start: str, count: str, step: int) -> History:
    return History.of_rows(_rows(path, start, count), step)


def _rows(path: Path, start: str, count: str) -> Iterator[tuple[datetime, float]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield datetime.fromisoformat(row[start]).replace(tzinfo=None), float(row[count])


def _holidays(country: str, region: str, history: History) -> Calendar:
    years: Iterable[int] = range(history.first_day.year, history.last_day.year + 2)
    return Calendar(dict(holidays.country_holidays(country, subdiv=region, years=list(years)).items()))
