"""Numbers with check digits: real examples, and no typing error in one digit gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.billing.rules import identifiers
from wfm.core.errors import RuleBroken

#: From the format specification and from published authorities of other Länder.
LEITWEG_IDS = (
    "04011000-1234512345-06",
    "04011000-12345-03",
    "992-90009-96",
    "09564000-NUE0001-49",
    "04011000-900X999-08",
)
IBAN = "DE89370400440532013000"


@pytest.mark.parametrize("text", LEITWEG_IDS)
def test_leitweg_ids_as_published(text: str):
    assert identifiers.leitweg_id(text) == text
    assert identifiers.leitweg_id(f" {text.lower()} ") == text


@st.composite
def one_digit_changed(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    text = draw(st.sampled_from(texts))
    place = draw(st.sampled_from([place for place, sign in enumerate(text) if sign.isdigit()]))
    digit = draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    return f"{text[:place]}{digit}{text[place + 1 :]}"


@given(one_digit_changed(LEITWEG_IDS))
def test_one_wrong_digit_of_a_leitweg_id_is_caught(text: str):
    with pytest.raises(RuleBroken) as refused:
        identifiers.leitweg_id(text)
    assert refused.value.code == "invoice.leitweg_id"
    assert text in refused.value.message


@given(one_digit_changed((IBAN,)))
def test_one_wrong_digit_of_an_iban_is_caught(text: str):
    with pytest.raises(RuleBroken):
        identifiers.iban(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "04011000", "04011000-06-", "04011000--45", "0401100012345-1234512345-06", "A4011000-12345-03"),
        f"04011000-{'1' * 31}-06",
        "04011000-12345-03\n04011000-12345-03",
        "٠٤٠١١٠٠٠-12345-03",
    ],
)
def test_what_has_not_the_form_of_a_leitweg_id(text: str):
    with pytest.raises(RuleBroken) as refused:
        identifiers.leitweg_id(text)
    assert "Grobadressierung" in refused.value.message


def test_iban_bic_and_vat_id():
    assert identifiers.iban("DE89 3704 0044 0532 0130 00") == IBAN
    assert identifiers.bic("cobadeffxxx") == "COBADEFFXXX"
    assert identifiers.vat_id("DE 136 695 976") == "DE136695976"
    wrong = {"iban": f"{IBAN}0", "bic": "COBADE", "vat_id": "136695976"}
    for name, text in wrong.items():
        with pytest.raises(RuleBroken) as refused:
            getattr(identifiers, name)(text)
        assert refused.value.code == f"invoice.{name}"
