"""`wfm report` as it is typed: what it puts out, where to, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text

from wfm import cli
from wfm.accounts.rules import Role, Viewer
from wfm.accounts.service.agreements import propose_agreement, sign_agreement
from wfm.core.db import transaction

pytestmark = pytest.mark.usefixtures("capture")
DAY = ("--from", "2026-06-09", "--to", "2026-06-10")


@pytest.fixture
def wfm(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]):
    """Runs a command; gives exit status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["wfm", "report", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfdbinary.readouterr()
        return ended.value.code, out.decode("utf-8", "replace"), err.decode()

    return run


def test_queues_as_json(wfm):
    status, out, err = wfm("queues", *DAY, "--interval", 30, "--threshold", 30, "--format", "json")
    report = json.loads(out)
    assert (status, err) == (0, "")
    assert report["total"]["offered"] == 305
    assert report["definition"]["name"] == "115"
    assert report["rows"][0]["start"] == "2026-06-09T09:00:00+02:00"


def test_usage_as_a_table(wfm):
    status, out, _ = wfm("usage", "--month", "2026-06", "--definition", "hannover")
    assert status == 0
    assert out.startswith("Nutzung je Partner, Juni 2026\n")
    assert "Hannover: 75 % in 60 s. Name: hannover, Version 1.\nVollständig:" in out


def test_completeness(wfm):
    assert json.loads(wfm("completeness", "--month", "2026-06", "--format", "json")[1])["totals"][0]["arrived"] == 1_278
    assert "pbx" in wfm("completeness", "--month", "2026-06")[1]


def test_what_is_not_mapped(wfm):
    shown = wfm("unmapped", "--month", "2026-06")[1]
    assert "Keine Daten" in shown
    assert "Vollständig:" in shown
    found = json.loads(wfm("unmapped", "--month", "2026-06", "--format", "json")[1])
    assert (found["rows"], found["complete"], found["gaps"]) == ([], True, [])
    assert found["names"] == {"number": 0, "queue": 0, "service": 0}


def test_a_look_at_agents_is_noted(wfm):
    status, out, _ = wfm("agents", *DAY, "--format", "json")
    assert status == 0
    assert {row["agent"]: row["answered"] for row in json.loads(out)["rows"]}["ag13"] == 42
    assert "ag13" in wfm("agents", *DAY)[1]
    with transaction() as session:
        entries = session.execute(text("SELECT actor, action, fields, details FROM audit_entry ORDER BY id")).all()
    assert len(entries) == 2
    actor, action, fields, details = entries[0]
    assert actor.startswith("terminal:")
    assert (action, details) == ("report.agents", {"from": "2026-06-09", "to": "2026-06-10"})
    assert "talk_s" in fields


def test_agents_by_agreement_only_with_one_in_force(wfm):
    asked = ("agents", *DAY, "--purpose", "agreement")
    status, out, err = wfm(*asked)
    assert (status, out) == (1, "")
    assert "gilt keine Vereinbarung" in err
    with time_machine.travel("2026-06-08T12:00:00+02:00", tick=False), transaction() as session:
        leader, council = Viewer("a", Role.SUPERVISOR, person_id=1), Viewer("b", Role.STAFF_COUNCIL, person_id=2)
        days = {"first_day": date(2026, 6, 1), "last_day": date(2026, 6, 30)}
        made = propose_agreement(session, leader, reference="DV 3", scope="calls", reason="x", agents=("ag13",), **days)
        sign_agreement(session, council, made.id)
    with time_machine.travel("2026-06-12T12:00:00+02:00", tick=False):
        status, out, _ = wfm(*asked, "--format", "json")
        assert [(row["agent"], row["answered"], row["logged_on_s"]) for row in json.loads(out)["rows"]] == [
            ("ag13", 42, None)
        ]
        table = wfm(*asked)[1]
        assert "ag13" in table
        assert "ag12" not in table
    with transaction() as session:
        details = session.scalars(text("SELECT details FROM audit_entry WHERE purpose = 'agreement'")).all()
    assert details == [{"from": "2026-06-09", "to": "2026-06-10", "agreements": ["DV 3"]}] * 2
    assert wfm(*asked)[0] == 1  # it is over


def test_files_are_written_whole(wfm, tmp_path: Path):
    for form in ("table", "json", "csv", "xlsx"):
        file = tmp_path / f"usage.{form}"
        file.write_text("old")
        file.chmod(0o640)
        status, out, err = wfm("usage", "--month", "2026-06", "--format", form, "--output", file)
        assert (status, out) == (0, "")
        assert "geschrieben" in err
        assert file.stat().st_mode & 0o777 == 0o640
    assert zipfile.is_zipfile(tmp_path / "usage.xlsx")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["usage.csv", "usage.json", "usage.table", "usage.xlsx"]


def test_a_link_and_a_device_stay_what_they_are(wfm, tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert wfm("usage", "--month", "2026-06", "--format", "json", "--output", tmp_path / "link")[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "file").read_text())["total"]["calls"] == 300
    assert wfm("usage", "--month", "2026-06", "--output", "/dev/null")[0] == 0
    assert Path("/dev/null").is_char_device()


def test_where_nothing_can_be_written(wfm, tmp_path: Path):
    for place in (tmp_path, tmp_path / "nowhere" / "file", tmp_path / ("x" * 300)):
        status, out, err = wfm("usage", "--month", "2026-06", "--output", place)
        assert (status, out) == (1, "")
        assert "lässt sich nicht schreiben" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("queues", "--from", "2026-06-09", "--to", "2026-06-09"), "Der Zeitraum ist leer"),
        (("agents", "--from", "2026-06-10", "--to", "2026-06-09"), "Der Zeitraum ist leer"),
        (("queues", "--from", "2026-06-31", "--to", "2026-07-09"), "„2026-06-31“ ist kein Tag"),
        (("queues", "--from", "20260609", "--to", "2026-07-09"), "ist kein Tag"),
        (("queues", "--from", "0001-01-01", "--to", "2026-07-09"), "2000 bis 2099"),
        (("queues", "--from", "2026-06-09", "--to", "9999-12-31"), "2000 bis 2099"),
        (("queues", "--from", "2026-06-09"), "--to"),
        (("queues", *DAY, "--threshold", "0"), "--threshold"),
        (("queues", *DAY, "--threshold", "-5"), "--threshold"),
        (("queues", *DAY, "--interval", "45"), "--interval"),
        (("queues", *DAY, "--threshold", "30", "--definition", "115"), "nicht beides"),
        (("agents", *DAY, "--format", "xlsx"), "--format"),
        (("usage", "--month", "2026-13"), "„2026-13“ ist kein Monat"),
        (("usage", "--month", "2026-6"), "ist kein Monat"),
        (("completeness", "--month", "9999-12"), "2000 bis 2099"),
        (("usage", "--month", "٢٠٢٦-٠٦"), "ist kein Monat"),
    ],
)
def test_what_is_typed_wrong(wfm, arguments: tuple[str, ...], words: str):
    status, out, err = wfm(*arguments)
    assert (status, out) == (2, "")
    assert words in err


