"""`wfm month`, the interface and tokens of persons: two people close a month, two tokens of one person do not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import time_machine
from click.testing import CliRunner, Result

from tests.api.conftest import signed_in
from tests.flows.exchange import add, import_numbers, ingest, lines, run, write
from tests.reporting.test_pdf import text_of
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.service import people, tokens
from wfm.app import create_app
from wfm.cli import cli
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

pytestmark = pytest.mark.usefixtures("database")

BURGDORF = "03241003"
LOG = """
    2026-03-02T09:00:00|m1|a|NONE|DID|051100001
    2026-03-02T09:00:00|m1|a|NONE|ENTERQUEUE||05136123456|1
    2026-03-02T09:00:20|m1|a|kern|CONNECT|20|x|5
    2026-03-02T09:01:21|m1|a|kern|COMPLETECALLER|20|61|1
    2026-04-15T09:00:00|a1|a|NONE|DID|051100001
    2026-04-15T09:00:00|a1|a|NONE|ENTERQUEUE||05136123456|1
    2026-04-15T09:00:09|a1|a|NONE|ABANDON|1|1|9
"""
LATE = """
    2026-03-03T11:00:00|m3|a|NONE|DID|051100001
    2026-03-03T11:00:00|m3|a|NONE|ENTERQUEUE||05136123456|1
    2026-03-03T11:00:05|m3|a|kern|CONNECT|5|x|5
    2026-03-03T11:00:35|m3|a|kern|COMPLETECALLER|5|30|1
