"""Callers' numbers and patience.

No number can belong to anybody: landline numbers begin with 000 behind the area code, the others are the ranges that
the Bundesnetzagentur and its sisters abroad keep for film and press, German ones lengthened by digits.
"""

from __future__ import annotations

from random import Random

ELSEWHERE = ("3023125", "4066969", "6990009", "8999998", "2214710")
MOBILE = ("17139200", "176040690")
ABROAD = ("+12025550", "+442079460")


def caller_number(rng: Random, area_code: str) -> str:
    """The caller's number as the log shows it: often withheld or mobile, in the mixed spellings of a real exchange."""
    kind = rng.random()
    if kind < 0.12:
        return ("anonymous", "anonymous", "", "Anonymous")[int(rng.random() * 4)]
    if kind < 0.13:
        return f"{ABROAD[int(rng.random() * 2)]}{int(rng.random() * 1000):03d}"
    if kind < 0.47:
        return _spelled(rng, f"{MOBILE[int(rng.random() * 2)]}{int(rng.random() * 10_000):04d}")
    if kind < 0.52:
        return _spelled(rng, f"{ELSEWHERE[int(rng.random() * 5)]}{int(rng.random() * 1000):03d}")
    return _spelled(rng, f"{area_code[1:]}000{10_000 + int(rng.random() * 90_000)}")


def _spelled(rng: Random, national: str) -> str:
    spelling = rng.random()
    if spelling < 0.5:
        return "+49" + national
    if spelling < 0.6:
        return "0049" + national
    return ("0" if spelling < 0.85 else "") + national


def patience_s(rng: Random) -> float:
    """How long a caller waits: one in twenty hangs up at the first sound of music, the others thin out (Weibull)."""
    if rng.random() < 0.05:
        return rng.expovariate(1 / 8.0)
    return rng.weibullvariate(420.0, 1.2)
