"""What partners see of each other: sums over all of them, and only such as tell nothing of a single one.

Whoever reads a sum knows their own part of it. What is left must come from at least four others, none of whom makes up
most of it (frequency and (1,k)-dominance rules of statistical disclosure control; Hundepool et al., Statistical
Disclosure Control, 2012, ch. 4). The answer is the same for every reader, so it tells nothing by itself.

Safe sums stay safe when they are added up: a partner's part is at most DOMINANCE_PERCENT of either sum less any other
partner's part, and so it is of both together. What is to be watched are differences alone: a sum less its shown parts
is what the hidden parts add up to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

#: Partners with a part in a sum, the reader included.
FEWEST_PARTNERS = 5
#: The greatest share of one partner in what is left of a sum without another one's part.
DOMINANCE_PERCENT = 75

#: Figures of each partner, in one order for all: those that can be reckoned from others are among them.
Figures = Sequence[int]
Part = Mapping[str, Figures]


def is_safe(values: Iterable[int]) -> bool:
    """Whether the sum of these counts, one a partner, may be read by any of those partners and by strangers."""
    given = sorted((value for value in values if value > 0), reverse=True)
    if len(given) < FEWEST_PARTNERS:
        return False
    first, second, *_ = given
    return 100 * first <= DOMINANCE_PERCENT * (sum(given) - second)


def may_show(part: Part) -> bool:
    """Whether all figures of a row, summed over partners, may be shown. One that may not hides the row: figures of a
    row are reckoned from one another."""
    return bool(part) and all(map(is_safe, zip(*part.values(), strict=True)))


def together(parts: Iterable[Part]) -> dict[str, tuple[int, ...]]:
    """The parts (services of a month, months of a year) added up, by partner."""
    sums: dict[str, tuple[int, ...]] = {}
    for part in parts:
        for partner, figures in part.items():
            before = sums.get(partner, (0,) * len(figures))
            sums[partner] = tuple(a + b for a, b in zip(before, figures, strict=True))
    return sums


def shown_parts(parts: Mapping[str, Part]) -> frozenset[str]:
    """Those parts of a total that may be shown beside it. Hidden are the unsafe ones, and of the others, from the
    smallest on, as many as it takes for the hidden ones to be safe in sum."""
    shown = {name for name, part in parts.items() if may_show(part)}
    by_size = sorted(shown, key=lambda name: (sum(figures[0] for figures in parts[name].values()), name))
    for name in by_size:
        if remainder_is_safe(parts, shown):
            break
        shown.remove(name)
    return frozenset(shown)


def remainder_is_safe(parts: Mapping[str, Part], shown: Collection[str]) -> bool:
    """Whether a total may be shown beside these of its parts: nothing is hidden, or what is hidden is safe in sum."""
    hidden = together(part for name, part in parts.items() if name not in shown)
    return not any(map(any, hidden.values())) or may_show(hidden)
