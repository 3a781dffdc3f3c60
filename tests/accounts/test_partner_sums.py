"""Sums over partners: nothing of a single one can be reckoned from whatever is shown, by anybody who knows one part."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wfm.accounts.rules.partner_sums import is_safe, may_show, remainder_is_safe, shown_parts, together

PARTNERS = "ABCDEF"


@pytest.mark.parametrize(
    ("values", "safe"),
    [
        ([], False),
        ([10, 10, 10, 10], False),  # four partners: each of them would know the sum of three
        ([10, 10, 10, 10, 0], False),  # nothing is no part
        ([10, 10, 10, 10, 10], True),
        ([5, 5, 5, 5, 45], True),  # to one of the small ones: 45 of 60 that are not its own, 75 %
        ([5, 5, 5, 5, 46], False),
        ([1, 1, 1, 1, 1_000_000], False),
        ([545, 62, 61, 50, 48, 45, 43, 42], True),  # the Region's inhabitants: Hannover is less than half
    ],
)
def test_a_sum_of_counts(values: list[int], safe: bool):
    assert is_safe(values) == safe
    assert is_safe(values[::-1]) == safe


def test_one_figure_that_may_not_be_shown_hides_its_row():
    calls = dict.fromkeys(PARTNERS, (10, 8, 2))
    assert may_show(calls)
    assert not may_show(calls | dict.fromkeys("ABC", (10, 10, 0)))  # unanswered ones: of three partners only
    assert not may_show({})


def part(*values: int) -> dict[str, tuple[int]]:
    return {partner: (value,) for partner, value in zip(PARTNERS, values, strict=False)}


EVEN, SMALL, SINGLE = part(9, 9, 9, 9, 9, 9), part(2, 2, 2, 2, 2, 2), part(0, 0, 7)


def test_the_total_must_not_give_away_the_one_hidden_part():
    # Total less the even part would be the single partner's 7: the small part is hidden with it, 12 + 7 are safe.
    assert shown_parts({"even": EVEN, "single": SINGLE, "small": SMALL}) == {"even"}
    assert may_show(together([SINGLE, SMALL]))
    assert shown_parts({"even": EVEN, "small": SMALL}) == {"even", "small"}
    assert shown_parts({"single": SINGLE}) == frozenset()


def test_a_year_must_not_give_away_its_one_hidden_month():
    months = {"January": EVEN, "February": SINGLE}
    shown = {name for name, month in months.items() if may_show(month)}
    assert not remainder_is_safe(months, shown)
    assert remainder_is_safe({"January": EVEN, "March": part()}, {"January"})  # a month without calls hides nothing


Table = dict[str, dict[str, dict[str, tuple[int]]]]
counts = st.one_of(st.integers(0, 3), st.integers(0, 60))
tables = st.fixed_dictionaries(
    {
        month: st.fixed_dictionaries({service: st.tuples(*[counts] * len(PARTNERS)) for service in ("x", "y", "z")})
        for month in ("1", "2")
    }
)


@settings(max_examples=60)
@given(tables)
@example({month: {"x": (9,) * 6, "y": (2,) * 6, "z": (0, 0, 7, 0, 0, 0)} for month in "12"})
@example(
    {"1": {"x": (9,) * 6, "y": (9,) * 6, "z": (9,) * 6}, "2": {"x": (1, 0, 0, 0, 0, 0), "y": (0,) * 6, "z": (0,) * 6}}
)
def test_no_difference_of_what_is_shown_isolates_a_partner(numbers: dict[str, dict[str, tuple[int, ...]]]):
    """The attack by brute force: every set of cells (month, service) whose sum follows from shown sums by linear
    algebra, each of them seen by a partner who takes its own part away."""
    cells = [(month, service) for month in numbers for service in numbers[month]]
    known = [indicator(cells, shown) for shown in shown_sums(numbers)]
    for chosen in product((0, 1), repeat=len(cells)):
        if not any(chosen) or not follows(list(chosen), known):
            continue
        values = [
            sum(numbers[month][service][partner] for (month, service), one in zip(cells, chosen, strict=True) if one)
            for partner in range(len(PARTNERS))
        ]
        if not any(values):
            continue
        for reader in range(len(PARTNERS)):
            others = [value for partner, value in enumerate(values) if partner != reader and value]
            assert len(others) >= 4
            assert max(others) <= sum(others) * 0.75


def shown_sums(numbers: dict[str, dict[str, tuple[int, ...]]]) -> list[set[tuple[str, str]]]:
    """What the pages show, each as the cells it is the sum of: by month its services and its total, the year."""
    found: list[set[tuple[str, str]]] = []
    months = {
        month: {service: part(*values) for service, values in services.items()} for month, services in numbers.items()
    }
    totals = {month: together(services.values()) for month, services in months.items()}
    for month, services in months.items():
        found += [{(month, service)} for service in shown_parts(services)]
        if may_show(totals[month]):
            found.append({(month, service) for service in services})
    if remainder_is_safe(totals, {month for month in totals if may_show(totals[month])}):
        found.append({(month, service) for month, services in months.items() for service in services})
    return found


def indicator(cells: list[tuple[str, str]], chosen: set[tuple[str, str]]) -> list[int]:
    return [int(cell in chosen) for cell in cells]


def follows(vector: list[int], known: list[list[int]]) -> bool:
    """Whether a vector is a linear combination of others."""
    return rank([*known, vector]) == rank(known)


def rank(rows: list[list[int]]) -> int:
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        place = next((place for place in range(found, len(left)) if left[place][column]), None)
        if place is None:
            continue
        left[found], left[place] = left[place], left[found]
        pivot = left[found]
        for row in left[found + 1 :]:
            factor = row[column] / pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found