def test_an_unknown_definition(wfm):
    status, out, err = wfm("usage", "--month", "2026-06", "--definition", "gold")
    assert (status, out) == (1, "")
    assert "„gold“" in err


def test_a_spreadsheet_is_not_put_on_a_screen():
    screen, terminal = pty.openpty()
    ended = subprocess.run(
        [sys.executable, "-m", "wfm.cli", "report", "usage", "--month", "2026-06", "--format", "xlsx"],
        stdout=terminal,
        stderr=subprocess.PIPE,
        cwd=Path(cli.__file__).parents[1],
    )
    os.close(terminal)
    os.close(screen)
    assert ended.returncode == 2
    assert "--output DATEI.xlsx" in ended.stderr.decode()


def test_into_a_pipe_a_spreadsheet_may_go(wfm):
    status, out, _ = wfm("usage", "--month", "2026-06", "--format", "xlsx")
    assert status == 0
    assert out.startswith("PK")


def test_usage_as_a_document(wfm, tmp_path: Path):
    file = tmp_path / "nutzung.pdf"
    status, out, err = wfm("usage", "--month", "2026-06", "--format", "pdf", "--output", file)
    assert (status, out, err) == (0, "", f"{file} geschrieben.\n")
    assert file.read_bytes().startswith(b"%PDF-1.7")
