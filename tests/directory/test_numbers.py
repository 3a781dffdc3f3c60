"""Numbers in one spelling, and what of them may be shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.directory.rules.numbers import area_code, canonical_number, mask

KNOWN = frozenset({"0511", "05136", "05131", "0513"})
SPELLINGS = st.text(alphabet="0123456789+ ()-/.*#anoymus:@", max_size=24) | st.text(max_size=24)


@pytest.mark.parametrize(
    ("written", "canonical", "code", "shown"),
    [
        ("+49 511 168-0", "495111680", "0511", "0511 ***"),
        ("+495110000168", "495110000168", "0511", "0511 ***"),
        ("0049 5136 000010", "495136000010", "05136", "05136 ***"),
        ("05136/000010", "495136000010", "05136", "05136 ***"),
        ("+49 (0)5136 000010", "495136000010", "05136", "05136 ***"),
        ("495136000010", "495136000010", "05136", "05136 ***"),
        ("sip:+495136000010@exchange.example", "495136000010", "05136", "05136 ***"),
        ("tel:05136000010;ext=3", "495136000010", "05136", "05136 ***"),
        # without any prefix: kept as written, read as a national number whose nought is missing
        ("5136000010", "5136000010", "05136", "05136 ***"),
        ("1760406123", "1760406123", None, "Mobil ***"),
        ("0176 0406123", "491760406123", None, "Mobil ***"),
        ("0513 4567890", "495134567890", "0513", "0513 ***"),  # the longest known code, not the longest possible
        ("089 1234567", "49891234567", None, "089 ***"),
        ("+380 44 123 45 67", "+380441234567", None, "+380 ***"),
        ("0041 44 123 45 67", "+41441234567", None, "+41 ***"),
        ("+1 202 555 0100", "+12025550100", None, "+1 ***"),
        ("115", "115", None, "***"),
        ("+49115", "115", None, "***"),
        ("0115", "115", None, "***"),
        ("1013", "1013", None, "***"),
        ("", "", None, "unterdrückt"),
        ("0", "", None, "unterdrückt"),
        ("+", "", None, "unterdrückt"),
        ("anonymous", "", None, "unterdrückt"),
        ("Anonymous", "", None, "unterdrückt"),
        ("anonymous 4711", "", None, "unterdrückt"),
        ("4,95E+11", "", None, "unterdrückt"),  # what Excel makes of a number
    ],
)
def test_spellings(written: str, canonical: str, code: str | None, shown: str) -> None:
    assert canonical_number(written) == canonical
    assert area_code(canonical, KNOWN) == code
    assert mask(written, KNOWN) == shown
    assert mask(canonical, KNOWN) == shown


@given(SPELLINGS)
def test_one_spelling_is_final(written: str) -> None:
    canonical = canonical_number(written)
    assert canonical_number(canonical) == canonical
    assert re.fullmatch(r"\+?[0-9]+|", canonical)


@given(st.integers(20_000_000, 999_999_999_999))
def test_prefixes_make_no_difference(significant: int) -> None:
    spellings = {canonical_number(f"{prefix}{significant}") for prefix in ("+49", "0049", "0", "+49 (0)", "+49-")}
    assert spellings == {f"49{significant}"}


@given(SPELLINGS | st.from_regex(r"\A(\+49|0049|0|\+|00|)[0-9]{3,14}\Z"), st.frozensets(st.sampled_from(sorted(KNOWN))))
def test_mask_never_shows_more_than_the_area_code(written: str, known: frozenset[str]) -> None:
    shown = mask(written, known)
    digits = re.sub(r"[^0-9]", "", shown)
    assert shown == "unterdrückt" or shown.endswith("***")
    if shown.startswith("+"):
        assert 1 <= len(digits) <= 3
        assert canonical_number(written).startswith(f"+{digits}")
    else:
        assert digits in known or len(digits) <= 3
        # what is left out is at least the subscriber's part of a number
        assert not digits or len(canonical_number(written).removeprefix("49")) - len(digits.lstrip("0")) >= 2
