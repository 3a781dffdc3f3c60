"""One document for each tax treatment, by the days of service."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.billing.rules.invoice import Line, Treatment, Unit
from wfm.billing.rules.treatment import NEW_LAW, TaxRule, split_by_treatment
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days

O, E, S = Treatment.NOT_TAXABLE, Treatment.EXEMPT, Treatment.TAXED  # noqa: E741 the letters of the norm
OLD = TaxRule(date(2026, 1, 1), O, "altes Recht")
NEW = TaxRule(NEW_LAW, O, "§ 2b UStG")
SEASON = Days(date(2026, 12, 1), date(2027, 2, 1))


def lump(net: int, days: Days = SEASON) -> Line:
    return Line.lump_sum("Anteil", net, days)


def test_a_period_over_the_change_gives_two_documents():
    before, after = split_by_treatment([lump(1001)], [OLD, NEW])
    assert (before.period, after.period) == (Days(date(2026, 12, 1), NEW_LAW), Days(NEW_LAW, date(2027, 2, 1)))
    assert [part.reason for part in (before, after)] == ["altes Recht", "§ 2b UStG"]
    assert [line.net_cents for part in (before, after) for line in part.lines] == [501, 500]  # 500.5 each


def test_two_documents_even_where_one_rule_covers_both():
    parts = split_by_treatment([lump(62)], [OLD])
    assert [(part.treatment, part.reason, part.lines[0].net_cents) for part in parts] == [
        (O, "altes Recht", 31),
        (O, "altes Recht", 31),
    ]


def test_taxed_beside_not_taxed_lines_of_known_days():
    december, january = Days(date(2026, 12, 1), NEW_LAW), Days(NEW_LAW, date(2027, 2, 1))
    calls = [
        Line("Anrufe", Decimal(n), Unit.CALL, Decimal(4), 400 * n, days) for n, days in ((1, december), (2, january))
    ]
    before, after = split_by_treatment([*calls, lump(-3)], [TaxRule(NEW_LAW, S), OLD])
    assert (before.treatment, before.lines) == (O, (calls[0], lump(-2, december)))
    assert (after.treatment, after.lines) == (S, (calls[1], lump(-1, january)))


def test_a_correction_keeps_the_treatment_of_the_days_of_service():
    (part,) = split_by_treatment([lump(-500, Days(date(2026, 6, 1), date(2026, 7, 1)))], [OLD, TaxRule(NEW_LAW, S)])
    assert (part.treatment, part.reason) == (O, "altes Recht")


def test_a_rule_that_says_the_same_again_divides_nothing():
    again = TaxRule(date(2026, 12, 10), O, "altes Recht")
    (part,) = split_by_treatment([lump(100, Days(date(2026, 12, 1), NEW_LAW))], [OLD, again])
    assert part.lines == (lump(100, Days(date(2026, 12, 1), NEW_LAW)),)


def test_a_quantity_over_the_change_is_not_guessed():
    line = Line("Anrufe", Decimal(3), Unit.CALL, Decimal(4), 1200, SEASON)
    with pytest.raises(RuleBroken, match=r"„Anrufe“ reicht über den 01\.01\.2027") as refused:
        split_by_treatment([line], [OLD])
    assert refused.value.code == "invoice.quantity_over_change"


def test_days_without_a_rule():
    with pytest.raises(RuleBroken, match=r"am 01\.12\.2026 nicht geregelt") as refused:
        split_by_treatment([lump(1)], [NEW])
    assert refused.value.code == "invoice.no_tax_rule"


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Line], list[TaxRule]]:
    days = st.dates(date(2026, 1, 1), date(2028, 1, 1))
    lines = [
        lump(draw(st.integers(-(10**6), 10**6)), Days(start, start + timedelta(days=draw(st.integers(1, 900)))))
        for start in draw(st.lists(days, min_size=1, max_size=5))
    ]
    rules = [
        TaxRule(day, draw(st.sampled_from([O, E, S])), draw(st.sampled_from("ab"))) for day in draw(st.lists(days))
    ]
    return lines, [TaxRule(date(2025, 1, 1), O, "a"), *rules]


@given(cases())
def test_nothing_is_lost_and_nothing_mixed(case: tuple[list[Line], list[TaxRule]]):
    lines, rules = case
    parts = split_by_treatment(lines, rules)
    assert sum(line.net_cents for part in parts for line in part.lines) == sum(line.net_cents for line in lines)
    assert sum(len(list(line.days)) for part in parts for line in part.lines) == sum(
        len(list(line.days)) for line in lines
    )
    keys = [(part.treatment, part.reason, part.period.start >= NEW_LAW) for part in parts]
    assert len(set(keys)) == len(keys)
    for part in parts:
        assert not part.period.start < NEW_LAW < part.period.end
        for line in part.lines:
            for day in line.days:
                valid = max(rule for rule in rules if rule.valid_from <= day)
                assert (valid.treatment, valid.reason) == (part.treatment, part.reason)
