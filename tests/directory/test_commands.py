"""`wfm directory` on a terminal."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound
from wfm.directory import service
from wfm.directory.commands import directory

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def base_data(database: str) -> None:
    with transaction() as session:
        service.load_base_data(session)


def wfm_directory(*arguments: str | Path) -> Result:
    return CliRunner().invoke(directory, [str(argument) for argument in arguments])


def test_import_list_and_calendar(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("number,partner,valid_from,valid_to\n05136 000010,03241003,2026-01-01,\n")
    dry = wfm_directory("import", "numbers", numbers, "--dry-run")
    assert dry.exit_code == 0
    assert "495136000010 Burgdorf, ab 2026-01-01" in dry.stdout
    assert dry.stderr == "numbers.csv: 1 neu, 0 geändert, 0 Zeilen unverändert (Probelauf, nichts geschrieben).\n"
    assert wfm_directory("list", "numbers", "--format", "csv").stdout == "number,partner,valid_from,valid_to\n"

    assert wfm_directory("import", "numbers", numbers).exit_code == 0
    again = wfm_directory("import", "numbers", numbers)
    assert again.stdout == ""
    assert again.stderr == "numbers.csv: 0 neu, 0 geändert, 1 Zeilen unverändert.\n"
    assert wfm_directory("list", "numbers", "--format", "csv").stdout.splitlines()[1:] == [
        "495136000010,03241003,2026-01-01,"
    ]
    assert "1140888" not in wfm_directory("list", "partners").stdout
    assert "Zensus 2022" in wfm_directory("list", "partners").stdout


def test_a_bad_row_ends_with_an_error_and_writes_nothing(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("number,partner,valid_from\n05136000010,03241003,2026-01-01\n0511168,03241099,2026-01-01\n")
    for arguments in (["--dry-run"], []):
        result = wfm_directory("import", "numbers", numbers, *arguments)
        assert isinstance(result.exception, BadInput)
        assert result.exception.exit_status == 1
        assert result.stderr == "Zeile 3, partner: Partner „03241099“ ist nicht bekannt\n"
    assert wfm_directory("list", "numbers", "--format", "csv").stdout.count("\n") == 1


def test_calendar_of_a_week(tmp_path: Path) -> None:
    hours = tmp_path / "hours.csv"
    hours.write_text("weekday;opens;closes;valid_from\nDo;08:00;18:00;2026-01-01\nFr;08:00;12:00;2026-01-01\n")
    assert wfm_directory("import", "hours", hours).exit_code == 0
    shown = wfm_directory("calendar", "--from", "2026-04-30", "--to", "2026-05-02", "--format", "csv")
    assert shown.stdout.splitlines() == [
        "day,weekday,open,reason",
        "2026-04-30,Do,08:00-18:00,",
        "2026-05-01,Fr,geschlossen,Erster Mai",
    ]
    unknown = wfm_directory("calendar", "--from", "2026-04-30", "--to", "2026-05-02", "--queue", "nirgends")
    assert isinstance(unknown.exception, NotFound)
    empty = wfm_directory("calendar", "--from", "2026-05-02", "--to", "2026-05-02")
    assert isinstance(empty.exception, BadInput)
    assert wfm_directory("import", "people", hours).exit_code == 2
