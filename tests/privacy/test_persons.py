"""All that is held of one person, and what is left of somebody who left: no name, every sum."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from tests.flows import capture
from tests.flows.exchange import NEWER, OLDER, agents, ingest, lines, meaning, run, select, write
from tests.privacy.held import days_later, everything, lasting, one, payloads, retain
from tests.privacy.test_rows_outlive import RECORDED
from wfm.cli import cli
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound, RuleBroken
from wfm.directory.service import run_import

DAY = "2026-03-02"
TOLD = """
    08:00:00|MANAGER|burgdorf|Kern|ADDMEMBER|
    08:00:00|NONE|NONE|1013|AGENTLOGIN|SIP/kern-1
    08:00:01|MANAGER|burgdorf|Kernbach|ADDMEMBER|
    08:10:00|NONE|burgdorf|Kern|PAUSE|Team
    08:20:00|NONE|burgdorf|Kern|UNPAUSE|
    08:40:00|1772436000.1|burgdorf|NONE|ENTERQUEUE||05136111222|1
    08:40:05|1772436000.1|burgdorf|Kernbach|RINGNOANSWER|5000
    08:40:10|1772436000.1|burgdorf|Kern|CONNECT|10|1772436005.2|9
    08:42:10|1772436000.1|burgdorf|Kern|BLINDTRANSFER|01761234567|ext|10|120|1
    08:42:20|NONE|burgdorf|Kern|PAUSE|Team
    09:00:00|MANAGER|burgdorf|Kern|REMOVEMEMBER|
    09:00:00|NONE|NONE|1013|AGENTLOGOFF|SIP/kern-1|3600
    09:00:00|MANAGER|burgdorf|Kernbach|REMOVEMEMBER|
