"""`wfm staffing performance` and `required` on files: what comes out, and what is refused."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from wfm.core.errors import BadInput
from wfm.staffing.commands import staffing
from wfm.staffing.rules.performance import OVERLOAD

GIVEN = "model,load_erlang,aht_s,agents,threshold_s,patience_s"
ASKED = "model,load_erlang,aht_s,patience_s,target_sl,threshold_s"


def run(command: str, folder: Path, text: str | bytes) -> str:
    source, target = folder / "S.csv", folder / "out.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    CliRunner().invoke(
        staffing,
        [command, "--input", str(source), "--output", str(target)],
        catch_exceptions=False,
        standalone_mode=False,
    )
    return target.read_bytes().decode()


def refused(command: str, folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(BadInput) as problem:
        run(command, folder, text)
    assert problem.value.message.startswith("S.csv: ")
    assert not (folder / "out.csv").exists()
    return problem.value.details.get("errors", [problem.value.message])


def test_performance(tmp_path: Path) -> None:
    text = f'{GIVEN},note\nB,2,300,2,,,first\nc,1,180,2,180,,\nA,1,180,1,0,180,"a, b"\nA,0,180,0,20,60,\n'
    first, *rows = csv.reader(run("performance", tmp_path, text).splitlines())
    assert ",".join(first) == (
        f"{GIVEN},note,p_block,p_wait,p_abandon,asa_all_s,asa_answered_s,sl_offered,sl_answered,"
        "sl_excl_abandoned_within_threshold,p_abandon_within_threshold,occupancy"
    )
    assert rows[0] == ["B", "2", "300", "2", "", "", "first", "0.4", "0", "0", "0", "0", "0.6", "1", "0.6", "0", "0.6"]
    assert rows[1][:1] + rows[1][7:12] == ["c", "0", "0.333333333333", "0", "60", "60"]
    assert rows[2][6:10] == ["a, b", "0", "0.632120558829", "0.367879441171"]
    assert rows[3][7:] == [""] * 10


def test_required_and_one_less(tmp_path: Path) -> None:
    questions = (
        "B,2,300,,0.7,,",
        "C,10,300,,0.8,20,answered",
        "A,10,300,150,0.8,20,",
        "C,0.5,300,,0.1,20,",
        "A,0,300,9,.8,20,",
    )
    text = "\n".join([f"{ASKED},variant", *questions])
    rows = [row[-3:] for row in csv.reader(run("required", tmp_path, text).splitlines())]
    assert rows[0] == ["agents_required", "sl_at", "sl_at_one_less"]
    assert rows[1] == ["3", "0.789473684211", "0.6"]
    assert rows[2][0] == "14"
    assert float(rows[2][1]) >= 0.8 > float(rows[2][2])
    assert rows[3][0] == "12"
    assert rows[4][0] == "1"
    assert rows[4][2] == "0"  # nobody there: no call is answered, ever
    assert rows[5] == ["0", "", ""]


def test_excel_in_german_gets_what_it_gave(tmp_path: Path) -> None:
    text = f"{ASKED}\r\nA;10,5;300;120;0,8;20\r\n".replace(ASKED, ASKED.replace(",", ";"))
    out = run("required", tmp_path, text.encode("utf-8-sig"))
    assert out.startswith("\ufeffmodel;load_erlang;")
    assert out.splitlines()[1] == "A;10,5;300;120;0,8;20;13;0,849692063723;0,782151444891"


def test_an_answer_can_be_asked_again(tmp_path: Path) -> None:
    out = run("required", tmp_path, f"{ASKED}\nA,10,300,120,0.8,20\n")
    assert run("required", tmp_path, out) == out


def test_every_bad_cell_is_named(tmp_path: Path) -> None:
    rows = (
        "D,-1,0,2.5,abc,1",
        "A,nan,300,,20,0",
        "",
        'A,"1,5",1e3,3,-1,inf',
        "C,5,300,5,20,",
        "A,5,300,3,20,inf",
        "A,1,2,3,4,5,6",
    )
    text = "\n".join([GIVEN, *rows])
    assert refused("performance", tmp_path, text) == [
        "Zeile 2, model: „D“ ist unbekannt (möglich: B, C, A)",
        "Zeile 2, load_erlang: -1 ist nicht möglich (0 bis 100.000)",
        "Zeile 2, aht_s: 0 ist nicht möglich (größer als 0 und höchstens 10.000.000)",
        "Zeile 2, agents: 2.5 ist keine ganze Zahl",
        "Zeile 2, threshold_s: „abc“ ist keine Zahl",
        "Zeile 3, load_erlang: „nan“ ist keine Zahl",
        "Zeile 3, agents: fehlt",
        "Zeile 3, patience_s: 0 ist nicht möglich (größer als 0 und höchstens 10.000.000)",
        "Zeile 5, load_erlang: „1,5“ hat ein Dezimalkomma; das geht nur mit Semikolons zwischen den Zellen",
        "Zeile 5, threshold_s: -1 ist nicht möglich (0 bis 10.000.000)",
        f"Zeile 6, load_erlang: 5 Erlang bei 5 Agents. {OVERLOAD}",
        f"Zeile 7, load_erlang: 5 Erlang bei 3 Agents. {OVERLOAD}",
        "Zeile 8: hat 7 Zellen, die Kopfzeile nur 6",
    ]


@pytest.mark.parametrize("target", ["0", "1", "80", "-0.5", "nan", "", "80%"])
def test_targets_outside(tmp_path: Path, target: str) -> None:
    (error,) = refused("required", tmp_path, f"{ASKED}\nA,5,300,60,{target},20\n")
    assert error.startswith("Zeile 2, target_sl: ")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "S.csv: Die Datei ist leer. Erwartet: model,load_erlang,aht_s,patience_s,target_sl,threshold_s."),
        ("model,load_erlang\n", f"Zeile 1, aht_s: die Spalte fehlt (nötig: {ASKED})"),
        (f"{ASKED},model\n", "Zeile 1, model: die Spalte kommt zweimal vor"),
        (
            f"{ASKED},variant\nA,5,300,60,0.8,20,best\n",
            "Zeile 2, variant: „best“ ist unbekannt (möglich: offered, answered, excl_abandoned_within, abandoned_met)",
        ),
        (f'{ASKED}\nA,"5,300\n', "Zeile 2: Anführungszeichen passen nicht, oder eine Zelle ist riesig"),
        (b"\xff\xfe\x81", "Zeile 1: ein Zeichen ist weder UTF-8 noch Windows-1252"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str | bytes, error: str) -> None:
    assert refused("required", tmp_path, text) == [error]


def test_only_a_heading(tmp_path: Path) -> None:
    assert run("required", tmp_path, f"{ASKED}\n") == f"{ASKED},agents_required,sl_at,sl_at_one_less\n"


def test_no_database_and_no_web_server_are_loaded() -> None:
    heavy = "flask", "sqlalchemy", "psycopg", "celery", "redis", "numba"
    code = f"import sys, wfm.staffing.commands; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
