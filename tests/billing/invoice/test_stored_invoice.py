"""Stored as JSON and read back, an invoice is the same and gives the same documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.billing.invoice.example import CORRECTION, EXEMPT, REGION, TAXED, invoice
from wfm.billing.formats import cii, zugferd
from wfm.billing.rules.stored_invoice import as_stored, from_stored


@pytest.mark.parametrize(
    "changed",
    [{}, TAXED | {"prepaid_cents": 5}, EXEMPT, CORRECTION, {"buyer": REGION, "notes": ("ä\nß",), "agreement": ""}],
)
def test_there_and_back(changed: dict[str, Any]):
    made = invoice(**changed)
    back = from_stored(json.loads(json.dumps(as_stored(made))))
    assert back == made
    assert cii.write(back) == cii.write(made)
    assert zugferd.write(back) == zugferd.write(made)


def test_days_end_exclusive_and_amounts_are_exact():
    stored = as_stored(invoice())
    assert stored["period"] == {"from": "2027-01-01", "to": "2028-01-01"}
    assert stored["lines"][0]["unit_price"] == "4.35"
    assert (stored["kind"], stored["treatment"]) == ("380", "O")
