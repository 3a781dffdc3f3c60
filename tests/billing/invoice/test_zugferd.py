"""The PDF claims what it should, carries the XML as the profile demands, and shows what the XML says.

No validator of PDF/A or PDF/UA is at hand: these are the claims, the tags and the attachment.
"""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest
from facturx import get_xml_from_pdf, xml_check_xsd

from tests.billing.invoice.example import BUYER, CALLS, CORRECTION, EXEMPT, REGION, TAXED, YEAR, invoice
from tests.reporting.test_pdf import opened, tags, text_of
from wfm.billing.formats import cii, zugferd
from wfm.billing.rules.invoice import Kind, Line, Profile

PROFILES = {
    Profile.XRECHNUNG: ("XRECHNUNG", "xrechnung.xml", "3.0"),
    Profile.EN_16931: ("EN 16931", "factur-x.xml", "1.0"),
}
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


@pytest.mark.parametrize("profile", PROFILES)
def test_it_says_what_it_is(profile: Profile):
    level, name, version = PROFILES[profile]
    with opened(zugferd.write(invoice(), profile)) as document:
        metadata = document.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("3", "A", "1")
        assert [
            metadata[f"{FX}{key}"] for key in ("ConformanceLevel", "DocumentFileName", "DocumentType", "Version")
        ] == [
            level,
            name,
            "INVOICE",
            version,
        ]
        xmp = document.Root.Metadata.read_bytes().decode()
        assert xmp.count("<pdfaExtension:schemas>") == 1  # a second one would be no XMP
        assert xmp.count("<pdfaSchema:prefix>fx</pdfaSchema:prefix>") == 1
        assert "/Filter" not in document.Root.Metadata


@pytest.mark.parametrize("profile", PROFILES)
def test_the_xml_is_attached(profile: Profile):
    _level, name, _version = PROFILES[profile]
    content = zugferd.write(invoice(), profile)
    with opened(content) as document:
        (file,) = document.Root.AF
        assert (str(file.AFRelationship), str(file.F), str(file.UF)) == ("/Alternative", name, name)
        assert str(file.EF.F.Subtype) == "/text/xml"
        assert file.EF.F.read_bytes() == cii.write(invoice(), profile)
        assert [str(key) for key in document.attachments] == [name]
    found, xml = get_xml_from_pdf(io.BytesIO(content), check_xsd=False)
    assert (found, xml) == (name, cii.write(invoice(), profile))
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931")


def test_it_is_for_everybody():
    with opened(zugferd.write(invoice(notes=("Ein Hinweis",)))) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "de-DE"
        assert document.docinfo["/Title"] == "Rechnung R-2027-0001"
        assert document.Root.ViewerPreferences.DisplayDocTitle
        kinds = tags(document)
        assert len(kinds["/Table"]) == 2
        assert len(kinds["/TH"]) == 7
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Positionen", "Zahlung", "Hinweise", "Rechnungssteller"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "1 Anrufe, angenommen Januar bis Dezember 2027 1.234 Anrufe 4,35 € 5.367,90 €"),
        ({}, "Gesamtbetrag 15.367,91 €"),
        ({}, "Nicht steuerbare Leistung nach § 2b UStG."),
        ({}, "Leitweg-ID 04011000-1234512345-06"),
        ({}, "Leistungszeitraum 01.01.2027 bis 31.12.2027"),
        ({}, "IBAN DE89 3704 0044 0532 0130 00"),
        ({}, "Bitte überweisen Sie 15.367,91 € bis zum 30.04.2028 auf dieses Konto:"),
        ({}, "Gemeinde Müsterßen an der Örtze Am Markt 2 12346 Müsterßen"),
        (TAXED, "Umsatzsteuer 19 % 2.919,90 € Gesamtbetrag 18.287,81 €"),
        (TAXED, "USt-IdNr. DE136695976"),
        (EXEMPT, "Umsatzsteuer 0,00 €"),
        ({"prepaid_cents": 1_000_000}, "abzüglich gezahlter Abschläge -10.000,00 € Zu zahlen 5.367,91 €"),
        ({"prepaid_cents": 2_000_000}, "Guthaben -4.632,09 €"),
        ({"prepaid_cents": 1_536_791}, "Es ist nichts zu zahlen."),
        (CORRECTION, "Rechnungskorrektur R-2027-0002"),
        (CORRECTION, "Zur Rechnung R-2027-0001 vom 31.03.2028."),
        (CORRECTION, "-34 Anrufe 4,35 € -147,90 €"),
        (CORRECTION, "Sie haben ein Guthaben von 150,40 €."),
        (CORRECTION | {"kind": Kind.CREDIT_NOTE, "lines": (CALLS,)}, "Wir überweisen 5.367,90 € bis zum 30.04.2028"),
        ({"buyer": REGION}, "Haus 3 <Eingang & Hof> Beispielstraße 20 12345 Hannover"),
        ({"lines": (Line.lump_sum('#read("/etc/passwd") *x* $y$ @z', 1, YEAR),)}, '#read("/etc/passwd") *x* $y$ @z'),
    ],
)
def test_what_people_read(changed: dict[str, Any], said: str):
    with opened(zugferd.write(invoice(**changed))) as document:
        assert said in text_of(document).replace("\u200b", "").replace("\u00ad", "")


def test_not_taxable_shows_no_vat_identifier():
    with opened(zugferd.write(invoice())) as document:
        assert "DE136695976" not in text_of(document)


def test_many_lines_take_many_pages():
    lines = tuple(Line.lump_sum(f"Anteil {number}", number, YEAR) for number in range(120))
    with opened(zugferd.write(invoice(lines=lines, buyer=REGION))) as document:
        pages = len(document.pages)
        words = text_of(document)
    assert pages > 2
    assert words.count("Pos. Leistung Menge Einzelpreis Betrag") >= pages - 1
    assert f"Seite {pages} von {pages}" in words


def test_the_same_invoice_gives_the_same_bytes():
    assert zugferd.write(invoice(**TAXED)) == zugferd.write(invoice(**TAXED))
    assert zugferd.write(invoice(buyer=BUYER)) != zugferd.write(invoice(buyer=REGION))


def test_what_writes_documents_is_loaded_when_one_is_written():
    heavy = {"drafthorse", "lxml", "pikepdf", "typst"}
    code = "import sys, wfm.billing.formats.zugferd; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not heavy & set(loaded)
