"""The papers people get: tagged PDFs, gaps marked and never guessed, the command."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path

import pikepdf
import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy.orm import Session

from tests.billing.accession.conftest import NOW, fill
from tests.billing.accession.test_paper import answered
from tests.billing.accession.test_staff import planned
from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, agree, terms
from wfm.billing.formats import blocks, draft, draft_end, paper
from wfm.billing.models import Party
from wfm.billing.service.agreement_draft import agreement_data
from wfm.billing.service.decision_paper import Asked, decision_paper
from wfm.cli import cli
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.directory.rules.dated import Validity
from wfm.web.pages.documents import TABS

HOST = {"name": "Landeshauptstadt Hannover", "street": "Trammplatz 2", "postcode": "30159", "town": "Hannover"}


def words_of(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False)


def is_tagged(content: bytes) -> bool:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return (
            bool(pdf.Root.MarkInfo.Marked) and pdf.Root.Lang == "de-DE" and b"pdfuaid" in pdf.Root.Metadata.read_bytes()
        )


def told_of_figures(content: bytes) -> list[str]:
    """What each figure of a tagged PDF says to somebody who cannot see it."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        figures = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"]
        return [str(figure.get("/Alt", "")) for figure in figures]


def test_every_picture_has_its_words_and_its_table(session: Session):
    planned(session)
    answered(session, calls_a_year="6000", calls_source="Anlage", wished_start="2027-07-01")
    terms(session, "V3", {"price_per_minute_cents": 121, "unit": "second"}, "Preis <je> Minute & mehr")
    found = decision_paper(session, FINANCE, Asked(BURGDORF))
    document = paper.document_of(found)
    kinds = {part["title"]: [block["kind"] for block in part["blocks"]] for part in document["sections"]}
    pictured = [title for title, each in kinds.items() if "picture" in each]
    assert pictured == [
        "Erwartete Anrufe",
        "Personalbedarf mit und ohne Beitritt",
        "Möglichkeiten der Finanzierung",
        "Wirkung auf den Haushalt nach Jahren",
    ]
    assert all("table" in kinds[title] for title in pictured)
    told = told_of_figures(blocks.as_pdf(document, footer="x"))
    assert len(told) == 4
    calls = found["forecast"]["months"][0]
    assert any(f"Jan: {calls['expected']} ({calls['low']}–{calls['high']})" in each for each in told)
    assert any("mit Beitritt, viel" in each for each in told)
    assert sum("Preis <je> Minute & mehr" in each for each in told) == 2


def test_few_expected_and_many_stand_in_the_table_of_staff(session: Session):
    planned(session)
    answered(session, calls_a_year="20000", calls_source="Anlage", wished_start="2027-07-01")
    found = decision_paper(session, FINANCE, Asked(BURGDORF))
    (table,) = (block for block in paper.document_of(found)["sections"][4]["blocks"] if block["kind"] == "table")
    assert [row[0] for row in table["rows"]] == [
        "ohne Beitritt", "mit Beitritt, wenig", "mit Beitritt, erwartet", "mit Beitritt, viel"
    ]  # fmt: skip
    posts = [float(row[2].replace(",", ".")) for row in table["rows"]]
    assert posts == sorted(posts)
    assert posts[0] < posts[3]


def test_the_paper_answers_contract_cost_and_scope(session: Session):
    answered(session, calls_a_year="6000", calls_source="Anlage", wished_start="2027-07-01", questions="Und #raus[?]")
    found = decision_paper(session, FINANCE, Asked(BURGDORF))
    document = paper.document_of(found)
    glance = {row[0]: row[1] for row in document["sections"][0]["blocks"][1]["rows"]}
    assert "Zweckvereinbarung" in glance["Vertrag"]
    assert glance["Kosten"].startswith("im ersten vollen Jahr")
    assert "alle Leistungen" in glance["Umfang"]
    assert glance["Beginn"] == "01.07.2027"
    heads = document["sections"][6]["blocks"][0]["columns"]
    assert [head["title"] for head in heads] == ["Variante", "2027 (184 Tage)", "2028", "2029"]
    reckoned_with = document["sections"][6]["blocks"][-1]["rows"][-1]
    assert reckoned_with[0] == "Erwartete Anrufe der Kommune"
    assert [int(calls.replace(".", "")) for calls in reckoned_with[1:]] == [
        year["calls"]["expected"] for year in found["cost"]["years"]
    ]
    said = words_of(document)
    for source in ("NKomZG § 6 Abs. 2", "UStG § 2b Abs. 3 Nr. 2", "NPersVG § 67", "GV100AD"):
        assert source in said
    assert is_tagged(blocks.as_pdf(document, footer=paper.footer_of(found)))


def test_a_paper_of_nothing_is_a_paper_all_the_same(empty: Session):
    for partner in (BURGDORF, "REGION"):
        found = decision_paper(empty, FINANCE, Asked(partner))
        assert is_tagged(blocks.as_pdf(paper.document_of(found), footer=paper.footer_of(found)))


