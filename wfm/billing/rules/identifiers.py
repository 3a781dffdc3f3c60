"""Numbers with a check digit that a document carries: Leitweg-ID, IBAN, BIC, VAT identifier."""

from __future__ import annotations

import re

_LEITWEG = re.compile(r"(\d{2,12})(?:-([A-Z0-9]{1,30}))?-(\d{2})", re.ASCII)


def leitweg_id(text: str) -> str:
    """The Leitweg-ID in its written form (upper case). Raises ValueError if it is none.

    Coarse address, optional fine address, check digits by ISO 7064 mod 97-10 (KoSIT, Leitweg-ID format 2.0.2).
    """
    raise NotImplementedError
