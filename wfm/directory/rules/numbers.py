"""Telephone numbers: one spelling for mappings and events, area codes, and what of a number may be shown."""

from __future__ import annotations

import re
from collections.abc import Container

#: Numbers of the whole network: who dials them may live anywhere, so they belong to no partner unless mapped.
SHARED_NUMBERS = frozenset({"115"})

#: Shorter numbers without a prefix are extensions, short codes or lack their area code.
SHORTEST_NATIONAL_NUMBER = 9
SHORTEST_AREA_CODE, LONGEST_AREA_CODE = 3, 6
MOBILE_PREFIXES = ("015", "016", "017")

#: Country calling codes (ITU-T E.164): of one digit, of two, and all others of three.
_COUNTRY = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{1,3}")
_ADDRESS = re.compile(r"^\s*(?:sips?|tel):([^@;?]*)", re.IGNORECASE)
_NO_DIGITS = re.compile(r"[^0-9]+")


def canonical_number(text: str) -> str:
    """The one spelling of a telephone number, whatever the telephone system or a clerk wrote.

    `+49 511 168-0`, `0049…`, `0511…` and `+49 (0)511…` all become `49511…`; other countries keep their plus; short
    codes such as `115` and whatever comes without a prefix stay as they are. What is withheld, empty or not a number
    (`anonymous`, `5,11E+11`) becomes the empty text. Never fails, and applying it twice changes nothing.
    """
    digits = text.removeprefix("+")
    if digits.isascii() and digits.isdigit():  # nearly all: nothing to strip
        international = text.startswith(("+", "00"))
    else:
        address = _ADDRESS.match(text)
        number = (address[1] if address else text).strip()
        if any(character.isalpha() for character in number):
            return ""
        digits = _NO_DIGITS.sub("", number)
        international = digits.startswith("00") or number.lstrip("( ").startswith("+")
    if international:
        digits = digits.lstrip("0")
        if digits.startswith("49"):
            return _german(digits[2:])
        return f"+{digits}" if digits else ""
    if digits.startswith("0"):
        return _german(digits)
    return digits


def _german(digits: str) -> str:
    """`49` and the number; German area codes never begin with 0, so a nought in brackets goes as well."""
    significant = digits.lstrip("0")
    if significant in SHARED_NUMBERS:  # 115 is reached from abroad and from mobiles with a prefix, too
        return significant
    return f"49{significant}" if significant else ""


def area_code(number: str, known_codes: Container[str]) -> str | None:
    """The area code of a canonical number, written `05136`, if it is one of the known ones (the longest wins)."""
    national = _national(number)
    for length in range(min(LONGEST_AREA_CODE, len(national)), SHORTEST_AREA_CODE - 1, -1):
        if national[:length] in known_codes:
            return national[:length]
    return None


def origin(number: str, known_codes: Container[str]) -> str:
    """Where a canonical number comes from, and never more of it.

    `05136` for a known area code, `015` for a mobile, `+41` for other countries, else the first digits that cannot be
    more than an area code; the empty text where it says no place.
    """
    if foreign := _COUNTRY.match(number.removeprefix("+")) if number.startswith("+") else None:
        return f"+{foreign[0]}"
    national = _national(number)
    if national.startswith(MOBILE_PREFIXES):
        return national[:SHORTEST_AREA_CODE]
    return area_code(number, known_codes) or national[:SHORTEST_AREA_CODE]


def mask(number: str, known_codes: Container[str]) -> str:
    """What may be shown of a caller's number: its origin and stars, `Mobil ***` for mobiles."""
    number = canonical_number(number)
    return masked_origin(origin(number, known_codes)) if number else "unterdrückt"


def masked_origin(came_from: str) -> str:
    """An origin as it is shown."""
    if came_from.startswith(MOBILE_PREFIXES):
        return "Mobil ***"
    return f"{came_from} ***" if came_from else "***"


def subscriber(number: str) -> str:
    """A canonical number in the spelling by which two calls of one number are known as such.

    Some exchanges leave out the nought and write `5136…` beside `05136…`.
    """
    return _national(number) or number


def _national(number: str) -> str:
    """A canonical number as dialled within Germany (`05136…`), or empty if it says no place.

    A long number without any prefix (`5136…`, some exchanges write it so) is read as one whose nought is missing.
    """
    if len(number) < SHORTEST_NATIONAL_NUMBER or not number.isdigit():
        return ""
    return f"0{number[2:]}" if number.startswith("49") else f"0{number}"
