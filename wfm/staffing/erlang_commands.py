"""`wfm staffing performance` and `required`: Erlang's formulas on a spreadsheet's rows, without a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from math import inf, nan
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from wfm.directory.rules.targets import Variant
from wfm.staffing.rules.model import Model
from wfm.staffing.rules.performance import OVERLOAD, Performance, Queues, performance
from wfm.staffing.rules.required import agents_required
from wfm.staffing.sheet import Reader, Sheet, number, read_sheet, whole

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
GIVEN = ("model", "load_erlang", "aht_s", "agents", "threshold_s", "patience_s")
ASKED = ("model", "load_erlang", "aht_s", "patience_s", "target_sl", "threshold_s")
#: The columns of the answer, in the order of `Performance`; `abandoned_met` is not among them.
FIGURES = tuple(field.name for field in fields(Performance) if field.name != "sl_abandoned_met")

LOAD = number(0, 100_000)
AGENTS = whole(0, 100_000)
DURATION = number(0, 10_000_000, above=True)
THRESHOLD = number(0, 10_000_000)
TARGET = number(0, 1, above=True, hint="; 80 % sind 0.8")


@click.command("performance")
@click.option("--input", "input_", type=FILE, required=True, help=f"CSV with columns {','.join(GIVEN)}.")
@click.option("--output", type=NEW_FILE, required=True, help="CSV with the figures beside.")
def performance_(input_: Path, output: Path) -> None:
    """What callers meet with so many agents: blocked, waiting, giving up, service levels, occupancy.

    model is B (who finds no free agent is lost), C (everybody waits) or A (callers wait until their patience ends). A
    figure that does not exist is an empty cell. Further columns are kept; a bad row refuses the file.
    """
    sheet = read_sheet(input_, GIVEN)
    rows = range(len(sheet.rows))
    models = [sheet.word(row, "model", list(Model)) for row in rows]
    queues = _queues(sheet, models)
    agents = _column(sheet, "agents", AGENTS)
    for row in rows:
        endless = models[row] in (Model.A, Model.C) and np.isinf(queues.patience[row])
        if endless and agents[row] <= queues.load[row] > 0:
            sheet.refuse(row, "load_erlang", f"{queues.load[row]:g} Erlang bei {agents[row]:g} Agents. {OVERLOAD}")
    sheet.check()
    answers = {name: np.full(len(rows), nan) for name in FIGURES}
    for (model,), some in _alike(models):
        result = performance(Model(model), queues[some], agents[some].astype(np.int64))
        for name, column in answers.items():
            column[some] = getattr(result, name)
    sheet.write(output, answers)


@click.command()
@click.option(
    "--input",
    "input_",
    type=FILE,
    required=True,
    help=f"CSV with columns {','.join(ASKED)}[,variant].",
)
@click.option("--output", type=NEW_FILE, required=True, help="CSV with agents_required,sl_at,sl_at_one_less beside.")
def required(input_: Path, output: Path) -> None:
    """How many agents a target needs: the smallest number with which it is met.

    target_sl is a share (0.8). variant says how abandoned calls count: offered (if not said), answered,
    excl_abandoned_within or abandoned_met. Zero calls need nobody.
    """
    sheet = read_sheet(input_, ASKED)
    rows = range(len(sheet.rows))
    models = [sheet.word(row, "model", list(Model)) for row in rows]
    variants = [sheet.word(row, "variant", list(Variant), empty=Variant.OFFERED) for row in rows]
    queues = _queues(sheet, models)
    targets = _column(sheet, "target_sl", TARGET)
    for row in np.flatnonzero(targets == 1):
        sheet.refuse(int(row), "target_sl", "1 wird mit keiner Zahl von Agents sicher erreicht (unter 1 angeben)")
    sheet.check()
    agents = np.zeros(len(rows), np.int64)
    at, one_less = np.full(len(rows), nan), np.full(len(rows), nan)
    for (model, variant), some in _alike(models, variants):
        of, kind = queues[some], Variant(variant)
        found = agents_required(Model(model), of, targets[some], kind)
        agents[some] = found
        at[some] = _service_level(Model(model), of, found, kind)
        one_less[some] = _service_level(Model(model), of, found - 1, kind)
    sheet.write(output, {"agents_required": agents, "sl_at": at, "sl_at_one_less": one_less})


def _service_level(model: Model, queues: Queues, agents: NDArray[np.int64], variant: Variant) -> NDArray[np.float64]:
    """NaN where there are no calls. In Erlang C waits grow for ever if the load is not below the agents: 0."""
    steady = (agents >= 0) & ~(queues.endless(model) & (queues.load >= agents))
    result = np.where((agents >= 0) & (queues.load > 0), 0.0, nan)
    result[steady] = performance(model, queues[steady], agents[steady]).service_level(variant)
    return result


def _queues(sheet: Sheet, models: Sequence[str]) -> Queues:
    """Load and times; only model A reads the patience, and model B can do without a threshold."""
    threshold = [
        sheet.number(row, "threshold_s", THRESHOLD, empty=0 if model == Model.B else None)
        for row, model in enumerate(models)
    ]
    patience = [
        inf if model in (Model.B, Model.C) else sheet.number(row, "patience_s", _patience)
        for row, model in enumerate(models)
    ]
    return Queues(
        _column(sheet, "load_erlang", LOAD), _column(sheet, "aht_s", DURATION), np.array(threshold), np.array(patience)
    )


def _patience(cell: str) -> float:
    return inf if cell.lower() in ("inf", "infinity") else DURATION(cell)


def _column(sheet: Sheet, name: str, read: Reader) -> NDArray[np.float64]:
    return np.array([sheet.number(row, name, read) for row in range(len(sheet.rows))], np.float64)


def _alike(*columns: Sequence[str]) -> Iterator[tuple[tuple[str, ...], NDArray[np.intp]]]:
    """Each combination of words, with the rows that have it."""
    keys = list(zip(*columns, strict=True))
    for key in sorted(set(keys)):
        yield key, np.array([row for row, here in enumerate(keys) if here == key], np.intp)