"""


@pytest.fixture(autouse=True)
def june():
    with time_machine.travel("2026-06-10T10:00:00+00:00", tick=True):
        yield


@pytest.fixture
def log(tmp_path: Path) -> Path:
    with transaction() as session:
        load_base_data(session)
    run("directory", "import", "queues", write(tmp_path / "queues.csv", b"queue,label,wrapup_s\na,A,0\n"))
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    log = write(tmp_path / "queue_log", lines("2026-03-02", LOG))
    ingest(log)
    return log


@pytest.fixture
def secrets(log: Path) -> dict[str, str]:
    """Two tokens of finance, one of a supervisor, one of nobody."""
    found = {}
    with transaction() as session:
        for role in (Role.FINANCE, Role.SUPERVISOR):
            person, _ = people.add_person(
                session, login=str(role), name=str(role), role=role, password="lang genug für alle", by="test"
            )
            for number in (1, 2):
                _made, secret = tokens.create_own_token(session, person.id, name=f"{role} {number}", by="test")
                found[f"{role} {number}"] = secret
        _made, found["program"] = tokens.create_token(session, name="program", role=Role.SUPERVISOR, by="test")
    return found


def tried(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_two_people_close_a_month_with_their_tokens(secrets: dict[str, str], log: Path) -> None:
    refused = tried("month", "close", "2026-04", "--as", secrets["finance 1"])
    assert refused.exit_code == 1
    assert "2026-03 davor ist noch offen" in str(refused.exception)
    assert "beantragt" in run("month", "close", "2026-03", "--as", secrets["finance 1"])
    again = tried("month", "close", "2026-03", "--as", secrets["finance 2"])
    assert (again.exit_code, "zweite Person" in str(again.exception)) == (1, True), "one person"
    assert "gehört keiner" in str(tried("month", "close", "2026-03", "--as", secrets["program"]).exception)
    told = run("month", "close", "2026-03", "--as", secrets["supervisor 1"])
    shown = run("month", "show", "2026-03")
    assert told.split()[-1] in shown
    assert ("abgeschlossen" in shown, "stimmt" in shown, "STIMMT NICHT" in shown) == (True, True, False)
    assert run("month", "close", "2026-03", "--as", secrets["finance 1"]) == told, "closed once, and for good"
    ingest(add(log, lines("2026-03-03", LATE)))
    corrected = run("month", "corrections", "2026-03")
    assert "noch nicht" in corrected
    assert "+30" in corrected
    assert json.loads(run("month", "corrections", "2026-03", "--format", "json"))[0]["partner"] == BURGDORF
    csv = run("report", "usage", "--month", "2026-03", "--format", "csv")
    assert "korrektur" not in csv, "not of an earlier month"
    run("month", "close", "2026-04", "--as", secrets["finance 1"])
    run("month", "close", "2026-04", "--as", secrets["supervisor 2"])
    head, *rows = [
        line.split(";") for line in run("report", "usage", "--month", "2026-04", "--format", "csv").splitlines()
    ]
    [line] = [dict(zip(head, row, strict=True)) for row in rows if row[0] == "korrektur"]
    assert (line["name"], line["anrufe"], line["gespraech_s"], line["vollstaendig"], line["angeboten"]) == (
        "Burgdorf: Korrektur März 2026, später eingetroffen",
        *("1", "30", "ja", ""),
    )
    assert "Korrekturen früherer Monate" in run("report", "usage", "--month", "2026-04")
    for form in ("pdf", "xlsx"):
        run("report", "usage", "--month", "2026-04", "--format", form, "--output", log.parent / f"april.{form}")
    with zipfile.ZipFile(log.parent / "april.xlsx") as book:
        assert b'name="Korrekturen"' in book.read("xl/workbook.xml")
    assert "Korrekturen früherer Monate" in text_of(pikepdf.open(log.parent / "april.pdf"))


def test_pages_tell_of_corrections(secrets: dict[str, str], log: Path, valkey: Any) -> None:
    for month in ("2026-03", "2026-04"):
        run("month", "close", month, "--as", secrets["finance 1"])
        run("month", "close", month, "--as", secrets["supervisor 1"])
        ingest(add(log, lines("2026-03-03", LATE.replace("m3", f"late in {month}"))))
    reader = signed_in(create_app(), "supervisor")

    def page(address: str) -> str:
        answer = reader.get(address)
        assert answer.status_code == 200
        return answer.text

    for address in ("/nutzung?month=2026-04", f"/nutzung/{BURGDORF}?month=2026-03", "/abrechnung/monate/2026-04"):
        assert "Korrekturen früherer Monate" in page(address)
    assert "stimmen überein" in page("/abrechnung/monate/2026-04")
    assert "Was danach eintraf, steht hier mit" in page("/anrufe?from=2026-03-01&to=2026-04-01")
    assert "Was danach eintraf" not in page("/anrufe?from=2026-04-01&to=2026-05-01")
    assert "2026-03-01;abgeschlossen;1;" in page("/abrechnung/monate?liste=monate&format=csv")


def test_a_request_is_answered_for_and_withdrawn_at_the_terminal(secrets: dict[str, str], log: Path) -> None:
    ingest(add(log, lines("2026-03-06", "09:00:00|u|neu|NONE|ENTERQUEUE||1|1\n09:00:09|u|neu|NONE|ABANDON|1|1|9\n")))
    assert "queue=…" in run("month", "show", "2026-03")
    assert tried("month", "close", "2026-03", "--as", secrets["finance 1"]).exit_code == 1
    assert tried("month", "close", "2026-03", "--as", secrets["finance 1"], "--reason", "queue").exit_code == 2
    run("month", "close", "2026-03", "--as", secrets["finance 1"], "--reason", "queue=Testbetrieb")
    assert "Testbetrieb" in run("month", "show", "2026-03")
    run("month", "close", "2026-03", "--as", secrets["supervisor 1"], "--withdraw")
    assert "offen" in run("month", "show", "2026-03")


def test_a_persons_token_ends_with_the_account_and_follows_its_role(secrets: dict[str, str]) -> None:
    with transaction() as session:
        person = people.find_person(session, "finance")
        assert person is not None
        viewer = tokens.authenticate(session, secrets["finance 1"])
        assert (viewer.actor, viewer.role) == (f"person:{person.id}", Role.FINANCE)
        people.change_person(session, person.id, role=Role.AGENT, by="test")
        assert not tokens.authenticate(session, secrets["finance 1"]).may("months.close")
        people.disable_person(session, person.id, by="test")
        with pytest.raises(NotSignedIn):
            tokens.authenticate(session, secrets["finance 1"])


def test_a_token_of_ones_own_needs_ones_password(secrets: dict[str, str]) -> None:
    def make(password: str) -> Result:
        arguments = ["token", "create-own", "supervisor", "--password-stdin"]
        return CliRunner().invoke(cli, arguments, input=f"{password}\n")

    assert make("falsch").exit_code == 1
    with transaction() as session:
        person = people.find_person(session, "supervisor")
        assert person is not None
        person.must_change_password = True
    assert make("lang genug für alle").exit_code == 1, "whoever made a first password knows it"
    with transaction() as session:
        people.find_person(session, "supervisor").must_change_password = False
    made = make("lang genug für alle")
    assert made.exit_code == 0
    with transaction() as session:
        assert tokens.authenticate(session, made.stdout.split()[0]).actor == f"person:{person.id}"


def test_two_people_close_a_month_over_the_interface(secrets: dict[str, str], valkey: Any) -> None:
    client = create_app().test_client()

    def ask(method: str, path: str, whose: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = client.open(
            f"/api/v1/months{path}", method=method, headers={"Authorization": f"Bearer {secrets[whose]}"}, **body
        )
        return answer.status_code, answer.get_json()

    assert ask("POST", "/2026-03/closure", "supervisor 1")[1]["code"] == "month.not_asked"
    status, problem = ask("POST", "/2026-04/request", "finance 1", json={"reasons": {}})
    assert (status, problem["code"]) == (422, "month.obstacles")
    assert problem["details"]["obstacles"][0]["kind"] == "earlier_open"
    assert ask("POST", "/2026-03/request", "finance 1", json={"reasons": {}})[1]["state"] == "asked"
    assert ask("DELETE", "/2026-03/request", "supervisor 1")[1]["state"] == "open"
    ask("POST", "/2026-03/request", "finance 1", json={})
    assert ask("POST", "/2026-03/closure", "finance 2")[1]["code"] == "month.four_eyes"
    status, closed = ask("POST", "/2026-03/closure", "supervisor 1")
    assert (status, closed["state"], closed["holds"]) == (200, "closed", True)
    assert ask("POST", "/2026-03/closure", "finance 2")[1] == closed
    listed = ask("GET", "", "finance 1")[1]["items"]
    assert [(row["month"], row["state"], row["calls"], row["obstacles"]) for row in listed] == [
        ("2026-04", "open", 1, 0),
        ("2026-03", "closed", 1, None),
    ]
