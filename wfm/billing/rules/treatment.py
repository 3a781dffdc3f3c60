"""One document for each tax treatment: EN 16931 forbids category O beside any other (BR-O-11 to BR-O-14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise

from wfm.billing.rules.allocation import hamilton
from wfm.billing.rules.invoice import Line, Treatment, Unit
from wfm.billing.rules.periods import number_of_days
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days

#: Services from this day on fall under UStG s. 2b; the option for the old law covers those before (s. 27(22a)).
NEW_LAW = date(2027, 1, 1)


@dataclass(frozen=True, order=True, slots=True)
class TaxRule:
    """What an agreement says about the tax on services rendered from a day on, until its next rule."""

    valid_from: date
    treatment: Treatment
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What goes on one document; the period is that of its lines."""

    treatment: Treatment
    reason: str
    period: Days
    lines: tuple[Line, ...]


#: Treatment, its reason, and whether the new law is in force: what all lines of a document share.
_Key = tuple[Treatment, str, bool]


def split_by_treatment(lines: Sequence[Line], rules: Sequence[TaxRule]) -> list[Part]:
    """Lines by the treatment in force on their days of service, in the order of time.

    `NEW_LAW` divides in any case: a period over 31.12.2026 gives two documents even if neither side is taxed. A lump
    sum over a change is divided by days (largest remainder, ties to the earlier part); a quantity is known for each
    side and never guessed. What is corrected later keeps the treatment of its days of service, since only they count.

    Raises:
        RuleBroken: `invoice.no_tax_rule` (days before the first rule), `invoice.quantity_over_change`.
    """
    found: dict[_Key, list[Line]] = {}
    for line in lines:
        for key, piece in _pieces(line, sorted(rules)):
            found.setdefault(key, []).append(piece)
    parts = [
        Part(
            treatment,
            reason,
            Days(min(line.days.start for line in same), max(line.days.end for line in same)),
            tuple(same),
        )
        for (treatment, reason, _), same in found.items()
    ]
    return sorted(parts, key=lambda part: part.period)


def _pieces(line: Line, rules: Sequence[TaxRule]) -> Iterator[tuple[_Key, Line]]:
    inside = {day for day in (NEW_LAW, *(rule.valid_from for rule in rules)) if line.days.start < day < line.days.end}
    cuts = [line.days.start, *sorted(inside), line.days.end]
    keyed = [(_key(line, start, rules), start, end) for start, end in pairwise(cuts)]
    runs = [(key, list(run)) for key, run in groupby(keyed, key=lambda one: one[0])]
    pieces = [(key, Days(run[0][1], run[-1][2])) for key, run in runs]
    if len(pieces) == 1:
        yield pieces[0][0], line
        return
    if line.unit is not Unit.LUMP_SUM:
        raise RuleBroken(
            "invoice.quantity_over_change",
            Sentence(
                "„%(name)s“ reicht über den %(day)s, an dem sich die Umsatzsteuer ändert: Die Menge muss für beide "
                "Seiten getrennt angegeben werden.",
                name=line.name,
                day=f"{pieces[1][1].start:%d.%m.%Y}",
            ),
        )
    amounts = _by_days(line.net_cents, [days for _, days in pieces])
    for (key, days), amount in zip(pieces, amounts, strict=True):
        yield key, replace(Line.lump_sum(line.name, amount, days), description=line.description)


def _key(line: Line, day: date, rules: Sequence[TaxRule]) -> _Key:
    valid = [rule for rule in rules if rule.valid_from <= day]
    if not valid:
        raise RuleBroken(
            "invoice.no_tax_rule",
            Sentence(
                "Für „%(name)s“ ist am %(day)s nicht geregelt, ob Umsatzsteuer anfällt.",
                name=line.name,
                day=f"{day:%d.%m.%Y}",
            ),
        )
    return valid[-1].treatment, valid[-1].reason, day >= NEW_LAW


def _by_days(total: int, pieces: Sequence[Days]) -> list[int]:
    weights = {f"{days.start}": number_of_days(days) for days in pieces}
    return [part.cents for part in hamilton(total, weights).values()]
