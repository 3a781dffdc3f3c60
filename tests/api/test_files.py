"""Reports and lists as files: the figures of the JSON answer, the same rights, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from werkzeug.test import TestResponse

from wfm.core.db import transaction
from wfm.directory.service import load_base_data

from .conftest import BURGDORF, GARBSEN, Callers, event, project

USAGE = "/api/v1/reports/usage?month=2026-09"
QUEUES = "/api/v1/reports/queues?from=2026-09-01&to=2026-09-02&interval=60"
COMPLETENESS = "/api/v1/reports/completeness?month=2026-09"
CALLS = "/api/v1/calls?from=2026-09-01&to=2026-10-01"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(response: TestResponse) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (USAGE, "nutzung-2026-09"),
        (f"{USAGE}&partner={GARBSEN}", f"nutzung-2026-09-{GARBSEN}"),
        (QUEUES, "warteschlangen-2026-09-01-bis-2026-09-01-je-60"),
        (COMPLETENESS, "vollstaendigkeit-2026-09"),
    ],
)
def test_a_file_has_its_type_and_name(callers: Callers, address: str, name: str):
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("xlsx", SPREADSHEET)):
        response = callers("admin").get(f"{address}&format={form}")
        assert (response.status_code, response.content_type) == (200, kind)
        assert response.headers["Content-Disposition"] == f"attachment; filename={name}.{form}"
        assert "ETag" in response.headers
    assert callers("admin").get(f"{address}&format=json").json == callers("admin").get(address).json
    assert callers("admin").get(f"{address}&format=pdf").status_code == 422


def test_usage_as_csv_has_the_figures_of_the_answer(callers: Callers):
    report = callers("finance").get(USAGE).json
    *found, nobody, total = rows(callers("finance").get(f"{USAGE}&format=csv"))
    assert [row["partner"] for row in found] == [row["partner"] for row in report["rows"]]
    for row, answer in (
        *zip(found, report["rows"], strict=True),
        (nobody, report["unattributed"]),
        (total, report["total"]),
    ):
        assert [row[name] for name in ("anrufe", "angeboten", "gespraech_s")] == [
            str(answer[name]) for name in ("calls", "offered", "talk_s")
        ]
    assert (total["zeilenart"], total["anrufe"], total["sl_angeboten"]) == ("summe", "2", "0,5")


def test_queues_and_completeness_as_csv(callers: Callers):
    first, second, total = rows(callers("supervisor").get(f"{QUEUES}&format=csv"))
    assert (first["warteschlange"], first["beginn"], first["angenommen"]) == ("zentrale", "2026-09-01 08:00", "1")
    assert (second["beginn"], second["aufgelegt"], total["angeboten"]) == ("2026-09-01 09:00", "1", "2")
    ledger = rows(callers("supervisor").get(f"{COMPLETENESS}&format=csv"))
    assert [(row["quelle"], row["eingetroffen"]) for row in ledger][:2] == [("acd", "3"), ("acd", "2")]


def test_a_spreadsheet_opens(callers: Callers):
    response = callers("finance").get(f"{USAGE}&format=xlsx")
    with zipfile.ZipFile(io.BytesIO(response.data)) as book:
        assert book.testzip() is None
        assert b"Burgdorf" in book.read("xl/worksheets/sheet1.xml")


def test_a_municipality_gets_its_own_row_and_no_sums(callers: Callers):
    own = callers("municipality")
    (row,) = rows(own.get(f"{USAGE}&format=csv"))
    assert (row["partner"], row["anrufe"], row["zeilenart"]) == (BURGDORF, "1", "zeile")
    with zipfile.ZipFile(io.BytesIO(own.get(f"{USAGE}&format=xlsx").data)) as book:
        everything = b"".join(book.read(name) for name in book.namelist()).decode()
    assert "Burgdorf" in everything
    for hidden in ("Garbsen", "nicht zugeordnet", "acd"):
        assert hidden not in everything
    assert [call["partner"] for call in rows(own.get(f"{CALLS}&format=csv"))] == [BURGDORF]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_not_theirs_is_no_file_either(callers: Callers, form: str):
    own = callers("municipality")
    assert own.get(f"{USAGE}&partner={GARBSEN}&format={form}").status_code == 404
    for address in (QUEUES, COMPLETENESS):
        assert own.get(f"{address}&format={form}").status_code == 403
    assert callers("agent").get(f"{USAGE}&format={form}").status_code == 403
    assert callers(None).get(f"{USAGE}&format={form}").status_code == 401


def test_the_whole_list_of_calls(callers: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wfm.reporting.drilldown.CALLS_AT_ONCE", 1)
    response = callers("finance").get(f"{CALLS}&format=csv")
    assert response.headers["Content-Disposition"] == "attachment; filename=anrufe-ab-2026-09-01.csv"
    first, second = rows(response)
    listed = callers("finance").get(CALLS).json["items"]
    assert [first["kennung"], second["kennung"]] == [call["id"] for call in listed]
    assert (first["beginn"], first["utc_versatz"], first["angenommen"]) == ("2026-09-01 08:15:00", "UTC+02:00", "ja")
    assert (first["partner"], first["methode"], first["anrufer"]) == (BURGDORF, "gewählte Nummer", "05136 ***")
    assert (second["angenommen"], second["gespraech_s"], second["aufenthalte"]) == ("nein", "0", "1")
    assert "111222" not in response.text
    assert "Kern" not in response.text
    assert rows(callers("finance").get(f"{CALLS}&outcome=abandoned&format=csv"))[0]["kennung"] == second["kennung"]


def test_names_from_the_telephone_system_are_no_formulas(empty: Callers):
    with transaction() as session:
        load_base_data(session)
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"]
    admin = empty("admin")
    for number, name in enumerate(names):
        sent = admin.send(event(number, "call.refused", call=f"c{number}", queue=name), source="acd")
        assert sent.status_code == 202
    project()
    expected = sorted(f"'{name}" for name in names)
    found = rows(admin.get(f"{QUEUES}&format=csv"))
    assert sorted(row["warteschlange"] for row in found if row["zeilenart"] == "zeile") == expected
    assert sorted(row["warteschlange"] for row in rows(admin.get(f"{CALLS}&format=csv"))) == expected
    with zipfile.ZipFile(io.BytesIO(admin.get(f"{QUEUES}&format=xlsx").data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
