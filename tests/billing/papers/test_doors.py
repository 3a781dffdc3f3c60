"""Documents and hand-over over the interface and at the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select, update

from tests.api.conftest import Caller, signed_in
from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN
from tests.billing.papers.conftest import YEAR, a_year, charge, parties
from wfm.accounts.rules import Role
from wfm.accounts.service.tokens import create_token
from wfm.app import create_app
from wfm.billing.invoice_commands import invoice
from wfm.billing.models import Agreement, Party
from wfm.billing.service import documents, issuing
from wfm.billing.service.drafting import draft_annual
from wfm.billing.settlement_commands import show
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotFound
from wfm.directory.service import load_base_data

Ask = Callable[..., Caller]


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app()
    app.testing = False  # errors are answered as they are in earnest
    return app


@pytest.fixture
def settlement(database: str) -> int:
    """A settlement that is charged, without documents."""
    with transaction() as session:
        load_base_data(session)
        parties(session)
        a_year(session)
        return charge(session, draft_annual(session, FINANCE, YEAR)).id


@pytest.fixture
def ask(app: Flask, settlement: int, valkey: None) -> Ask:
    return lambda role, **grant: signed_in(app, role, **grant)


def test_from_issuing_to_handing_over(ask: Ask, settlement: int):
    finance, own = ask("finance"), ask("municipality")
    issued = finance("POST", f"/api/v1/settlements/{settlement}/documents", json={})
    assert issued.status_code == 201, issued.text
    assert len(issued.json) == 6
    invoices = {one["partner"]: one for one in issued.json if one["kind"] == "invoice"}
    mine = invoices[BURGDORF]
    voided = finance("POST", f"/api/v1/documents/{mine['id']}/void", json={"reason": "Anschrift"})
    assert voided.json["void_reason"] == "Anschrift"
    assert [one["id"] for one in finance.get("/api/v1/documents?void=yes").json["items"]] == [mine["id"]]
    with transaction() as session:
        issuing.issue_and_send(session, FINANCE, settlement)
    listed = own.get("/api/v1/documents").json["items"]
    assert [one["partner"] for one in listed] == [BURGDORF] * 3
    assert own.get(f"/api/v1/documents/{invoices[LANGENHAGEN]['id']}").status_code == 404
    assert own.get(f"/abrechnung/belege/{invoices[LANGENHAGEN]['id']}.pdf").status_code == 404
    mine = next(one for one in listed if one["kind"] == "invoice" and one["void_reason"] is None)
    told = own.get(f"/api/v1/documents/{mine['id']}").json
    assert told["content"]["number"] == mine["number"]
    _as_documented(own, "/api/v1/documents/{document_id}", told)
    pdf = own.get(f"/api/v1/documents/{mine['id']}/file")
    assert hashlib.sha256(pdf.data).hexdigest() == mine["sha256"]
    xml = own.get(f"/api/v1/documents/{mine['id']}/file?format=xml")
    assert xml.mimetype == "application/xml"
    assert xml.headers["Content-Disposition"].endswith(f"{mine['number']}.xml")

    bad = finance("PUT", "/api/v1/export-layouts", json={"name": "Kasse", "layout": {"columns": []}})
    assert (bad.status_code, bad.json["code"]) == (422, "export.layout")
    layout = {"columns": [{"title": "Nr", "field": "number"}, {"title": "EUR", "field": "amount"}], "decimal": "."}
    assert finance("PUT", "/api/v1/export-layouts", json={"name": "Kasse", "layout": layout}).status_code == 200
    run = finance("POST", "/api/v1/exports", json={"layout": "Kasse"})
    assert run.status_code == 201, run.text
    file = finance.get(f"/api/v1/exports/{run.json['id']}/file")
    assert file.data.decode().splitlines()[0] == "Nr;EUR"
    assert hashlib.sha256(file.data).hexdigest() == run.json["sha256"]
    assert run.json["sha256"] in finance.get(f"/api/v1/exports/{run.json['id']}/file?format=sha256").text
    again = finance("POST", "/api/v1/exports", json={"layout": "Kasse"})
    assert (again.status_code, again.json["code"]) == (422, "export.nothing")


def test_a_municipality_sees_documents_once_they_are_sent(ask: Ask, settlement: int):
    """Issued alone, over the interface: for the partner they are not there yet, whatever it asks for them."""
    finance, own = ask("finance"), ask("municipality")
    issued = finance("POST", f"/api/v1/settlements/{settlement}/documents", json={}).json
    mine = [one["id"] for one in issued if one["partner"] == BURGDORF]
    addresses = [
        address.format(number=number)
        for number in mine
        for address in ("/api/v1/documents/{number}", "/api/v1/documents/{number}/file", "/abrechnung/belege/{number}")
    ]
    addresses += [f"/abrechnung/belege/{number}.pdf" for number in mine]
    addresses += [f"/abrechnung/belege/{mine[0]}.xml", f"/api/v1/documents/{mine[0]}/file?format=xml"]
    assert {own.get(address).status_code for address in addresses} == {404}
    assert {finance.get(address).status_code for address in addresses} == {200}
    assert own.get("/api/v1/documents").json["items"] == []
    assert "SC-" not in own.get("/abrechnung/belege").text
    assert own.get("/abrechnung/belege?liste=belege&format=csv").text.count("\r\n") == 1
    month = finance("POST", "/api/v1/statements", json={"month": "2026-09"}).json
    seen = [one["id"] for one in own.get("/api/v1/documents").json["items"]]
    assert seen == [one["id"] for one in month if one["partner"] == BURGDORF]
    finance("POST", f"/api/v1/settlements/{settlement}/steps", json={"step": "send"})
    assert {own.get(address).status_code for address in addresses} == {200}
    assert {one["id"] for one in own.get("/api/v1/documents").json["items"]} == {*mine, *seen}


def _as_documented(caller: Caller, path: str, answer: Any) -> None:
    document = caller.get("/api/v1/openapi.json").json
    shape = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = {**shape, "components": document["components"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(answer)


def test_a_long_list_comes_in_pages(ask: Ask, settlement: int):
    with transaction() as session:
        issuing.issue(session, FINANCE, settlement)
    finance, seen, address = ask("finance"), list[int](), "/api/v1/documents?limit=4"
    while address:
        page = finance.get(address).json
        seen += [one["id"] for one in page["items"]]
        address = page["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 6


def test_lists_of_pages_as_files(ask: Ask, settlement: int):
    with transaction() as session:
        issuing.issue_and_send(session, FINANCE, settlement)
    finance, own = ask("finance"), ask("municipality")
    assert finance.get("/abrechnung/belege?liste=belege&format=csv").text.count("\r\n") == 7
    assert own.get("/abrechnung/belege?liste=belege&format=csv").text.count("\r\n") == 3
    assert own.get("/abrechnung/eigene?liste=abrechnungen&format=csv").text.count("\r\n") == 2
    assert finance.get("/abrechnung/eigene").location == "/abrechnung/belege"


def test_the_command_tells_what_documents_would_lack(settlement: int):
    with transaction() as session:
        session.execute(delete(Party).where(Party.partner == LANGENHAGEN))
        _, secret = create_token(session, name="t", role=Role.FINANCE, by="test")
    told = CliRunner().invoke(show, [str(settlement), "--as", secret], catch_exceptions=False).output
    assert "- Langenhagen: Für Langenhagen ist am" in told
    assert f"(/abrechnung/stellen/neu?partner={LANGENHAGEN})" in told


def test_the_page_says_which_statements_wait_and_why(ask: Ask, settlement: int):
    with transaction() as session:
        session.execute(update(Agreement).values(made_at=datetime(2025, 1, 1, tzinfo=UTC)))
        session.execute(delete(Party).where(Party.partner == BURGDORF))
    html = ask("finance").get("/abrechnung/belege").text
    assert "Januar 2026 bis Dezember 2026 (12)" in " ".join(html.split())
    assert f'href="/abrechnung/stellen/neu?partner={BURGDORF}"' in html
    file = ask("finance").get("/abrechnung/belege?liste=nachweise-die-warten&format=csv").text
    assert file.count(BURGDORF) == 2
    assert "die warten" not in ask("municipality").get("/abrechnung/belege").text
    assert ask("municipality").get("/abrechnung/belege?liste=nachweise-die-warten&format=csv").status_code == 404


def test_commands(settlement: int, tmp_path: Path):
    with transaction() as session:
        issued = issuing.issue(session, FINANCE, settlement)
        number = documents.number_of(issued[0])
        _, secret = create_token(session, name="t", role=Role.FINANCE, by="test")
        _, own = create_token(session, name="b", role=Role.MUNICIPALITY, partner=LANGENHAGEN, by="test")

    def run(*arguments: str, token: str = secret) -> str:
        found = CliRunner().invoke(invoice, [*arguments, "--as", token], catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.output

    assert run("list").count("\n") == 6
    assert run("list", token=own) == ""
    made = run("export", "--format", "xrechnung", "--settlement", str(settlement), "--output", str(tmp_path))
    assert made.count("\n") == 3
    assert (tmp_path / f"{number}.xml").read_bytes() == issued[0].xml
    run("export", "--format", "zugferd", "--number", number, "--output", str(tmp_path))
    assert (tmp_path / f"{number}.pdf").read_bytes() == issued[0].pdf
    with pytest.raises(BadInput):
        run("export", "--format", "zugferd", "--number", number, "--output", str(tmp_path), token=own)
    with pytest.raises(NotFound):
        run("void", "SC-2099-0001", "--reason", "x")
    assert "ungültig" in run("void", number, "--reason", "Anschrift")
    assert "UNGÜLTIG: Anschrift" in run("list")
    with pytest.raises(Conflict):
        run("void", number, "--reason", "noch einmal")
    with transaction() as session:
        issuing.issue_and_send(session, FINANCE, settlement)
    assert run("list", token=own).count("\n") == 2


def test_what_is_missing_for_sending_is_told_at_once_with_the_way_to_mend_it(ask: Ask, settlement: int):
    with transaction() as session:
        host = session.scalars(select(Party).where(Party.partner.is_(None))).one()
        entry = host.id
        host.details = {name: cell for name, cell in host.details.items() if name not in ("contact", "email")}
    finance = ask("finance")
    address = f"/abrechnung/abrechnungen/{settlement}"
    refused = finance("POST", f"{address}/schritt/send", data={"csrf": finance.csrf})
    assert refused.status_code == 422
    assert "Die elektronische Adresse des Rechnungsstellers" in refused.text
    assert "Der Name der Ansprechstelle des Rechnungsstellers fehlt." in refused.text
    for html in (refused.text, finance.get(address).text):
        assert f'href="/abrechnung/stellen/{entry}"' in html.split("<main")[1]
    assert "schritt/send" not in finance.get(address).text
    file = finance.get(f"{address}?liste=was-fehlt&format=csv").text
    assert file.count(f"/abrechnung/stellen/{entry}") == 3
    over_the_interface = finance("POST", f"/api/v1/settlements/{settlement}/steps", json={"step": "send"})
    assert (over_the_interface.status_code, over_the_interface.json["code"]) == (422, "document.incomplete")
    assert len(over_the_interface.json["details"]["problems"]) == 3


def test_an_entry_to_be_made_begins_with_its_partner(ask: Ask):
    html = ask("finance").get(f"/abrechnung/stellen/neu?partner={LANGENHAGEN}").text
    assert f'<option value="{LANGENHAGEN}" selected>' in html.split('name="partner"')[1]


def test_a_settlement_leads_to_its_documents(ask: Ask, settlement: int):
    finance = ask("finance")
    address = f"/abrechnung/belege?settlement={settlement}"
    assert address in finance.get(f"/abrechnung/abrechnungen/{settlement}").text
    finance("POST", f"/api/v1/settlements/{settlement}/documents", json={})
    assert "SC-N-" in finance.get(address).text
    assert "SC-N-" not in finance.get(f"/abrechnung/belege?settlement={settlement + 1}").text


def test_the_hosts_own_partner_and_series_are_kept_when_its_entry_is_entered_again(ask: Ask):
    finance = ask("finance")
    form = {"partner": "HOST", "valid_from": "2020-01-01", "name": "Region", "street": "Weg 1", "postcode": "30169"}
    form |= {"town": "Hannover", "own_partner": BURGDORF, "series": "RH", "csrf": finance.csrf}
    assert finance("POST", "/abrechnung/stellen/neu", data=form).status_code == 303
    with transaction() as session:
        entered = session.scalars(select(Party).where(Party.partner.is_(None)).order_by(Party.id.desc())).first()
    html = finance.get(f"/abrechnung/stellen/{entered.id}").text
    assert f'<option value="{BURGDORF}" selected>' in html.split('name="own_partner"')[1]
    assert 'value="RH"' in html.split('name="series"')[1][:300]


def test_a_missing_account_is_told_in_words(ask: Ask, settlement: int):
    with transaction() as session:
        for party in session.scalars(select(Party)):
            party.booking = {}
    finance = ask("finance")
    finance("POST", f"/abrechnung/abrechnungen/{settlement}/schritt/send", data={"csrf": finance.csrf})
    refused = finance("POST", "/abrechnung/uebergabe", data={"layout": "standard", "csrf": finance.csrf})
    assert refused.status_code == 422
    assert "die Angabe „Konto“" in refused.text
    with transaction() as session:
        entries = session.scalars(select(Party.id).where(Party.partner.is_not(None))).all()
    for entry in entries:
        assert f'href="/abrechnung/stellen/{entry}"' in refused.text.split("<main")[1]
    assert "#field-account" not in refused.text
