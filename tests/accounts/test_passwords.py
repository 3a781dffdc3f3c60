"""Which passwords are good enough."""

from __future__ import annotations

import pytest

from wfm.accounts.rules.passwords import check_password
from wfm.core.errors import BadInput


@pytest.mark.parametrize("good", ["Pferd Batterie Heft", "x9!kLm2#pQ7z", "drei Wörter mit Umläuten", "a b c d e f g"])
def test_long_ones_are_good(good: str):
    check_password(good, login="kern")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "kurz",
        "elfzeichen1",
        "x" * 257,
        "aaaaaaaaaaaa",
        "abababababab",
        "Passwort1234",
        "hannover2026",
        "qwertz123456",
    ],
)
def test_what_is_soon_guessed_is_refused(bad: str):
    with pytest.raises(BadInput) as refused:
        check_password(bad, login="kern")
    assert refused.value.details["field"] == "password"


def test_the_login_is_no_part_of_it():
    with pytest.raises(BadInput, match="Anmeldenamen"):
        check_password("Frau.Kern.Telefon", login="kern")
