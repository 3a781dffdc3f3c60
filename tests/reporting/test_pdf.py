"""The document of a month: for everybody (PDF/UA), for archives (PDF/A), with the figures of the report, and nothing
that a name could do to it."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import pikepdf
import pytest
from sqlalchemy.orm import Session

from wfm.accounts.rules import Role, Viewer
from wfm.core.intervals import Month
from wfm.core.pdf import _UNKNOWN
from wfm.reporting.formats import german, render
from wfm.reporting.service.usage import usage_of_month

MONTH = Month(2026, 6)
HOSTILE = [
    '#read("/etc/passwd")',
    "*stern* _unter_ `code` $x^2$ @label <label> = Titel",
    "\\",
    '"; panic("x") //',
    "]#panic()[",
    "#" * 200,
    "Donaudampfschifffahrtsgesellschaftskapitän" * 20,
    "Zeile\nzwei\t\x00\x07 Ende",
    "漢字 🏛 \ufffe \ue000 ﷺ",
    "Ωμέγα Яблоко Łódź – „so“ €",
    "",
]


@pytest.fixture
def report(session: Session) -> dict[str, Any]:
    return usage_of_month(session, Viewer("test", Role.FINANCE), MONTH)


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def text_of(document: pikepdf.Pdf) -> str:
    """What the pages say, read as a screen reader does: glyphs by their font's table of characters."""
    found = []
    for page in document.pages:
        fonts = {name: characters(font) for name, font in page.Resources.Font.items()}
        font: dict[int, str] = {}
        for operands, operator in pikepdf.parse_content_stream(page):
            match str(operator):
                case "Tf":
                    font = fonts[str(operands[0])]
                case "Tj" | "TJ":
                    parts = operands[0] if str(operator) == "TJ" else operands
                    found += [glyphs(bytes(part), font) for part in parts if isinstance(part, pikepdf.String)]
                case "BDC" | "ET":
                    found.append(" ")
    return " ".join("".join(found).split())


def glyphs(codes: bytes, font: dict[int, str]) -> str:
    return "".join(font[int.from_bytes(codes[place : place + 2])] for place in range(0, len(codes), 2))


def characters(font: pikepdf.Object) -> dict[int, str]:
    table = font.ToUnicode.read_bytes().decode("latin-1")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, signs in re.findall(r"<(\w+)>\s*<(\w*)>", block):
            found[int(code, 16)] = bytes.fromhex(signs).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, signs in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            start = int.from_bytes(bytes.fromhex(signs))
            found |= {code: chr(start + code - int(first, 16)) for code in range(int(first, 16), int(last, 16) + 1)}
    return found


