"""What moves the callers of the Region Hannover in a year: notices, elections, holidays. All dates are assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from wfm.telephony.rules.simulation.scenario import REGION, Partner, Surge


def municipal_events(partners: Iterable[Partner], years: Iterable[int]) -> tuple[Surge, ...]:
    """The surges of an ordinary year, and those of particular years, for the partners that are there."""
    keys = [partner.key for partner in partners]
    surges = [surge for year in years for surge in _of_year(keys, year)]
    return tuple(surge for surge in surges if set(surge.partners) <= set(keys))


def _of_year(keys: list[str], year: int) -> Iterator[Surge]:
    municipalities = tuple(key for key in keys if key != REGION)
    for nth, key in enumerate(municipalities):
        mailed = date(year, 1, 8) + timedelta(days=nth * 5 % 14)
        yield Surge(mailed, 21, "grundsteuer", 0.35, 4, (key,))
    yield Surge(date(year, 2, 2), 28, "abfall", 0.5, 5, (REGION,))
    yield Surge(date(year, 2, 16), 14, "hundesteuer", 0.10, 4, municipalities)
    yield Surge(date(year, 5, 26), 45, "reisepass", 0.10, 25, municipalities)
    yield Surge(date(year, 3, 9), 12, "hundesteuer", 1.2, 3, ("03241003",))
    yield Surge(date(year, 5, 4), 15, "kita", 0.8, 4, ("03241012",))
    yield Surge(date(year, 10, 5), 15, "parken", 0.7, 4, ("03241005",))
    if year == 2026:  # local elections on 13 September, run-offs on the 27th
        yield Surge(date(2026, 8, 17), 27, "wahl", 0.12, 25, municipalities)
        yield Surge(date(2026, 9, 14), 13, "wahl", 0.06, 10, municipalities)
