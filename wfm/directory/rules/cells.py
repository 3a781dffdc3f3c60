"""What a clerk writes in the cell of a table: dates, times, numbers and keys, read strictly.

Each function takes the trimmed text of a cell, never empty, and raises ValueError with a German reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from wfm.core.errors import Sentence
from wfm.directory.rules.calendar import MINUTES_A_DAY, WEEKDAYS
from wfm.directory.rules.numbers import canonical_number

#: Years outside are slips of the pen; "until further notice" is an empty cell, not 9999.
PLAUSIBLE_YEARS = range(1990, 2100)
LONGEST_TEXT = 1000

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WEEKDAYS_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAYS_LONG = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_WEEKDAY = {
    word: number
    for words in (map(str.lower, WEEKDAYS), _WEEKDAYS_ENGLISH, _WEEKDAYS_LONG, map(str, range(7)))
    for number, word in enumerate(words)
}


def text(cell: str) -> str:
    if _CONTROL.search(cell):
        raise ValueError("enthält Steuerzeichen")
    if len(cell) > LONGEST_TEXT:
        raise ValueError(Sentence("ist länger als %(most)s Zeichen", most=LONGEST_TEXT))
    return cell


def day(cell: str) -> date:
    """`2026-01-31` or `31.01.2026`."""
    iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", cell, re.ASCII)
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", cell, re.ASCII)
    try:
        if iso:
            result = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif german:
            result = date(int(german[3]), int(german[2]), int(german[1]))
        else:
            raise ValueError
    except ValueError:
        raise ValueError(
            Sentence("„%(given)s“ ist kein Datum (2026-01-31 oder 31.01.2026)", given=_short(cell))
        ) from None
    if result.year not in PLAUSIBLE_YEARS:
        raise ValueError(
            Sentence("das Jahr %(year)s ist unplausibel; unbefristet heißt: leer lassen", year=result.year)
        )
    return result


def minute_of_day(cell: str) -> int:
    """`8:00`, `08:00` or `24:00` as minutes after midnight."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", cell, re.ASCII)
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minute <= MINUTES_A_DAY:
        raise ValueError(Sentence("„%(given)s“ ist keine Uhrzeit (08:00)", given=_short(cell)))
    return minute


def weekday(cell: str) -> int:
    """`Mo`, `Montag`, `Mon` or `0` as 0 (Monday) to 6 (Sunday)."""
    number = _WEEKDAY.get(cell.lower().rstrip("."))
    if number is None:
        raise ValueError(Sentence("„%(given)s“ ist kein Wochentag (Mo bis So oder 0 bis 6)", given=_short(cell)))
    return number


def whole_number(smallest: int, largest: int) -> Callable[[str], int]:
    """A reader of whole numbers within bounds."""

    def read(cell: str) -> int:
        if not re.fullmatch(r"\d{1,12}", cell, re.ASCII) or not smallest <= int(cell) <= largest:
            raise ValueError(
                Sentence(
                    "„%(given)s“ ist keine ganze Zahl von %(smallest)s bis %(largest)s",
                    given=_short(cell),
                    smallest=smallest,
                    largest=largest,
                )
            )
        return int(cell)

    return read


def percent(cell: str) -> Decimal:
    """`75`, `75 %` or `79,5` as a share: more than nothing, at most all, to a hundredth of a percent."""
    match = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,2}))? ?%?", cell, re.ASCII)
    share = Decimal(f"{match[1]}.{match[2] or 0}") / 100 if match else Decimal(0)
    if not 0 < share <= 1:
        raise ValueError(
            Sentence("„%(given)s“ ist kein Anteil in Prozent (mehr als 0, höchstens 100)", given=_short(cell))
        )
    return share


def short_name(cell: str) -> str:
    """A name for addresses and files: small letters, digits, hyphens."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", cell, re.ASCII):
        raise ValueError(
            Sentence(
                "„%(given)s“ ist kein Kurzname (kleine Buchstaben ohne Umlaute, Ziffern, Bindestriche)",
                given=_short(cell),
            )
        )
    return cell


def number(cell: str) -> str:
    """A telephone number in its canonical spelling."""
    canonical = canonical_number(cell)
    if not canonical or len(canonical) > 20:
        raise ValueError(
            Sentence("„%(given)s“ ist keine Rufnummer (in Excel die Spalte als Text formatieren)", given=_short(cell))
        )
    return canonical


def leika_key(cell: str) -> str:
    """A LeiKa key: 14 digits, which may be grouped by spaces."""
    key = cell.replace(" ", "")
    if not re.fullmatch(r"\d{14}", key, re.ASCII):
        raise ValueError(Sentence("„%(given)s“ ist kein LeiKa-Schlüssel (14 Ziffern)", given=_short(cell)))
    return key


def ags(cell: str) -> str:
    """The official key of a municipality (Amtlicher Gemeindeschlüssel): 8 digits, the first two name the Land."""
    if re.fullmatch(r"[1-9]\d{6}", cell, re.ASCII):
        raise ValueError(
            Sentence(
                "„%(cell)s“ ist kein AGS, die führende Null fehlt (in Excel die Spalte als Text formatieren)", cell=cell
            )
        )
    if not re.fullmatch(r"(0[1-9]|1[0-6])\d{6}", cell, re.ASCII):
        raise ValueError(Sentence("„%(given)s“ ist kein AGS (8 Ziffern)", given=_short(cell)))
    return cell


def area_codes(cell: str) -> tuple[tuple[str, bool], ...]:
    """Area codes, each with whether a star follows it; separated by semicolon, comma or space."""
    codes: dict[str, bool] = {}
    for word in re.split(r"[;,\s]+", cell.strip(" ;,")):
        match = re.fullmatch(r"(0[2-9]\d{1,4})(\*?)", word, re.ASCII)
        if not match:
            raise ValueError(
                Sentence("„%(given)s“ ist keine Ortsvorwahl (05136, mit Stern: nicht zuordnen)", given=_short(word))
            )
        codes[match[1]] = bool(match[2])
    return tuple(sorted(codes.items()))


def partner_key(cell: str) -> str:
    """The key of a partner: the AGS of a municipality, or a word such as REGION."""
    if any(character.isdigit() for character in cell):
        return ags(cell)
    if not re.fullmatch(r"[A-Za-z]{2,40}", cell):
        raise ValueError(Sentence("„%(given)s“ ist weder AGS noch REGION", given=_short(cell)))
    return cell.upper()


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one of the words, in any case."""

    def read(cell: str) -> str:
        if cell.lower() not in words:
            raise ValueError(
                Sentence("„%(given)s“ ist unbekannt (erlaubt: %(known)s)", given=_short(cell), known=", ".join(words))
            )
        return cell.lower()

    return read


def _short(cell: str) -> str:
    """A cell as it may stand in a message: printable and not longer than a line."""
    printable = "".join(character if character.isprintable() else "?" for character in cell)
    return printable if len(printable) <= 40 else f"{printable[:39]}…"
