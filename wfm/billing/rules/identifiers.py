"""Numbers with check digits that a document carries. Each function gives the written form back or says what is wrong.

They raise RuleBroken("invoice.<what>"); nothing is ever derived or guessed: a Leitweg-ID comes from its owner. The
library is imported where a number is checked: it brings `pydoc` along, a twentieth of a second of every start.
"""

from __future__ import annotations

from wfm.core.errors import RuleBroken, Sentence


def leitweg_id(text: str) -> str:
    """`04011000-1234512345-06`: coarse address, optional fine address, check digits by ISO 7064 mod 97-10.

    KoSIT, Format specification of the Leitweg-ID 2.0.2. The first two digits are a Land (01 to 16) or the Bund (99).
    """
    from stdnum.de import leitweg
    from stdnum.exceptions import InvalidChecksum, InvalidFormat, ValidationError

    try:
        if "--" in text:  # the library takes an empty fine address, the specification does not
            raise InvalidFormat
        return leitweg.validate(text)
    except InvalidChecksum:
        message = Sentence("%(value)s ist keine Leitweg-ID: Die Prüfziffern am Ende passen nicht.", value=text)
    except ValidationError:
        message = Sentence(
            "%(value)s ist keine Leitweg-ID: Sie besteht aus Grobadressierung (2 bis 12 Ziffern), auf Wunsch einer "
            "Feinadressierung und zwei Prüfziffern, getrennt durch Bindestriche, etwa 04011000-1234512345-06.",
            value=text,
        )
    raise RuleBroken("invoice.leitweg_id", message, value=text)


def iban(text: str) -> str:
    """Without blanks; length and form by country, check digits by ISO 13616."""
    from stdnum import iban as stdnum_iban
    from stdnum.exceptions import ValidationError

    try:
        return stdnum_iban.validate(text)
    except ValidationError:
        message = Sentence("%(value)s ist keine gültige IBAN.", value=text)
    raise RuleBroken("invoice.iban", message, value=text)


def iban_in_groups(text: str) -> str:
    """As people read it: in groups of four (ISO 13616)."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def bic(text: str) -> str:
    """8 or 11 characters (ISO 9362)."""
    from stdnum import bic as stdnum_bic
    from stdnum.exceptions import ValidationError

    try:
        return stdnum_bic.validate(text)
    except ValidationError:
        message = Sentence("%(value)s ist kein gültiger BIC.", value=text)
    raise RuleBroken("invoice.bic", message, value=text)


def vat_id(text: str) -> str:
    """Of a member state of the European Union, with the country's letters (`DE...`)."""
    from stdnum.eu import vat
    from stdnum.exceptions import ValidationError

    try:
        return vat.validate(text)
    except ValidationError:
        message = Sentence("%(value)s ist keine gültige Umsatzsteuer-Identifikationsnummer.", value=text)
    raise RuleBroken("invoice.vat_id", message, value=text)
