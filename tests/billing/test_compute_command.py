"""`wfm settle compute`: the file in, the file out, and what is said of a file that is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from tests.billing.worked import EXAMPLES, WORKED
from wfm import billing
from wfm.billing.commands import settle as command
from wfm.billing.schemas import CaseSchema
from wfm.billing.settlement_file_commands import read_case
from wfm.core.errors import BadInput

FOLDER = Path(billing.__file__).parent
CASE, RESULT = (
    jsonschema_rs.validator_for(json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")))
    for name in ("case", "result")
)
MIX = json.loads((EXAMPLES / "v7-mix.json").read_text(encoding="utf-8"))
Change = Callable[[dict[str, Any]], object]


def run(case: str, output: str, text: str | None = None) -> Any:
    return CliRunner().invoke(command, ["compute", "--case", case, "--output", output], input=text)


@pytest.mark.parametrize("name", WORKED)
def test_examples_follow_the_schema_and_give_their_result_to_the_byte(name: str, tmp_path: Path) -> None:
    case, expected = EXAMPLES / f"{name}.json", EXAMPLES / f"{name}.result.json"
    CASE.validate(json.loads(case.read_text(encoding="utf-8")))
    RESULT.validate(json.loads(expected.read_text(encoding="utf-8")))
    output = tmp_path / "result.json"
    assert run(str(case), str(output)).exit_code == 0
    assert output.read_bytes() == expected.read_bytes()


def test_standard_input_and_output_and_what_is_not_covered() -> None:
    case = (EXAMPLES / "v6-size-classes.json").read_text(encoding="utf-8")
    done = run("-", "-", case)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["remainder_cents"] == 2_200_000
    assert done.stderr == "Die Kosten sind nicht gedeckt: Es fehlen 22.000,00 € von 100.000,00 €.\n"


def test_no_web_server_and_no_database_is_loaded() -> None:
    script = (
        "import sys; from wfm.billing.commands import settle;"
        "print([m for m in ('flask', 'sqlalchemy', 'psycopg', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


WRONG: list[tuple[str, Change, str]] = [
    ("a fraction of a cent", lambda d: d.update(total_cents=0.5), "total_cents: Hier wird eine ganze Zahl erwartet."),
    ("no total", lambda d: d.pop("total_cents"), "total_cents: Diese Angabe fehlt."),
    ("unknown variant", lambda d: d.update(variant="V9"), "variant: Möglich sind: V0, V1, V2, V3, V4, V5, V6, V7."),
    ("misspelt key", lambda d: d["partners"][1].update(cals=4),
     "partners[1] (03241010).cals: Dieses Feld gibt es nicht."),
    ("negative key", lambda d: d["partners"][2].update(calls=-4),
     "partners[2] (03241019).calls: Möglich ist 0 bis 1000000000000."),
    ("no such day", lambda d: d["partners"][0].update({"from": "2026-02-29"}),
     "partners[0] (03241003).from: Hier wird ein Tag erwartet (JJJJ-MM-TT)."),
    ("empty period", lambda d: d["period"].update(to="2026-01-01"), "period.to: Das Ende muss nach dem Anfang liegen."),
    ("partners are no list", lambda d: d.update(partners={}), "partners: Hier wird eine Liste erwartet."),
    ("parameters are no object", lambda d: d.update(parameters=[]), "parameters: Hier wird ein Objekt erwartet."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), [wrong[1:] for wrong in WRONG], ids=[wrong[0] for wrong in WRONG])
def test_what_is_wrong_is_named_and_nothing_is_written(change: Change, told: str, tmp_path: Path) -> None:
    document = deepcopy(MIX)
    change(document)
    output = tmp_path / "result.json"
    error = run("-", str(output), json.dumps(document)).exception
    assert isinstance(error, BadInput)
    assert told in error.details["errors"]
    assert not output.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Standardeingabe ist kein lesbares JSON"),
        ('{"total_cents": NaN}', "NaN ist keine Zahl"),
        ('{"variant": "V1", "variant": "V2"}', "„variant“ steht zweimal"),
        ("[" * 100_000, "Standardeingabe ist kein lesbares JSON"),
    ],
)
def test_what_is_no_json_is_refused(text: str, told: str) -> None:
    error = run("-", "-", text).exception
    assert isinstance(error, BadInput)
    assert told in error.message


def test_a_document_that_is_no_object() -> None:
    error = run("-", "-", "[]").exception
    assert isinstance(error, BadInput)
    assert error.details["errors"] == ["Fall: Hier wird ein Objekt erwartet."]


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    error = run(str(EXAMPLES / "v7-mix.json"), str(tmp_path / "nowhere" / "result.json")).exception
    assert isinstance(error, BadInput)
    assert "lässt sich nicht schreiben" in error.message


def test_decimals_are_exact_whether_text_or_number() -> None:
    as_numbers = json.dumps({**MIX, "parameters": {"weights": {"inhabitants": 0.3, "calls": 0.5, "handle_s": 0.2}}})
    assert run("-", "-", as_numbers).stdout == run("-", "-", json.dumps(MIX)).stdout


def test_the_command_line_as_people_call_it() -> None:
    case = deepcopy(MIX)
    case["partners"].append({"partner": "REGION", "calls": 1, "handle_s": 1})
    done = subprocess.run(
        [sys.executable, "-c", "from wfm.cli import main; main()", "settle", "compute", "--case", "-", "--output", "-"],
        input=json.dumps(case), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(
        "Fehler: REGION hat keine eigenen Einwohner: Wo Einwohner zählen, muss die Vereinbarung"
    )


def test_the_document_tells_the_worked_cents() -> None:
    told = {}
    for row in (EXAMPLES.parents[1] / "settlement.md").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| `(v\d-[a-z0-9-]+)`[^|]*\| ([^|]+) \| ([\d,]+) \|", row):
            cents = re.sub(r"\([a-z]+\)", "", match[2]).split(", ")
            told[match[1]] = tuple(int(one.replace(",", "")) for one in cents), int(match[3].replace(",", ""))
    assert told == WORKED


@pytest.mark.parametrize("name", WORKED)
def test_a_case_can_be_kept_and_taken_out_again(name: str) -> None:
    """What a settlement stores gives the same case, years later."""
    case = read_case(json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")))
    kept = json.dumps(CaseSchema().dump(case))
    CASE.validate(json.loads(kept))
    assert read_case(json.loads(kept)) == case
