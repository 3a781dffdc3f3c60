"""Every list can be downloaded: each table of each page as CSV and as XLSX, with all its rows, not only a page's."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import lxml.etree
import lxml.html
import pytest
from sqlalchemy.orm import Session

from tests.api.conftest import BURGDORF, Callers, app, callers, event, project
from tests.api.test_access import RIGHTS, ROLES, is_page
from tests.billing import centre as billing
from wfm.accounts.rules import Role, Viewer
from wfm.accounts.service import agreements, people, single_sign_on
from wfm.billing.service import questionnaires
from wfm.billing.service.drafting import draft_annual
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import keep_upload, run_import

__all__ = ["app", "callers"]

#: Pages whose tables are no lists of their own, and why.
NO_LISTS = {
    r"/(nutzung|warteschlangen)\b": "reports: the heading's menu has the whole report as CSV and XLSX",
    r"/anrufe/": "one call, as JSON by the interface",
    r"/(heute|personen)": "figures of single persons do not leave the page",
    r"/(anlage|verarbeitungsverzeichnis|folgenabschaetzung|barrierefreiheit|hilfe)": "documents, as PDF",
    r"/beitritt/\d+/(unterlage|vereinbarung)$": "documents, as PDF; JSON by the interface",
    r"/verzeichnis/einlesen$": "the files to edit and read in again",
    r"/quellen/vollstaendigkeit": "the heading's menu has every quarter of an hour; the gaps are a list",
}
FORMULA = "=HYPERLINK(0)"


class Shown(NamedTuple):
    """A table of a page, and where its files are."""

    caption: str
    rows: int
    files: dict[str, str]
    next: str | None


@pytest.fixture(scope="module")
def asked(callers: Callers) -> Callers:
    """The small centre with something in every list, and more than a page of some."""
    with transaction() as session:
        run_import(
            session,
            "numbers",
            _table("number;partner;valid_from", (f"+49511{n};{BURGDORF};2026-01-01" for n in range(900001, 900151))),
        )
        names = (f"SIP/{n};Person {n};2026-01-01" for n in range(150))
        run_import(session, "aliases", _table("alias;agent;valid_from", [*names, f"'{FORMULA};Person x;2026-01-01"]))
        services = (f"{99000000000000 + n};Leistung {n}" for n in range(150))
        run_import(session, "services", _table("leika_key;name", services))
        run_import(
            session, "hours", "weekday;day;opens;closes;valid_from\nMo;;08:00;18:00;2026-01-01\n;2026-12-24;;;\n"
        )
        run_import(
            session, "partners", f"key;name;kind;status;valid_from\n{BURGDORF};Burgdorf;municipality;full;2026-01-01\n"
        )
        for n in range(120):
            people.add_person(session, login=f"konto-{n}", name=FORMULA, role=Role.FINANCE, by="test")
        single_sign_on.add_mapping(
            session, claim="groups", value="x", role=Role.ADMIN, partner=None, place=1, by="test"
        )
        today = berlin_day(now())
        viewer = Viewer("test", Role.SUPERVISOR)
        questionnaires.ask(session, viewer, BURGDORF)
        agreements.propose_agreement(
            session, viewer, reference="A", scope="calls", reason="b", first_day=today, last_day=today
        )
        keep_upload(session, "numbers", "n.csv", b"number;partner;valid_from\n0511;nobody;x\n", by="test")
        _settled(session)
    callers("admin").send(*(event(n, "call.unheard_of", call=str(n)) for n in range(100, 250)), source="acd")
    callers("admin").send(event(400, "call.offered", call="z", queue="neu", dialled="+4951112345678"), source="acd")
    project()
    return callers


def _settled(session: Session) -> None:
    """A settlement to look at, of a month long closed."""
    umlage = billing.terms(session, "V1", {})
    billing.agree(session, umlage, BURGDORF, date(2025, 1, 1))
    billing.close(session, Month(2025, 1), {BURGDORF: (100, 20_000)})
    billing.cost(session, Month(2025, 1), 100_000)
    draft_annual(session, billing.FINANCE, Month(2025, 1).days, shadow=True)


def _table(heading: str, rows: object) -> str:
    return "\n".join([heading, *rows])  # type: ignore[misc]


PAGES = sorted(
    {
        (address, role)
        for method, address, *statuses in RIGHTS
        for role, status in zip(ROLES, statuses, strict=True)
        if method == "GET" and is_page(address) and status == "200" and role != "nobody" and "format=" not in address
    }
    | {
        (f"/verzeichnis/partner/{BURGDORF}", "municipality"),
        ("/verzeichnis/warteschlangen/bearbeiten?name=burgdorf", "supervisor"),
        ("/quellen/quelle?name=acd", "admin"),
        ("/quellen/vollstaendigkeit?monat=2026-09", "supervisor"),
        ("/quarantaene?stand=open", "admin"),
        ("/verwaltung/konten/1", "admin"),
        ("/abrechnung/abrechnungen/1", "finance"),
        ("/verzeichnis/rufnummern?nummer=9000", "supervisor"),
    }
)


@pytest.mark.parametrize(("address", "role"), PAGES)
def test_every_list_has_all_its_rows_as_files(asked: Callers, address: str, role: str) -> None:
    ask = asked(role, page=True)
    with ask.get(address) as response:
        html = response.text if response.mimetype == "text/html" else "<html></html>"
    for table in () if any(re.match(pattern, address) for pattern in NO_LISTS) else _tables(html):
        assert table.files, f"{address}: „{table.caption}“ cannot be downloaded"
        rows, further = table.rows, table.next
        while further:
            page = next(one for one in _tables(ask.get(further).text) if one.caption == table.caption)
            rows, further = rows + page.rows, page.next
        files = {form: ask.get(url) for form, url in table.files.items() if form != "json"}
        assert [one.status_code for one in files.values()] == [200, 200]
        # Whoever downloads the audit trail is in it.
        more = 0 if "liste=protokoll" not in table.files["csv"] else 1
        assert [len(_csv(files["csv"].data)) - 1, _xlsx_rows(files["xlsx"].data)] in ([rows, rows], [rows, rows + more])


def _tables(html: str) -> Iterator[Shown]:
    document = lxml.html.fromstring(html)
    for table in document.xpath(
        "//table[ancestor::div[@class='wfm-list'] or not(ancestor::details[contains(@class, 'wfm-chart__table')])]"
    ):
        (around,) = table.xpath("ancestor::div[@class='wfm-list']") or [None]
        links = [] if around is None else around.xpath(".//a[@download]/@href")
        files = {(re.findall(r"format=(\w+)$", url) or ["json"])[0]: url for url in links}
        further = table.xpath(
            "following::nav[contains(@class, 'wfm-pagination')][1]//a[contains(@href, 'cursor=')]/@href"
        )
        last = not table.xpath("following::table")
        yield Shown(
            table.xpath("string(caption)"),
            len(table.xpath("tbody/tr")),
            files,
            further[0] if further and last else None,
        )


def _csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def _xlsx_rows(content: bytes) -> int:
    """Rows of the first sheet below its heading."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = lxml.etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return len(sheet.findall(".//{*}row")) - 3


