"""`wfm simulate` as it is typed."""

import csv
import json
from datetime import date

import pytest
from click.testing import CliRunner

from wfm.core.errors import BadInput
from wfm.telephony.rules.simulation.centre import dialled_numbers
from wfm.telephony.scenarios import read_scenario, region_hannover
from wfm.telephony.simulation_commands import simulate

WEEK = ["--from", "2026-06-01", "--to", "2026-06-03", "--seed", "3", "--calls-per-year", "20000"]


def test_log_truth_and_numbers(tmp_path):
    log, truth, numbers = tmp_path / "queue_log", tmp_path / "truth.json", tmp_path / "numbers.csv"
    result = CliRunner().invoke(
        simulate,
        [*WEEK, "--output", str(log), "--truth", str(truth), "--numbers", str(numbers)],
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    assert result.stdout == ""
    text = log.read_bytes().decode()
    assert text.count("\n") == len(text.splitlines()) > 400
    assert "\r" not in text
    told = json.loads(truth.read_text())
    assert told["total"]["offered"] == text.count("|ENTERQUEUE|")
    rows = list(csv.DictReader(numbers.read_text().splitlines()))
    assert [(row["number"], row["partner"]) for row in rows] == dialled_numbers(region_hannover())
    assert {(row["valid_from"], row["valid_to"]) for row in rows} == {("2026-06-01", "")}
    assert len({row["number"] for row in rows}) == 23
    assert CliRunner().invoke(simulate, [*WEEK, "--output", "-"]).stdout == text


def test_a_period_that_ends_before_it_begins():
    result = CliRunner().invoke(simulate, ["--from", "2026-06-03", "--to", "2026-06-01", "--output", "-"])
    assert result.exit_code == 2


@pytest.mark.parametrize("option", ["--output", "--numbers", "--truth"])
def test_a_file_that_cannot_be_written(tmp_path, option):
    files = {"--output": "-", option: str(tmp_path / "nowhere" / "file")}
    result = CliRunner().invoke(simulate, [*WEEK, *(word for pair in files.items() for word in pair)])
    assert result.exit_code == 1
    assert "nowhere" in result.stderr


def test_a_scenario_file(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(
        """
        calls_per_year = 50_000
        staffing = 0.9
        municipal_events = false
        [joined]
        "03241008" = 2026-03-01
        [[surges]]
        start = 2026-04-01
        days = 10
        service = "parken"
        extra = 0.5
        half_life_days = 4
        partners = ["03241008"]
        """
    )
    scenario = read_scenario(date(2026, 1, 1), date(2027, 1, 1), path, staffing=1.0)
    assert (scenario.calls_per_year, scenario.staffing, len(scenario.surges)) == (50_000, 1.0, 1)
    assert len(scenario.members(date(2026, 2, 28))) == 21
    assert len(scenario.members(date(2026, 3, 1))) == 22
    assert scenario.surges[0].strength(date(2026, 4, 5)) == 0.25
    assert scenario.surges[0].strength(date(2026, 4, 11)) == 0


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "unknown_key = 1",
        "calls_per_year = -1",
        "calls_per_year = 'many'",
        "staffing = 0",
        "joined = 3",
        "joined = {'03241099' = 2026-01-01}",
        "joined = {'03241008' = '2026-01-01'}",
        "surges = [{start = 2026-01-01}]",
        "surges = [{start = '1 May', days = 1, service = 'parken', extra = 1, half_life_days = 1}]",
        "surges = [{start = 2026-01-01, days = 1, service = 'kita', extra = 1, half_life_days = 1, partners = ['x']}]",
        "surges = 'many'",
    ],
)
def test_a_scenario_that_cannot_be(tmp_path, text):
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    with pytest.raises(BadInput):
        read_scenario(date(2026, 1, 1), date(2027, 1, 1), path)
