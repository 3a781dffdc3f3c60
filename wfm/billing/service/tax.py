"""What a partner is charged for, by days of service: their tax treatment is that of the day, not of the bill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from typing import Any

from wfm.billing.rules.invoice import Line, Treatment
from wfm.billing.rules.periods import in_force
from wfm.billing.rules.treatment import TaxRule, split_by_treatment
from wfm.billing.service.restating import Restated
from wfm.core.intervals import Days

#: As an agreement states it.
TREATMENTS: Mapping[str, Treatment] = {
    "not_taxable": Treatment.NOT_TAXABLE,
    "exempt": Treatment.EXEMPT,
    "taxed": Treatment.TAXED,
}


#: Why no tax is due (BT-120), unless the agreement says it in its own words.
REASONS: Mapping[Treatment, str] = {
    Treatment.NOT_TAXABLE: "Nicht steuerbare Leistung, keine Umsatzsteuer",
    Treatment.EXEMPT: "Steuerfreie Leistung",
    Treatment.TAXED: "",
}


def charged_lines(inputs: Mapping[str, Any], charge: Mapping[str, Any]) -> list[Line]:
    """A partner's share of the period, and of each earlier one that was corrected, as lump sums over their days.

    What was charged before (advances) is not among them: it is taken off in the end.
    """
    own = own_line(inputs, charge)
    corrections = [line for _, line in correction_lines(inputs, charge["partner"])]
    return [own, *corrections] if own.net_cents else corrections


def own_line(inputs: Mapping[str, Any], charge: Mapping[str, Any], name: str = "Anteil an den Kosten") -> Line:
    """A partner's share of the period itself, over its days of membership."""
    return Line.lump_sum(
        name, charge["own"], _days(inputs["sources"]["agreements"], charge["partner"], _period(inputs["run"]))
    )


def correction_lines(inputs: Mapping[str, Any], partner: str) -> list[tuple[int, Line]]:
    """What corrections add to the partner's shares of earlier settlements, each with that settlement's id."""
    lines = []
    for stored in inputs.get("earlier", ()):
        restated = Restated.from_json(stored)
        cents = restated.differences().get(partner, 0)
        if cents:
            days = _days(stored["agreements"], partner, _period(stored["after"]))
            lines.append((restated.settlement_id, Line.lump_sum("Berichtigung früherer Monate", cents, days)))
    return lines


def tax_rules(inputs: Mapping[str, Any], partner: str) -> list[TaxRule]:
    """What the partner's agreements say, as they stood when it was reckoned; of corrected periods those of then.

    Each speaks of its own days only: what one says of days after its end is not what the next one says.
    """
    earlier = [agreement for stored in inputs.get("earlier", ()) for agreement in stored["agreements"]]
    agreements = [*earlier, *inputs["sources"]["agreements"]]
    return sorted({rule for each in agreements if each["partner"] == partner for rule in _rules_of(each)})


def _rules_of(agreement: Mapping[str, Any]) -> Iterator[TaxRule]:
    start, end = date.fromisoformat(agreement["from"]), date.fromisoformat(agreement["to"])
    told = sorted(_rule(each) for each in agreement["tax"])
    for rule, following in zip_longest(told, told[1:]):
        if rule.valid_from < end and (following is None or following.valid_from > start):
            yield replace(rule, valid_from=max(rule.valid_from, start))


def _rule(stored: Mapping[str, Any]) -> TaxRule:
    treatment = TREATMENTS[stored["treatment"]]
    return TaxRule(date.fromisoformat(stored["from"]), treatment, stored.get("reason") or REASONS[treatment])


def by_treatment(inputs: Mapping[str, Any], charge: Mapping[str, Any]) -> dict[str, int]:
    """A partner's share by the tax treatment of its days of service.

    Raises RuleBroken("invoice.no_tax_rule") for days of which the agreement says nothing.
    """
    names = {treatment: name for name, treatment in TREATMENTS.items()}
    found: dict[str, int] = {}
    for part in split_by_treatment(charged_lines(inputs, charge), tax_rules(inputs, charge["partner"])):
        name = names[part.treatment]
        found[name] = found.get(name, 0) + sum(line.net_cents for line in part.lines)
    return found


def _period(run: Mapping[str, Any]) -> Days:
    return Days(date.fromisoformat(run["period"]["from"]), date.fromisoformat(run["period"]["to"]))


def _days(agreements: Sequence[Mapping[str, Any]], partner: str, period: Days) -> Days:
    """The partner's days of membership in the period."""
    found = [
        held
        for agreement in agreements
        if agreement["partner"] == partner
        and (held := in_force(period, date.fromisoformat(agreement["from"]), date.fromisoformat(agreement["to"])))
    ]
    return Days(min(days.start for days in found), max(days.end for days in found)) if found else period