def test_a_file_reckons_nothing_and_holds_no_secret(asked: Callers) -> None:
    admin = asked("admin", page=True)
    accounts = _csv(admin.get("/verwaltung/konten?liste=konten&format=csv").data)
    assert accounts[0] == ["anmeldename", "name", "rolle", "partner", "name_als_agent", "gesperrt_seit"]
    assert {row[1] for row in accounts if row[0].startswith("konto-")} == {f"'{FORMULA}"}
    keys = _csv(admin.get("/verwaltung/schluessel?liste=zugangsschluessel&format=csv").data)
    assert keys[0] == [
        *("wofuer", "rolle", "partner", "rechte", "quelle"),
        *("angelegt", "gueltig_bis", "zuletzt_benutzt", "gesperrt_seit"),
    ]
    book = admin.get("/verwaltung/konten?liste=konten&format=xlsx").data
    with zipfile.ZipFile(io.BytesIO(book)) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")


def test_a_list_is_chosen_as_its_page_is(asked: Callers) -> None:
    admin = asked("admin", page=True)
    chosen = _csv(admin.get("/verwaltung/konten?liste=konten&format=csv&suche=konto-11").data)
    assert [row[0] for row in chosen[1:]] == ["konto-11", *(f"konto-{n}" for n in range(110, 120))]
    own = asked("municipality", page=True)
    rows = _csv(own.get("/verzeichnis/rufnummern?liste=rufnummern&format=csv").data)
    assert {row[1] for row in rows[1:]} == {"Burgdorf"}
    assert own.get("/verzeichnis/partner/03241005?liste=rufnummern&format=csv").status_code == 404
    assert own.get("/verwaltung/konten?liste=konten&format=csv").status_code == 403


def test_another_format_is_refused(asked: Callers) -> None:
    admin = asked("admin", page=True)
    assert admin.get("/verwaltung/konten?liste=konten&format=exe").status_code == 422
    assert admin.get("/verwaltung/konten?liste=konten").status_code == 422


@pytest.mark.parametrize("address", ["/verwaltung/konten", "/anrufe", "/warteschlangen", "/"])
@pytest.mark.parametrize("query", ["liste=unbekannt&format=csv", "liste=unbekannt", "format=csv", "format=exe"])
def test_what_is_no_list_of_a_page_is_not_there(asked: Callers, address: str, query: str) -> None:
    answer = asked("supervisor" if address == "/warteschlangen" else "admin", page=True).get(f"{address}?{query}")
    if address == "/anrufe" and query == "format=exe":
        assert answer.status_code == 422
    else:
        assert answer.status_code == 404
        assert "Eine solche Datei gibt es auf dieser Seite nicht." in answer.text