def test_a_draft_without_anything_on_file_is_full_of_gaps(empty: Session):
    document = draft.document_of(agreement_data(empty, MUNICIPALITY, BURGDORF))
    gaps = document["open_points"]
    assert {"Variante und Parameter der Finanzierung", "Kündigungsfrist", "Voraussetzungen der Auflösung", "Beginn",
            "Servicezeiten", "Leitweg-ID"} <= set(gaps)  # fmt: skip
    assert set(draft_end.ANNEXES) == set(TABS.values())  # the documents that are generated
    titles = [section["title"] for section in document["sections"]]
    assert titles[0] == "Beteiligte"
    assert titles[-2:] == ["Unterschriften", "Offene Stellen dieses Entwurfs"]
    assert any("Auflösung" in title for title in titles)
    assert "Keine Rechtsberatung" in document["about"]
    assert is_tagged(blocks.as_pdf(document, footer="x"))
    with pytest.raises(NotFound):
        agreement_data(empty, MUNICIPALITY, LANGENHAGEN)
    with pytest.raises(NotFound):
        agreement_data(empty, FINANCE, BURGDORF, terms_id=999_999)


def test_what_is_agreed_stands_in_the_draft(session: Session):
    session.add(Party(partner=None, valid=Validity(date(2026, 1, 1)), details=HOST, booking={}))
    of = terms(session, "V4", {"base_cents": 4_000_000, "usage_cents": 6_000_000}, cycle={"notice_months": 18})
    agree(session, of, BURGDORF, date(2027, 7, 1))
    answered(session, hours="Mo-Fr 8-18 Uhr", wished_start="2027-07-01", contact_office="Fachdienst Organisation")
    document = draft.document_of(agreement_data(session, FINANCE, BURGDORF))
    said = words_of(document)
    for words in (
        "Landeshauptstadt Hannover, Trammplatz 2, 30159 Hannover", "Grundbetrag nach Einwohnern", "40.000,00 €",
        "Frist: 18 Monate", "4 Abschläge im Jahr, fällig am 15.02., 15.05., 15.08., 15.11.", "binnen 28 Tagen",
        "Mo-Fr 8-18 Uhr", "Fachdienst Organisation", "31.051", "beginnt am 01.07.2027", "nicht steuerbar",
        "Verarbeitungsverzeichnis",
    ):  # fmt: skip
        assert words in said, words
    assert not {"Kündigungsfrist", "Beginn", "Servicezeiten"} & set(document["open_points"])
    assert "Voraussetzungen der Auflösung" in document["open_points"]


def test_a_draft_regulates_what_the_law_and_a_lawyer_ask_for(session: Session):
    """Each open place stands in the list at its end, with its section, and nothing there is part of the agreement."""
    answered(session, hours="Mo-Fr 8-18 Uhr", wished_start="2027-07-01")
    document = draft.document_of(agreement_data(session, FINANCE, BURGDORF))
    *parts, to_settle = document["sections"]
    said = {re.sub(r"^§ \d+ ", "", part["title"]): words_of(part) for part in parts}
    for title, words in {
        "Gegenstand und Umfang": "erlässt keine Bescheide",
        "Servicezeiten und Standards": "Folgen verfehlter Ziele",
        "Finanzierung": "ausschließlich Kosten erstattet",
        "Einwände und Prüfung": "Prüfungsrecht",
        "Datenschutz": "DSGVO Art. 26",
        "Haftung": "Haftung und ihre Grenzen",
        "Kündigung": "Das Ausscheiden lässt die Vereinbarung unter den übrigen bestehen",
        "Auflösung und Folgen": "Kommunalaufsichtsbehörde (NKomZG § 6 Abs. 2 Satz 2)",
        "Genehmigung, Bekanntmachung, Schlussbestimmungen": "NKomZG § 6 Abs. 1",
        "Anlagen": "Folgenabschätzung",
    }.items():
        assert words in said[title], title
    rows = to_settle["blocks"][1]["rows"]
    assert list(dict.fromkeys(row[2] for row in rows)) == document["open_points"]
    assert len(rows) == sum(words_of(part).count("[OFFEN: ") for part in parts)
    for _, where, what in rows:
        place = next(part for part in parts if part["title"] == where or part["title"].startswith(f"{where} "))
        assert f"[OFFEN: {what}]" in words_of(place)
    assert "[OFFEN" not in words_of(to_settle)


def test_paragraphs_are_numbered_without_gaps(empty: Session):
    # Without targets on file there was a (3) after a (1).
    data = agreement_data(empty, FINANCE, BURGDORF) | {"targets": []}
    for section in draft.document_of(data)["sections"]:
        texts = [block["text"] for block in section["blocks"] if block["kind"] == "text"]
        numbers = [int(found[1]) for found in (re.match(r"\((\d+)\) ", words) for words in texts) if found]
        assert numbers == list(range(1, len(numbers) + 1)), section["title"]


def test_wfm_decide(database: str, tmp_path: Path):
    with time_machine.travel(NOW, tick=False):
        with transaction() as session:
            fill(session)
        run = CliRunner().invoke
        files = [str(tmp_path / name) for name in ("paper.pdf", "draft.pdf", "paper.json")]
        made = run(cli, ["decide", BURGDORF, "--output", files[0], "--agreement", files[1]])
        assert made.exit_code == 0, made.output
        assert all(is_tagged(Path(file).read_bytes()) for file in files[:2])
        assert run(cli, ["decide", BURGDORF, "--output", files[2], "--json"]).exit_code == 0
        assert json.loads(Path(files[2]).read_text())["partner"] == BURGDORF
        unknown = run(cli, ["decide", "nobody", "--output", files[0]])
        assert isinstance(unknown.exception, NotFound)
