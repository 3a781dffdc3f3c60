"""What a clerk writes in the cell of a table about money and papers, read strictly.

Each function takes the trimmed text of a cell, never empty, and raises ValueError with a German reason.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from wfm.billing.rules import identifiers
from wfm.billing.rules.invoice import Treatment
from wfm.billing.rules.parameters import MAX_CENTS
from wfm.core.errors import RuleBroken, Sentence
from wfm.directory.rules import cells

TREATMENTS = {name.lower(): name.lower() for name in Treatment.__members__} | {
    "nicht steuerbar": "not_taxable",
    "steuerbefreit": "exempt",
    "steuerpflichtig": "taxed",
}
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


def cents(cell: str) -> int:
    """`1.234,56`, `1,234.56`, `1234.5`, `-12 €` as cents. A single point or comma before three digits could mean
    either and is refused."""
    plain = re.sub(r"\s|€|EUR", "", cell)
    match = re.fullmatch(r"([+-]?)(\d[\d.,]*)", plain.replace("−", "-"), re.ASCII)
    if match is None:
        raise ValueError(Sentence("„%(given)s“ ist kein Betrag in Euro (1234,56)", given=cell[:40]))
    number = _decimal(match[2], cell)
    value = number * 100
    if value != int(value) or value > MAX_CENTS:
        raise ValueError(Sentence("„%(given)s“ hat Bruchteile eines Cents oder ist zu groß", given=cell[:40]))
    return -int(value) if match[1] == "-" else int(value)


def _decimal(digits: str, cell: str) -> Decimal:
    marks = [sign for sign in digits if sign in ".,"]
    if not marks:
        return Decimal(digits)
    last = marks[-1]
    whole, _, rest = digits.rpartition(last)
    if marks.count(last) > 1 and len(set(marks)) == 1:  # 1.234.567
        whole, rest, last = digits, "", "." if last == "," else ","
    elif len(marks) == 1 and len(rest) == 3:
        raise ValueError(
            Sentence("„%(given)s“ ist mehrdeutig: bitte mit zwei Stellen nach dem Komma schreiben", given=cell[:40])
        )
    grouping = "." if last == "," else ","
    if grouping in whole and not re.fullmatch(rf"\d{{1,3}}(\{grouping}\d{{3}})+", whole):
        raise ValueError(Sentence("„%(given)s“ ist kein Betrag in Euro (1234,56)", given=cell[:40]))
    if last in whole:
        raise ValueError(Sentence("„%(given)s“ ist kein Betrag in Euro (1234,56)", given=cell[:40]))
    return Decimal(f"{whole.replace(grouping, '')}.{rest or 0}")


def month(cell: str) -> date:
    """`2026-09`, `09.2026` or `09/2026` as the first day of the month."""
    match = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-01)?", cell, re.ASCII)
    year, number = (match[1], match[2]) if match else ("", "")
    if swapped := re.fullmatch(r"(?:01\.)?(\d{1,2})[./](\d{4})", cell, re.ASCII):
        number, year = swapped[1], swapped[2]
    if not year or not 1 <= int(number) <= 12 or int(year) not in cells.PLAUSIBLE_YEARS:
        raise ValueError(Sentence("„%(given)s“ ist kein Monat (2026-09 oder 09.2026)", given=cell[:40]))
    return date(int(year), int(number), 1)


def tax(cell: str) -> tuple[tuple[str, str], ...]:
    """`2026-01-01 not_taxable; 2027-01-01 taxed`: first day and treatment of services from then on."""
    found = []
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        first, _, word = part.partition(" ")
        treatment = TREATMENTS.get(word.strip().lower())
        if treatment is None:
            known = ", ".join(TREATMENTS)
            message = Sentence("„%(given)s“ ist keine steuerliche Behandlung (%(known)s)", given=word[:40], known=known)
            raise ValueError(message)
        found.append((cells.day(first).isoformat(), treatment))
    days = [day for day, _ in found]
    if not days or days != sorted(set(days)):
        raise ValueError(Sentence("die Tage müssen aufsteigen, keiner darf doppelt sein"))
    return tuple(found)


def tax_text(rules: list[dict[str, Any]]) -> str:
    """Stored rules as a cell."""
    return "; ".join(f"{rule['from']} {rule['treatment']}" for rule in rules)


def series(cell: str) -> str:
    """What numbers of documents begin with: capital letters and digits."""
    if not re.fullmatch(r"[A-Z0-9]{1,10}", cell, re.ASCII):
        raise ValueError(Sentence("„%(given)s“ sind nicht 1 bis 10 Großbuchstaben und Ziffern", given=cell[:20]))
    return cell


def leitweg_id(cell: str) -> str:
    try:
        return identifiers.leitweg_id(cell)
    except RuleBroken:
        words = "„%(given)s“ ist keine Leitweg-ID: Form oder Prüfziffern passen nicht (04011000-1234512345-06)"
        raise ValueError(Sentence(words, given=cell[:50])) from None


def iban(cell: str) -> str:
    try:
        return identifiers.iban(cell)
    except RuleBroken:
        raise ValueError(Sentence("„%(given)s“ ist keine gültige IBAN", given=cell[:40])) from None


def bic(cell: str) -> str:
    try:
        return identifiers.bic(cell)
    except RuleBroken:
        raise ValueError(Sentence("„%(given)s“ ist kein gültiger BIC", given=cell[:40])) from None


def vat_id(cell: str) -> str:
    try:
        return identifiers.vat_id(cell)
    except RuleBroken:
        message = Sentence("„%(given)s“ ist keine gültige Umsatzsteuer-Identifikationsnummer", given=cell[:40])
        raise ValueError(message) from None


def email(cell: str) -> str:
    if not _EMAIL.fullmatch(cell) or len(cell) > 200:
        raise ValueError(Sentence("„%(given)s“ ist keine E-Mail-Adresse", given=cell[:40]))
    return cell


def postcode(cell: str) -> str:
    if not re.fullmatch(r"\d{5}", cell, re.ASCII):
        raise ValueError(Sentence("„%(given)s“ ist keine Postleitzahl (5 Ziffern)", given=cell[:40]))
    return cell
