"""`wfm forecast` on a terminal, with a database."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from wfm.core.errors import BadInput
from wfm.forecasting.commands import forecast

from .conftest import NOW


def wfm_forecast(*arguments: str | Path) -> Result:
    with time_machine.travel(NOW, tick=False):
        return CliRunner().invoke(forecast, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("centre")
def test_from_a_run_to_its_errors(tmp_path: Path):
    empty = wfm_forecast("errors")
    assert "Noch ist kein Tag" in empty.stderr
    made = wfm_forecast("run", "--from", "2026-06-22", "--to", "2026-07-06")
    assert made.exit_code == 0, made.output
    assert "rathaus" in made.stdout
    assert "Prognose 1: 2026-06-22 bis vor 2026-07-06." in made.stderr
    assert "2026-06-22" in wfm_forecast("list").stdout
    shown = wfm_forecast("show", "--queue", "rathaus", "--format", "csv").stdout.splitlines()
    assert shown[0].lstrip("\ufeff").startswith("zeilenart;tag;anrufe;lo95")
    assert len(shown) == 1 + 10
    assert "wape_tag" in wfm_forecast("errors", "--run", "1", "--format", "csv").stdout
    refused = wfm_forecast("run", "--from", "2026-06-22", "--to", "2026-06-01")
    assert isinstance(refused.exception, BadInput)


@pytest.mark.usefixtures("centre")
def test_events_by_file(tmp_path: Path):
    file = tmp_path / "events.csv"
    file.write_text("kind,title,first_day,last_day,factor\nmailing,Bescheide,2026-08-03,2026-08-05,1.3\n")
    assert "Probelauf" in wfm_forecast("events", "import", file, "--dry-run").stderr
    assert wfm_forecast("events", "import", file).exit_code == 0
    assert wfm_forecast("events", "export").stdout.splitlines() == [
        "kind,title,first_day,last_day,partner,queue,factor,source",
        'mailing,Bescheide,2026-08-03,2026-08-05,,,"1,300",',
    ]
    file.write_text("kind,title,first_day\nmailing,Bescheide,gestern\n")
    refused = wfm_forecast("events", "import", file)
    assert isinstance(refused.exception, BadInput)
    assert "Zeile 2, first_day: „gestern“ ist kein Datum" in refused.stderr
