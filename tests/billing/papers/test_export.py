"""Hand-over to the books: what is in the file, once, and what is refused."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE
from tests.billing.papers.conftest import YEAR, a_year, charge, parties
from wfm.billing.models import Party
from wfm.billing.rules.export_layout import FIELDS, PLAIN, ExportForm, write
from wfm.billing.service import documents, export, issuing
from wfm.billing.service.drafting import draft_annual
from wfm.core.errors import BadInput, NotFound, RuleBroken


def row(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = dict.fromkeys(FIELDS, "x") | dict.fromkeys(
        ("net", "tax", "gross", "prepaid", "amount", "amount_unsigned"), 0
    )
    return plain | {"number": "SC-2027-0001", "partner_name": "Burgdorf"} | more


def form(*columns: dict[str, str], **more: Any) -> ExportForm:
    return ExportForm.from_json({"columns": list(columns), **more})


@pytest.mark.parametrize(
    ("layout", "values", "content"),
    [
        ({"decimal": "."}, {"amount": -123456}, b"A\r\n-1234.56\r\n"),
        ({"line_end": "LF", "heading": False}, {"amount": 5}, b"0,05\n"),
        ({"quoting": "alle"}, {"amount": 100}, b'"A"\r\n"1,00"\r\n'),
    ],
)
def test_amounts(layout: dict[str, Any], values: dict[str, Any], content: bytes):
    assert write(form({"title": "A", "field": "amount"}, **layout), [row(**values)]) == content


@pytest.mark.parametrize("begins", ["=1+1", "+49", "-1", "@x", "＝1"])
def test_no_cell_is_reckoned(begins: str):
    layout = form(
        {"title": begins, "field": "partner_name"},
        {"title": "b", "constant": begins},
        {"title": "c", "template": "{partner_name}"},
        encoding="UTF-8",
    )
    cells = list(csv.reader(io.StringIO(write(layout, [row(partner_name=begins)]).decode()), delimiter=";"))
    assert cells == [[f"'{begins}", "b", "c"], [f"'{begins}"] * 3]


def test_delimiters_and_line_ends_in_texts():
    layout = form({"title": "Name", "field": "partner_name"}, {"title": "T", "template": "{number} {kind}"})
    content = write(layout, [row(partner_name='a;"b"\r\nc', kind="Rechnung")])
    assert content == b'Name;T\r\n"a;""b"" c";SC-2027-0001 Rechnung\r\n'


def test_a_character_that_cp1252_lacks_is_refused():
    layout = form({"title": "Name", "field": "partner_name"})
    with pytest.raises(RuleBroken, match=r"SC-2027-0001.*Name.*Ł.*cp1252"):
        write(layout, [row(partner_name="Łódź")])
    assert write(form({"title": "N", "field": "partner_name"}), [row(partner_name="€ ß")]) == b"N\r\n\x80 \xdf\r\n"


@pytest.mark.parametrize(
    ("layout", "field"),
    [
        ({}, "columns"),
        ({"columns": []}, "columns"),
        ({"columns": [{"title": "a", "field": "nothing"}]}, "columns.1"),
        ({"columns": [{"title": "a", "field": "net", "constant": "b"}]}, "columns.1"),
        ({"columns": [{"title": "a", "template": "{}"}]}, "columns.1"),
        ({"columns": [{"title": " ", "field": "net"}]}, "columns.1"),
        ({"columns": [{"title": "a", "field": "net"}], "encoding": "EBCDIC"}, "encoding"),
        ({"columns": [{"title": "a", "field": "net"}], "colour": "red"}, "colour"),
        ({"columns": [{"title": "a", "field": "net"}], "heading": "ja"}, "heading"),
    ],
)
def test_a_bad_layout_is_refused(layout: dict[str, Any], field: str):
    with pytest.raises(BadInput) as refused:
        ExportForm.from_json(layout)
    assert refused.value.details["field"] == field


def test_a_layout_is_stored_and_read_back():
    layout = form({"title": "a", "template": "{number}"}, {"title": "b", "constant": ""}, decimal=".", encoding="UTF-8")
    assert ExportForm.from_json(layout.to_json()) == layout
    assert ExportForm.from_json(PLAIN.to_json()) == PLAIN


def test_each_document_once(session: Session, tmp_path: Path):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = issuing.issue(session, FINANCE, annual.id)
    voided = documents.void(session, FINANCE, issued[0].id, "Probe")
    with pytest.raises(RuleBroken, match="nichts"):
        export.hand_over(session, FINANCE, "standard")
    issuing.issue_and_send(session, FINANCE, annual.id)
    with pytest.raises(NotFound):
        export.hand_over(session, FINANCE, "anders")
    run = export.hand_over(session, FINANCE, "standard")
    lines = list(csv.DictReader(io.StringIO(run.content.decode("cp1252")), delimiter=";"))
    assert documents.number_of(voided) not in {line["Belegnummer"] for line in lines}
    amounts = [int(line["Betrag"].replace(",", "")) for line in lines]
    assert (len(lines), sum(amounts)) == (run.documents, run.total_cents) == (3, 9_999_996)
    burgdorf = next(line for line in lines if line["Partner"] == BURGDORF)
    assert (burgdorf["Konto"], burgdorf["Kostenstelle"], burgdorf["Soll/Haben"]) == ("348100", "003", "S")
    assert run.sha256 == hashlib.sha256(run.content).digest()
    with pytest.raises(RuleBroken, match="nichts"):
        export.hand_over(session, FINANCE, "standard")
    assert export.find_run(session, FINANCE, run.id).content == run.content
    (tmp_path / run.file_name).write_bytes(run.content)
    (tmp_path / "sums").write_text(export.check_sums(run))
    subprocess.run(["sha256sum", "-c", "--strict", "sums"], cwd=tmp_path, check=True, capture_output=True)


def test_a_booking_that_is_missing_is_named(session: Session):
    parties(session)
    a_year(session)
    session.execute(update(Party).where(Party.partner == BURGDORF).values(booking={}))
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issuing.issue_and_send(session, FINANCE, annual.id)
    with pytest.raises(RuleBroken, match=r"SC-2027-0001.*Burgdorf.*Konto") as refused:
        export.hand_over(session, FINANCE, "standard")
    entry = session.scalars(select(Party.id).where(Party.partner == BURGDORF)).one()
    told = [(each["partner"], each["mend"]) for each in refused.value.details["problems"]]
    assert told == [(BURGDORF, f"/abrechnung/stellen/{entry}")] * len(told)
    assert {str(each["problem"]).partition("„")[2].split("„")[-1] for each in refused.value.details["problems"]} == {
        *("Konto“.", "Produkt“.", "Kostenstelle“.", "Steuerkennzeichen“."),
    }
    assert len(export.waiting(session, FINANCE)) == 3
