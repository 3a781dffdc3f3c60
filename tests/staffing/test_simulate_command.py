"""`wfm staffing simulate`: the file in, the file out, and what is said of a file that is wrong."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from wfm import staffing
from wfm.core.errors import BadInput
from wfm.staffing.commands import staffing as command
from wfm.staffing.rules.simulation.answer import COLUMNS
from wfm.staffing.rules.simulation.figures import queue_figures
from wfm.staffing.rules.simulation.reader import read_scenario
from wfm.staffing.rules.simulation.simulate import simulate

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples").glob("simulation-*.json"))
SCHEMA = json.loads((Path(staffing.__file__).parent / "scenario.schema.json").read_text(encoding="utf-8"))
DAY = json.loads(EXAMPLES[1].read_text(encoding="utf-8"))
Change = Callable[[dict[str, Any]], object]


def run(scenario: Path, output: Path, *more: str) -> Any:
    return CliRunner().invoke(command, ["simulate", "--scenario", str(scenario), "--output", str(output), *more])


def changed(change: Change) -> dict[str, Any]:
    document = deepcopy(DAY)
    change(document)
    return document


def calls_of(document: dict[str, Any], calls: list[float]) -> None:
    del document["queues"][0]["calls_per_hour"]
    document["queues"][0]["calls"] = calls


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_follow_the_schema_and_can_be_simulated(example: Path, tmp_path: Path) -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(json.loads(example.read_text(encoding="utf-8")))
    output = tmp_path / "out.csv"
    assert run(example, output, "--replications", "10").exit_code == 0
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    day = {(row["scope"], row["name"], row["figure"]): row for row in rows if row["period"] == "day"}
    for name in {row["name"] for row in rows if row["scope"] == "queue"}:
        parts = ("answered", "abandoned", "called_back", "still_waiting")
        offered = float(day["queue", name, "offered"]["mean"])
        assert offered == pytest.approx(sum(float(day["queue", name, part]["mean"]) for part in parts), rel=1e-6)
        by_interval = [
            float(row["mean"]) for row in rows
            if (row["scope"], row["name"], row["figure"], row["period"]) == ("queue", name, "offered", "interval")
        ]  # fmt: skip
        assert offered == pytest.approx(sum(by_interval), rel=1e-6)
    for row in rows:
        if row["lo95"]:
            assert float(row["lo95"]) <= float(row["mean"]) <= float(row["hi95"])


def test_the_file_says_what_the_simulation_found_and_is_the_same_each_time(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.csv", "b.csv")]
    for file in files:
        assert run(EXAMPLES[0], file, "--replications", "7").exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    figures = queue_figures(simulate(read_scenario(json.loads(EXAMPLES[0].read_text(encoding="utf-8"))), 7))
    with files[0].open(encoding="utf-8", newline="") as file:
        found = next(
            row for row in csv.DictReader(file)
            if (row["scope"], row["from"], row["figure"]) == ("queue", "08:30", "sl_offered")
        )  # fmt: skip
    assert found["to"] == "09:00"
    for column in ("mean", "lo95", "hi95", "mean_of_days", "p10", "p90"):
        value = getattr(figures["sl_offered"], column)[0, 1]
        assert float(found[column]) == pytest.approx(value, rel=1e-7)


def test_neither_flask_nor_a_database_is_loaded() -> None:
    script = (
        "import sys; from wfm.staffing.commands import staffing; from wfm.staffing.rules import multiskill;"
        "print([m for m in ('flask', 'sqlalchemy', 'psycopg', 'numba', 'marshmallow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_minutes_are_as_good_as_clock_times() -> None:
    def to_minutes(document: dict[str, Any]) -> None:
        document.update(start=465, end=1080)

    assert read_scenario(changed(to_minutes)) == read_scenario(DAY)


WRONG: list[tuple[str, Change, str]] = [
    ("negative handling", lambda d: d["queues"][0]["handling"].update(mean_s=-240),
     "queues[0].handling.mean_s: muss eine Zahl über 0 bis 86400 sein, ist -240."),
    ("no handling time", lambda d: d["queues"][0].update(handling=0),
     "queues[0].handling: muss eine Zahl über 0 bis 86400 sein, ist 0."),
    ("no number", lambda d: d["queues"][0].update(threshold_s="20"),
     "queues[0].threshold_s: muss eine Zahl ab 0 bis 86400 sein, ist '20'."),
    ("true is no number", lambda d: d["queues"][0].update(threshold_s=True),
     "queues[0].threshold_s: muss eine Zahl ab 0 bis 86400 sein, ist True."),
    ("unknown skill", lambda d: d["groups"][0].update(skills=["Kfz"]),
     "groups[0].skills: „Kfz“ ist keine Warteschlange dieses Szenarios."),
    ("probability above 1", lambda d: d["queues"][1]["callback"].update(accepted=1.5),
     "queues[1].callback.accepted: muss eine Zahl ab 0 bis 1 sein, ist 1.5."),
    ("no agents", lambda d: [g.pop("shifts") and g.update(agents=0) for g in d["groups"]],
     "groups: niemand nimmt an diesem Tag Anrufe an (keine Agenten)."),
    ("no groups", lambda d: d.update(groups=[]),
     "groups: muss eine Liste mit 1 bis 5000 Einträgen sein, ist eine Liste mit 0 Einträgen."),
    ("a queue nobody serves", lambda d: d["groups"][1].update(skills=["Bürgertelefon"]),
     "queues[1]: Ausweise: keine Gruppe mit Agenten hat sie in skills."),
    ("gigantic volume", lambda d: d["queues"][0].update(calls_per_hour=900_000),
     "queues: 9225310 Anrufe am Tag, höchstens 1000000."),
    ("too few values", lambda d: calls_of(d, [1, 2]),
     "queues[0].calls: muss eine Liste mit einem Wert je Intervall sein: 41, nicht 2."),
    ("negative calls", lambda d: calls_of(d, [0, -1] + [0] * 39),
     "queues[0].calls[1]: muss eine Zahl ab 0 bis 1000000 sein, ist -1."),
    ("both ways of calls", lambda d: d["queues"][0].update(calls=[1] * 41),
     "queues[0]: braucht entweder calls (je Intervall) oder calls_per_hour."),
    ("typing error", lambda d: d["queues"][0].update(patiense=3),
     ("queues[0]: „patiense“ ist hier unbekannt (bekannt: busy_day_cv, callback, calls, calls_per_hour, handling, name,"
      " patience, priority, threshold_s, waiting_at_start).")),
    ("missing", lambda d: d["queues"][0].pop("name"), "queues[0]: name fehlt."),
    ("twice the same queue", lambda d: d["queues"][1].update(name="Bürgertelefon"),
     "queues: „Bürgertelefon“ kommt mehrmals vor."),
    ("end before start", lambda d: d.update(end="07:00"),
     "end: muss nach start liegen, um ganze Intervalle und höchstens 7 Tage."),
    ("half an interval", lambda d: d.update(end="18:10"),
     "end: muss nach start liegen, um ganze Intervalle und höchstens 7 Tage."),
    ("no time", lambda d: d.update(end="6 pm"),
     "end: muss eine Uhrzeit \"HH:MM\" oder eine Zahl von Minuten sein, ist '6 pm'."),
    ("break outside", lambda d: d["groups"][0]["shifts"][0].update(breaks=[{"start": "15:00", "end": "15:15"}]),
     "groups[0].shifts[0].breaks[0]: 15:00 bis 15:15 ist keine Spanne innerhalb von 08:00 bis 14:00."),
    ("shift outside the day", lambda d: d["groups"][0]["shifts"][0].update(start="06:00"),
     "groups[0].shifts[0]: 06:00 bis 14:00 ist keine Spanne innerhalb von 07:45 bis 18:00."),
    ("breaks overlap", lambda d: d["groups"][0]["shifts"][0].update(
        breaks=[{"start": "11:00", "end": "11:30"}, {"start": "11:20", "end": "11:40"}]),
     "groups[0].shifts[0].breaks: zwei Pausen überschneiden sich."),
    ("unknown law", lambda d: d["queues"][0].update(handling={"distribution": "weibull", "mean_s": 3}),
     ("queues[0].handling.distribution: muss eines von exponential, lognormal, gamma, erlang, constant, empirical sein,"
      " ist 'weibull'.")),
    ("half an agent", lambda d: d["groups"][0].pop("shifts") and d["groups"][0].update(agents=2.5),
     "groups[0].agents: muss eine ganze Zahl von 0 bis 10000 sein, ist 2.5."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_said_with_its_path(change: Change, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_scenario(changed(change))
    assert reason in caught.value.details["errors"]


@pytest.mark.parametrize(("change", "name"), [(case[1], case[0]) for case in WRONG], ids=[case[0] for case in WRONG])
def test_the_schema_refuses_what_one_place_shows_to_be_wrong(change: Change, name: str) -> None:
    """It cannot compare places: names with names, times with times, lists with the day's length, sums."""
    needs_the_whole = {
        "unknown skill", "no agents", "a queue nobody serves", "gigantic volume", "too few values",
        "twice the same queue", "end before start", "half an interval", "break outside",
        "shift outside the day", "breaks overlap",
    }  # fmt: skip
    assert jsonschema_rs.validator_for(SCHEMA).is_valid(changed(change)) == (name in needs_the_whole)


