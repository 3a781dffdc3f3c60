"""An invoice as ZUGFeRD (Factur-X): a tagged PDF for people that carries the same invoice as XML for programs.

Typst writes PDF/A-3a and PDF/UA-1 with the XML attached; what ZUGFeRD wants in the metadata beyond that, `fx:` with its
description, is put in here.
"""

from __future__ import annotations

import io
from importlib.resources import files

from wfm.billing.formats import cii
from wfm.billing.formats.page import document_of
from wfm.billing.rules.invoice import Invoice, Profile
from wfm.core.clock import start_of_day
from wfm.core.pdf import typeset

#: Name of the XML inside the PDF, and the version that goes with it (ZUGFeRD 2.3, technical annex).
FILE_NAMES = {Profile.XRECHNUNG: "xrechnung.xml", Profile.EN_16931: "factur-x.xml"}
_VERSIONS = {Profile.XRECHNUNG: "3.0", Profile.EN_16931: "1.0"}
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "ConformanceLevel": "The conformance level of the embedded invoice data",
    "DocumentFileName": "Name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "The version of the standard that the embedded XML follows",
}


def write(invoice: Invoice, profile: Profile = Profile.XRECHNUNG) -> bytes:
    """The PDF. The same invoice gives the same bytes: its day of issue is the day on which it says to be made.

    Raises RuleBroken("invoice.incomplete") if the profile demands something that is not there.
    """
    return around(cii.write(invoice, profile), invoice, profile)


def around(xml: bytes, invoice: Invoice, profile: Profile = Profile.XRECHNUNG) -> bytes:
    """The PDF around the invoice's XML, where that is there already."""
    made = typeset(
        files("wfm.billing").joinpath("data", "invoice.typ").read_bytes(),
        document_of(invoice, FILE_NAMES[profile]),
        attached=xml.decode(),
        made_at=start_of_day(invoice.issued),
    )
    return _described(made, profile)


def _described(content: bytes, profile: Profile) -> bytes:
    """The PDF whose metadata say that it is a ZUGFeRD document, and what the words for that mean (PDF/A-3, 6.6.2.3)."""
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as document:
        metadata = document.Root.Metadata
        text = metadata.read_bytes().decode()
        text = _before(text, "</rdf:Bag></pdfaExtension:schemas>", _schema())
        text = _before(text, "</rdf:RDF>", _claims(profile))
        metadata.write(text.encode())
        written = io.BytesIO()
        document.save(written, deterministic_id=True)
    return written.getvalue()


def _before(text: str, mark: str, inserted: str) -> str:
    assert text.count(mark) == 1, f"the metadata that Typst writes have changed: {mark}"
    return text.replace(mark, inserted + mark)


def _claims(profile: Profile) -> str:
    values = {
        "ConformanceLevel": profile.value,
        "DocumentFileName": FILE_NAMES[profile],
        "DocumentType": "INVOICE",
        "Version": _VERSIONS[profile],
    }
    inner = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value in values.items())
    return f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{inner}</rdf:Description>'


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, meaning in _PROPERTIES.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
