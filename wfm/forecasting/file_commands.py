"""`wfm forecast evaluate-file`: a forecast from files alone, for anyone with a spreadsheet."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wfm.core.errors import BadInput

if TYPE_CHECKING:
    from wfm.forecasting.rules.calendar import Calendar
    from wfm.forecasting.rules.forecast import Choice, Forecast, Treated
    from wfm.forecasting.rules.methods import Method
    from wfm.forecasting.series_file import Absent

IN = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)

METHODS = {
    "profile": "Tagesniveau mal Wochenprofil",
    "seasonal naive": "gleicher Wochentag der Vorwoche",
    "mean of 8 weeks": "Mittel der letzten 8 gleichen Wochentage",
    "zero": "null, weil noch nie ein Anruf kam",
}
MOST_DAYS = 10


@click.command("evaluate-file")
@click.option("--history", "history_file", type=IN, required=True, help="CSV: interval_start,calls (local time).")
@click.option("--grid", "grid_file", type=IN, required=True, help="CSV: interval_start of what is asked for.")
@click.option("--out", "out_file", type=OUT, required=True, help="CSV to write: mean, 80 % and 95 % interval.")
@click.option("--holidays", "place", metavar="LAND[-REGION]", help="Public holidays of a place, such as DE-NI.")
@click.option("--with", "extras", multiple=True, type=click.Choice(["autoets", "mstl"]), help="Let it take part, too.")
def evaluate_file(
    history_file: Path, grid_file: Path, out_file: Path, place: str | None, extras: tuple[str, ...]
) -> None:
    """Forecast the intervals of a file from the history in another; needs no database.

    Any regular step from 5 minutes to a day. Tells on standard error which method was chosen, how far each was off in
    the back-test, and what in the history was not taken as it stands.
    """
    # One small matrix after the other: threads of the linear algebra would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np

    from wfm.forecasting import series_file
    from wfm.forecasting.rules.calendar import Calendar
    from wfm.forecasting.rules.choice import METHODS as USUAL
    from wfm.forecasting.rules.choice import forecast

    rows, grid = series_file.read_history(history_file), series_file.read_grid(grid_file)
    step = series_file.step_of(rows if len(rows) > 1 else grid)
    offset = series_file.offset_of(rows, step)
    for path, lines in ((history_file, rows), (grid_file, grid)):
        series_file.check_step(path, lines, step, offset)
    series_file.check_future(grid_file, grid, max(row.label for row in rows))
    first_asked = min(row.label for row in grid).date()
    broken_day = [row for row in rows if row.label.date() >= first_asked]
    if len(broken_day) == len(rows):
        message = (
            "Die Vorgeschichte reicht nur in den Tag, der vorhergesagt werden soll: bitte mindestens einen Tag davor."
        )
        raise BadInput("forecast.too_short", message)
    history, absent = series_file.history_of([row for row in rows if row.label.date() < first_asked], step)
    days = sorted({row.label.date() for row in grid})
    open_slots = np.zeros((len(days), history.slots), dtype=bool)
    where = {day: n for n, day in enumerate(days)}
    for row in grid:
        open_slots[where[row.label.date()], (row.start.hour * 60 + row.start.minute) // step] = True
    calendar = _calendar(place, range(history.first_day.year - 1, days[-1].year + 2)) if place else Calendar()
    result = forecast(history, calendar, days, open_slots=open_slots, methods=(*USUAL, *_optional(extras)))
    series_file.write_forecast(out_file, grid, result)
    _tell(result, absent, len(broken_day))


def _calendar(place: str, years: Iterable[int]) -> Calendar:
    """Public holidays of a country or of a part of it, from the package `holidays`."""
    import holidays  # takes a moment, and only this option needs it

    from wfm.forecasting.rules.calendar import Calendar

    country, _, region = place.strip().upper().partition("-")
    try:
        return Calendar(dict(holidays.country_holidays(country, subdiv=region or None, years=list(years)).items()))
    except NotImplementedError as error:  # so the package says that it does not know a place
        what = (
            f"die Region „{region}“ von {country}" if region and hasattr(holidays, country) else f"das Land „{country}“"
        )
        message = f"Feiertage: {what} kennt das Paket holidays nicht; geschrieben wird zum Beispiel DE-NI oder AT."
        raise BadInput("forecast.holidays", message, holidays=place) from error


def _optional(names: Iterable[str]) -> list[Method]:
    """Methods of the extra `forecast`."""
    if not names:
        return []
    from importlib.util import find_spec

    from wfm.forecasting.rules.statsforecast_methods import DailyModel

    if find_spec("statsforecast") is None:
        message = "Für --with fehlt das Paket statsforecast (Extra „forecast“: pip install 'wfm[forecast]')."
        raise BadInput("forecast.extra", message)
    return [DailyModel(name) for name in names]


def _tell(result: Forecast, absent: Absent | None, broken_day: int) -> None:
    """What was chosen and what was treated, on standard error."""
    for line in (*_chosen(result.choice), *_missing(absent, broken_day), *_treated(result)):
        click.echo(line, err=True)


def _chosen(choice: Choice) -> Iterable[str]:
    yield f"Verfahren: {_name(choice.method)}"
    if choice.origins:
        kind = "WAPE" if choice.measure == "wape" else "RMSE durch Mittelwert, weil die Zahlen klein sind"
        yield f"Rückrechnung von {choice.origins} Tagen aus; Fehler ({kind}; Mittel aus Tag 1, Tagen 1-7 und 1-28):"
        for method, error in sorted(choice.errors.items(), key=lambda item: item[1]):
            yield f"  {_percent(error):>8}  {_name(method)}"


def _missing(absent: Absent | None, broken_day: int) -> Iterable[str]:
    if broken_day:
        yield f"Der angebrochene letzte Tag ({broken_day} Intervalle) wurde nicht verwendet."
    if absent and absent.as_zero:
        yield f"{absent.count} fehlende Intervalle als 0 gelesen: die Datei nennt keine 0, geht aber bis 1."
    elif absent:
        why = f": Werte unter {absent.smallest:g} fehlen wohl (zensiert)" if absent.smallest > 1 else ""
        yield f"{absent.count} fehlende Intervalle als unbekannt behandelt{why}."


def _treated(result: Forecast) -> Iterable[str]:
    by_kind: dict[str, list[Treated]] = {}
    for one in result.treated:
        by_kind.setdefault(one.kind, []).append(one)
    for kind, found in by_kind.items():
        if kind == "short_history":
            yield f"Kurze Vorgeschichte ({found[0].seen:.0f} Tage mit Werten): zu kurz für eine Rückrechnung;"
            yield "  die Spannen sind angenommen und nicht gemessen."
        elif kind == "zero_series":
            yield "Alle Werte sind 0: vorhergesagt wird 0, die Spanne sagt, was bisher unbemerkt bleiben konnte."
        elif kind == "gap":
            yield f"{len(found)} Tage ohne Werte, als unbekannt behandelt, zuletzt am {found[-1].day:%d.%m.%Y}."
        elif kind == "closed":
            yield f"An {len(found)} Tagen sind Intervalle gefragt, die es an diesem Wochentag nie gab: dort 0."
        else:
            what = "Ausreißer (Tag)" if kind == "outlier_day" else "Ausreißer (Intervall)"
            yield f"{len(found)} x {what}, nicht daraus gelernt:"
            yield from (
                f"  {_place(one, result.step_minutes)}: {one.seen:.0f} statt etwa {one.used:.0f}"
                for one in found[-MOST_DAYS:]
            )


def _place(one: Treated, step: int) -> str:
    if one.slot is None:
        return f"{one.day:%d.%m.%Y}"
    return f"{one.day:%d.%m.%Y} {one.slot * step // 60:02d}:{one.slot * step % 60:02d}"


def _name(method: str) -> str:
    return " und ".join(METHODS.get(part, part) for part in method.split(" + "))


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %".replace(".", ",")
