"""A scenario over the interface: the command's table, its errors by field, and limits that are said."""

from __future__ import annotations

import csv
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from flask import Flask

from wfm.staffing.commands import staffing as command

from .conftest import Callers

ADDRESS = "/api/v1/staffing/simulations"
EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples").glob("simulation-*.json"))
DAY = json.loads(EXAMPLES[1].read_text(encoding="utf-8"))
FIGURES = ("mean", "lo95", "hi95", "mean_of_days", "p10", "p90")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_it_answers_what_the_command_writes(callers: Callers, app: Flask, example: Path, tmp_path: Path):
    output = tmp_path / "out.csv"
    given = ["simulate", "--scenario", str(example), "--replications", "20", "--output", str(output)]
    assert CliRunner().invoke(command, given).exit_code == 0
    with output.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    answer = callers("finance")(
        "POST", f"{ADDRESS}?replications=20", data=example.read_bytes(), content_type="application/json"
    )
    assert answer.status_code == 200, answer.text
    for row, line in zip(answer.json["rows"], written, strict=True):
        assert row == {**line, **{name: float(line[name]) if line[name] else None for name in FIGURES}}
    document = app.test_client().get("/api/v1/openapi.json").json
    operation = document["paths"][ADDRESS]["post"]
    shape = operation["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validator_for({**shape, "components": document["components"]}).validate(answer.json)
    asked = operation["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for(asked)
    assert validator.is_valid(json.loads(example.read_bytes()))
    assert not validator.is_valid(DAY | {"queues": [{"name": "x", "handling": -1, "calls_per_hour": 1}]})


def test_every_wrong_place_is_named(callers: Callers):
    wrong = deepcopy(DAY)
    wrong["queues"][0]["threshold_s"] = -1
    wrong["groups"][1]["skills"] = {"Ausweise": 0}
    answer = callers("supervisor")("POST", ADDRESS, json=wrong)
    assert (answer.status_code, answer.json["code"]) == (422, "simulation.scenario")
    assert [(error["field"], error["message"]) for error in answer.json["errors"]] == [
        ("queues[0].threshold_s", "muss eine Zahl ab 0 bis 86400 sein, ist -1."),
        ("groups[1].skills.Ausweise", "muss eine ganze Zahl von 1 bis 100 sein, ist 0."),
    ]


def small(**changes: Any) -> dict[str, Any]:
    queue = {"name": "a", "calls_per_hour": 10, "handling": 240}
    group = {"name": "g", "skills": ["a"], "agents": 3}
    return {"start": 0, "end": 60, "interval_minutes": 30, "queues": [queue], "groups": [group], **changes}


QUEUES = [{"name": str(number), "calls_per_hour": 1, "handling": 240} for number in range(51)]


@pytest.mark.parametrize(
    ("scenario", "replications", "limit"),
    [
        (small(), 1001, "1 bis 1000"),
        (small(), 0, "1 bis 1000"),
        (small(queues=QUEUES, groups=[{"name": "g", "skills": [q["name"] for q in QUEUES], "agents": 3}]), 1, "50"),
        (small(groups=[{"name": str(number), "skills": ["a"], "agents": 1} for number in range(101)]), 1, "100"),
        (small(end=10080, interval_minutes=1), 1, "2000"),
        (small(interval_minutes=1, end=600), 200, "200000"),
        (small(queues=[{"name": "a", "calls_per_hour": 10_000, "handling": 240}]), 31, "300000"),
        (small(groups=[{"name": "g", "skills": ["a"], "agents": [10_000, 0]}]), 16, "300000"),
    ],
)
def test_what_takes_longer_than_seconds_is_refused_with_its_limit(
    callers: Callers, scenario: dict[str, Any], replications: int, limit: str
):
    answer = callers("admin")("POST", f"{ADDRESS}?replications={replications}", json=scenario)
    assert answer.status_code == 422, answer.text
    assert limit in answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"start": NaN}', b'{"start": 1, "start": 2}', b"[" * 200_000, b'{"\\ud800": 1}',
     b'{"\\ud800": 1, "\\ud800": 2}', json.dumps(small(name="\ud800")).encode()],
)  # fmt: skip
def test_what_is_no_json_is_refused(callers: Callers, body: bytes):
    answer = callers("admin")("POST", ADDRESS, data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (422, "simulation.json"), answer.text


def test_another_kind_of_content_is_refused(callers: Callers):
    assert callers("admin")("POST", ADDRESS, data="{}", content_type="text/plain").status_code == 415