def test_all_that_is_wrong_is_said_at_once() -> None:
    def change(document: dict[str, Any]) -> None:
        document["queues"][0]["threshold_s"] = -1
        document["groups"][1]["skills"] = {"Ausweise": 0}

    with pytest.raises(BadInput) as caught:
        read_scenario(changed(change))
    assert [error.split(":")[0] for error in caught.value.details["errors"]] == [
        "queues[0].threshold_s",
        "groups[1].skills.Ausweise",
    ]


@pytest.mark.parametrize(
    "document", [None, [], 3, "x", {}, {"queues": None}, {**DAY, "queues": {}}, {**DAY, "groups": [None]}]
)
def test_anything_else_is_refused_without_a_crash(document: object) -> None:
    with pytest.raises(BadInput):
        read_scenario(document)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "kein lesbares JSON"),
        ('{"start": NaN}', "NaN ist keine Zahl"),
        ('{"start": 1, "start": 2}', "„start“ steht zweimal"),
        ("\xff", "kein lesbares JSON"),
    ],
)
def test_a_file_that_is_no_json(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_bytes(text.encode("latin-1"))
    result = run(path, tmp_path / "out.csv")
    assert isinstance(result.exception, BadInput)
    assert reason in result.exception.message
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("number", ["0", "-3", "200000"])
def test_replications_out_of_bounds(number: str, tmp_path: Path) -> None:
    result = run(EXAMPLES[0], tmp_path / "out.csv", "--replications", number)
    assert isinstance(result.exception, BadInput)
    assert result.exception.code == "simulation.replications"


def test_one_replication_has_values_without_intervals(tmp_path: Path) -> None:
    assert run(EXAMPLES[0], tmp_path / "out.csv", "--replications", "1").exit_code == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["figure"] == "offered"]
    assert all(row["lo95"] == "" and math.isfinite(float(row["mean"])) for row in rows)
