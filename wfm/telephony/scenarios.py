"""Scenarios for the simulator: the partners of the directory, the holidays, and a scenario file of one's own."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from wfm.core.errors import BadInput
from wfm.telephony.rules.simulation.events import municipal_events
from wfm.telephony.rules.simulation.run import simulate
from wfm.telephony.rules.simulation.scenario import Partner, Scenario, Surge
from wfm.telephony.rules.simulation.truth import Truth


def region_hannover() -> tuple[Partner, ...]:
    """The 21 municipalities and the Region's administration, as the directory ships them."""
    text = (files("wfm.directory") / "data" / "municipalities.csv").read_text(encoding="utf-8")
    return tuple(
        Partner(
            key=row["key"],
            name=row["name"],
            inhabitants=int(row["inhabitants"]) if row["inhabitants"] else None,
            # a * marks networks named after a place outside the Region
            area_codes=tuple(code.rstrip("*") for code in row["area_codes"].split(";") if code),
        )
        for row in csv.DictReader(text.splitlines())
    )


def read_scenario(start: date, end: date, path: Path | None = None, **changes: Any) -> Scenario:
    """The scenario of a period: the Region Hannover, its municipal events, and what a TOML file or the caller changes.

    Keys of the file: calls_per_year, share_115, staffing, municipal_events (false leaves them out), [joined] partner =
    date, [[surges]] start, days, service, extra, half_life_days, partners. Raises BadInput for anything else.
    """
    partners = region_hannover()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
        usual = table.pop("municipal_events", True)
        surges = municipal_events(partners, range(start.year - 1, end.year + 1)) if usual else ()
        surges += tuple(_surge(entry) for entry in table.pop("surges", ()))
        return Scenario(partners=partners, surges=surges, **_dates_checked(table) | changes)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadInput("scenario.invalid", f"Szenario {path or ''} ist nicht lesbar: {error}") from error


def generate(start: date, end: date, seed: int, scenario: Scenario, truth: Truth | None = None) -> Iterator[str]:
    """The queue_log of the days from `start` to `end` (exclusive), a string a day; holidays are Lower Saxony's."""
    return simulate(scenario, start, end, seed, closed=public_holidays(start.year - 1, end.year + 1), truth=truth)


def public_holidays(first_year: int, last_year: int) -> frozenset[date]:
    import holidays  # half a second that only a simulation costs

    return frozenset(holidays.country_holidays("DE", subdiv="NI", years=range(first_year, last_year + 1)))


def _surge(entry: Mapping[str, Any]) -> Surge:
    values = dict(entry)
    return Surge(**_dates_checked(values | {"partners": tuple(values.get("partners", ()))}))


def _dates_checked(table: dict[str, Any]) -> dict[str, Any]:
    """TOML has dates of its own; a text or an instant in place of one must not get through."""
    for key, value in {"start": table.get("start"), **table.get("joined", {})}.items():
        if value is not None and type(value) is not date:
            raise ValueError(f"{key} must be a date such as 2026-03-01, not {value!r}")
    return table