def test_it_is_for_everybody_and_for_archives(report: dict[str, Any]):
    with opened(render(report, "pdf")) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "de-DE"
        assert document.docinfo["/Title"] == "Nutzung Juni 2026"
        assert document.Root.ViewerPreferences.DisplayDocTitle
        metadata = document.open_metadata()
        assert (metadata["pdfuaid:part"], metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("1", "2", "A")
        kinds = tags(document)
        assert {"/H1", "/Table", "/TH", "/TD", "/Figure", "/Caption"} <= kinds.keys()
        (figure,) = kinds["/Figure"]
        assert str(figure.Alt).startswith("Balkendiagramm. Anrufe je Partner")
        assert "Hannover: " in str(figure.Alt)
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == [
                "Auf einen Blick",
                "Nutzung je Partner",
                "Nutzung je Leistung",
                "Wie Anrufe zugeordnet wurden",
                "Nicht zugeordnete Anrufe",
                "Was die Zahlen bedeuten",
            ]


def tags(document: pikepdf.Pdf) -> dict[str, list[Any]]:
    """The parts of the document by their kind."""
    found: dict[str, list[Any]] = {}
    waiting = [document.Root.StructTreeRoot]
    while waiting:
        part = waiting.pop()
        if isinstance(part, pikepdf.Array):
            waiting += list(part)
        elif isinstance(part, pikepdf.Dictionary):
            if "/S" in part:
                found.setdefault(str(part.S), []).append(part)
            if "/K" in part:
                waiting.append(part.K)
    return found


def test_its_figures_are_those_of_the_report(report: dict[str, Any]):
    with opened(render(report, "pdf")) as document:
        words = text_of(document)
        pages = len(document.pages)
    for row in (*report["rows"], report["unattributed"], report["total"]):
        name = row.get("name", "nicht zugeordnet" if row is report["unattributed"] else "Gesamt")
        counts = " ".join(german.count(row[key]) for key in ("calls", "calls_answered", "calls_refused", "offered"))
        assert f"{name} {counts} " in words
    assert german.duration(report["total"]["talk_s"]) in words
    for level in report["total"]["service_levels"].values():
        assert german.percent(level) in words
    assert f"Seite 1 von {pages}" in words
    assert f"Seite {pages} von {pages}" in words
    assert "Vollständig: alle Ereignisse" in words
    assert "Der Monat ist offen" in words
    assert "SIMULIERTE" not in words
    assert "mindestens 75,0 % nach A_T / O mit T = 30 s" in words


def test_it_says_closed_simulated_and_what_is_missing(report: dict[str, Any]):
    gap = {"source": "pbx", "start": "2026-06-09T09:00:00+02:00", "end": None, "kind": "missing", "text": "verloren"}
    report |= {"state": "closed", "generated": True, "complete": False, "gaps": [gap] * 40}
    with opened(render(report, "pdf")) as document:
        words = text_of(document)
    assert "Der Monat ist abgeschlossen" in words
    assert "ENTHÄLT SIMULIERTE ANRUFE" in words
    assert "NICHT VOLLSTÄNDIG: 40 Lücken." in words
    assert "09.06.26 09:00 bis auf Weiteres: pbx: verloren" in words
    assert "und 10 weitere." in words


def test_of_one_partner_it_holds_that_one_alone(session: Session):
    own = usage_of_month(session, Viewer("test", Role.MUNICIPALITY, "03241003"), MONTH)
    with opened(render(own, "pdf")) as document:
        words = text_of(document)
        assert document.docinfo["/Title"] == "Nutzung Juni 2026: Burgdorf"
    assert not re.search("Garbsen|Laatzen|Uetze|nicht zugeordnet|Gesamt", words)
    assert "nicht gezeigt, weil zu wenige" in words or own["together"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_name(report: dict[str, Any], name: str):
    told = copy.deepcopy(report)
    for row in told["rows"]:
        row["name"] = name
    told["unattributed"]["likely"] = [{**told["rows"][0], "name": name}]
    told["gaps"], told["complete"] = (
        [{"source": name, "start": None, "end": None, "kind": "missing", "text": name}],
        False,
    )
    told["definition"] |= {"label": name}
    with opened(render(told, "pdf")) as document:
        words = text_of(document).replace("\u200b", "")
    assert "root:" not in words
    if name in HOSTILE[:5]:
        assert name in words
    if name == HOSTILE[9]:
        assert name in words
    if name == HOSTILE[8]:
        assert "?? ?" in words


def test_every_sign_that_passes_has_its_glyph(report: dict[str, Any]):
    signs = "".join(sign for number in range(0x21, 0x10000) if not _UNKNOWN.match(sign := chr(number)))
    told = copy.deepcopy(report)
    told["definition"] |= {"label": signs[:300]}
    for place in range(0, len(signs), 40):
        told["rows"][place // 40 % 22]["name"] = signs[place : place + 40]
    render(told, "pdf")  # an archive takes no document that lacks one


def test_header_rows_come_again_on_every_page(report: dict[str, Any]):
    told = copy.deepcopy(report)
    services = [{**told["total"], "service": str(number), "name": f"Leistung {number}"} for number in range(120)]
    told["rows"][0]["by_service"] = services
    with opened(render(told, "pdf")) as document:
        pages = [text for page in range(len(document.pages)) if "Leistung 1" in (text := text_of_page(document, page))]
    assert len(pages) >= 3
    assert all("Partner Leistung Anrufe Anrufe angenommen" in page for page in pages)


def text_of_page(document: pikepdf.Pdf, number: int) -> str:
    single = pikepdf.new()
    single.pages.append(document.pages[number])
    return text_of(single)


def test_a_month_without_calls(session: Session):
    empty = usage_of_month(session, Viewer("test", Role.FINANCE), Month(2020, 1))
    with opened(render(empty, "pdf")) as document:
        assert "Keine Zahlen in diesem Monat." in text_of(document)