"""
ALIASES = "system,alias,agent,valid_from,valid_to\nmain,1013,Kern,2026-01-01,2026-03-31\nmain,1013,Keil,2026-04-01,\n"

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def shift(database: str, tmp_path: Path) -> None:
    capture.know_partners(tmp_path)
    with days_later(0):
        ingest(write(tmp_path / "queue_log", lines(DAY, TOLD)))
        run("directory", "import", "queues", write(tmp_path / "q.csv", b"queue,label,wrapup_s\nburgdorf,Burgdorf,30\n"))
    with transaction() as session:
        run_import(session, "aliases", ALIASES)


def refused(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["privacy", *arguments])


def exported(folder: Path, agent: str = "Kern", name: str = "kern.json") -> dict[str, list[dict]]:
    run("privacy", "export-person", agent, "--output", folder / name)
    found = json.loads((folder / name).read_text())
    assert all(
        section[part] for section in found["sections"] for part in ("title", "purpose", "retention", "recipients")
    )
    return {section["name"]: section["rows"] for section in found["sections"]}


@pytest.mark.usefixtures("shift")
def test_all_that_is_held_of_one_person_and_nothing_of_others(tmp_path: Path):
    held = exported(tmp_path)
    assert [(row["alias"], row["valid_to"]) for row in held["aliases"]] == [("1013", "2026-03-31")]
    assert [(row["talk_s"], row["entered_at"]) for row in held["stays"]] == [(120, "2026-03-02T08:40:00+01:00")]
    assert [row["name"] for row in held["states"]].count("1013") == 2
    assert len(held["states"]) == 7
    assert len(held["lines"]) == 9
    text = (tmp_path / "kern.json").read_text()
    for other in ("Kernbach", "111222", "1761234567"):
        assert other not in text
    assert (tmp_path / "kern.json").stat().st_mode & 0o077 == 0
    assert select("SELECT action, object_id FROM audit_entry WHERE action LIKE 'person%'") == [
        ("person.exported", "Kern")
    ]


@pytest.mark.usefixtures("shift")
def test_what_bears_only_a_pseudonym_belongs_to_it(tmp_path: Path):
    retain(40)
    held = exported(tmp_path)
    assert [row["talk_s"] for row in held["stays"]] == [120]
    assert held["stays"][0]["name"].startswith("pseudonym_")
    assert len(held["lines"]) == 9
    assert exported(tmp_path, "Kernbach", "kernbach.json")["stays"] == []


@pytest.mark.usefixtures("shift")
def test_the_document_is_tagged_and_german(tmp_path: Path):
    run("privacy", "export-person", "Kern", "--output", tmp_path / "kern.pdf")
    with pikepdf.open(tmp_path / "kern.pdf") as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang).startswith("de")
        assert str(document.docinfo["/Title"]) == "Gespeicherte Daten zu Kern"
        assert len(document.pages) >= 1
    with pikepdf.open(tmp_path / "kern.pdf") as document, document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"


@pytest.mark.usefixtures("shift")
@pytest.mark.parametrize("command", [["export-person", "{}", "--output", "x.json"], ["forget-person", "{}", "--yes"]])
@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("Niemand", NotFound, "Niemand"),
        ("kern", NotFound, "kern"),
        ("", NotFound, ""),
        ("pseudonym_766dd56d1d99", NotFound, "pseudonym"),
        ("1013", BadInput, "Keil, Kern"),
        ("a\0b", NotFound, ""),
        ("%", NotFound, "%"),
    ],
)
def test_nobodys_name(command: list[str], name: str, error: type[Exception], says: str, tmp_path: Path):
    output = str(tmp_path / "x.json")
    found = refused(*(output if part == "x.json" else part.format(name) for part in command))
    assert isinstance(found.exception, error)
    assert says in str(found.exception)
    assert not (tmp_path / "x.json").exists()


@pytest.mark.usefixtures("shift")
def test_an_export_replaces_no_file(tmp_path: Path):
    kept = write(tmp_path / "kern.json", b"precious")
    assert isinstance(refused("export-person", "Kern", "--output", str(kept)).exception, BadInput)
    assert kept.read_bytes() == b"precious"
    assert refused("export-person", "Kern", "--output", str(tmp_path / "kern.txt")).exit_code == 2


@pytest.mark.usefixtures("shift")
def test_forgetting_keeps_every_second():
    figures = meaning("fact_interval", "fact_day")
    report = agents(DAY, "2026-03-03")["rows"]
    run("privacy", "forget-person", "Kern", "--yes")
    for word in (b"Kern|", b"|1013|", b"SIP/kern"):
        assert not [line for line in payloads() if word in line]
    names = {row["agent"] for row in agents(DAY, "2026-03-03")["rows"]}
    assert {"Kern", "1013"} & names == set()
    assert "Kernbach" in names
    run("rebuild")
    assert meaning("fact_interval", "fact_day") == figures
    after = agents(DAY, "2026-03-03")["rows"]
    assert sum(row["answered"] for row in after) == sum(row["answered"] for row in report)
    assert sum(row["talk_s"] for row in after) == sum(row["talk_s"] for row in report)
    kept = {row["agent"]: row for row in after}
    assert kept["Kernbach"] == next(row for row in report if row["agent"] == "Kernbach")
    assert select("SELECT alias, agent FROM agent_alias") == [("1013", "Keil")]
    held = everything()
    held.pop("agent_alias")
    assert not [row for rows in held.values() for row in rows if "Kern" in row.replace("Kernbach", "")]
    ((object_id,),) = select("SELECT object_id FROM audit_entry WHERE action = 'person.forgotten'")
    assert object_id.startswith("pseudonym_")
    assert isinstance(refused("forget-person", "Kern", "--yes").exception, NotFound)


@pytest.mark.usefixtures("shift")
def test_forgetting_takes_the_keyed_pseudonyms_along():
    """Nobody who has the secret can try the name any more."""
    retain(40)
    keyed = one("SELECT agent FROM stay WHERE agent IS NOT NULL")
    before = meaning("fact_interval", "fact_day")
    run("privacy", "forget-person", "Kern", "--yes")
    assert one("SELECT agent FROM stay WHERE agent IS NOT NULL") not in (keyed, "Kern")
    assert not [line for line in payloads() if keyed.encode() in line]
    rows = lasting()
    run("rebuild")
    assert lasting() == rows
    assert meaning("fact_interval", "fact_day") == before


@pytest.mark.usefixtures("shift")
def test_nobody_is_forgotten_while_logged_on(tmp_path: Path):
    with days_later(1):
        ingest(write(tmp_path / "on.log", lines("2026-03-03", "08:00:00|MANAGER|burgdorf|Kern|ADDMEMBER|")))
    before = everything()
    found = refused("forget-person", "Kern", "--yes")
    assert isinstance(found.exception, RuleBroken)
    assert "03.03.2026 08:00" in str(found.exception)
    assert everything() == before


def test_an_agent_of_the_capture(tmp_path: Path):
    capture.know_partners(tmp_path)
    with days_later(0, RECORDED):
        ingest(OLDER, NEWER)
        run("ingest", "cdr", *cdr(), "--source", "records")
    open_ones = {agent for (agent,) in select("SELECT agent FROM agent_span WHERE ends_at IS NULL")}
    free = [
        agent
        for (agent,) in select("SELECT DISTINCT agent FROM stay WHERE agent IS NOT NULL ORDER BY 1")
        if agent not in open_ones
    ]
    chosen = free[0]
    figures = meaning("fact_interval", "fact_day")
    run("privacy", "forget-person", chosen, "--yes")
    assert not [line for line in payloads() if f"|{chosen}|".encode() in line]
    rows = lasting()
    run("rebuild")
    assert lasting() == rows
    assert meaning("fact_interval", "fact_day") == figures
    capture.check_queues()
    capture.check_partners()


def cdr() -> list[object]:
    from tests.flows.exchange import DATA

    column_map = Path(__file__).parents[2] / "docs" / "examples" / "asterisk-cdr-csv.toml"
    return [DATA / "cdr_Master.csv", "--map", column_map]


@pytest.mark.usefixtures("shift")
@pytest.mark.parametrize(
    "command", [["export-person", "Kern", "--output", "x.json"], ["forget-person", "Kern", "--yes"]]
)
def test_nothing_is_done_by_halves_where_lines_cannot_be_read(command: list[str], tmp_path: Path):
    """As after an update of the system's time zones: the lines may name the person."""
    row = b"1,2026-03-02 09:00:00.0,5.1,burgdorf,Kern,COMPLETECALLER,1,2,1\n"
    with days_later(0):
        dump = write(tmp_path / "0.csv", b"id,time,callid,queuename,agent,event,data1,data2,data3\n" + row)
        run("ingest", "queue-log-table", dump, "--source", "table")
    with transaction() as session:
        session.execute(text("UPDATE source SET timezone = 'Mars/Phobos' WHERE name = 'table'"))
    before = payloads()
    found = refused(*(str(tmp_path / part) if part == "x.json" else part for part in command))
    assert isinstance(found.exception, RuleBroken)
    assert "table" in str(found.exception)
    assert not (tmp_path / "x.json").exists()
    assert payloads() == before
