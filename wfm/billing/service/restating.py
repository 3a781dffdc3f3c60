"""Earlier settlements reckoned again with what was corrected since: the difference is charged with the next one.

A correction changes no settlement that has gone out. Keys, parameters and members stay those stored; usage and cost are
those of today. So after it everything is as if the correction had been known, and each day keeps its tax treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy.orm import Session

from wfm.billing.models import Settlement
from wfm.billing.rules.allocation import in_order
from wfm.billing.rules.run import Run, as_stored, divide
from wfm.billing.rules.stored_run import from_stored
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.service.cost import cost_of
from wfm.billing.service.reading import days_of, standing
from wfm.billing.service.runs import counted, usage_of_service
from wfm.core.intervals import Days


@dataclass(frozen=True, slots=True)
class Restated:
    """An earlier settlement as it was last reckoned, and as it would be now."""

    settlement_id: int
    before: Run
    after: Run
    agreements: tuple[Mapping[str, Any], ...] = ()
    """Those of then: a day of service keeps its tax treatment, also of a partner that has left."""

    def shares(self) -> list[tuple[str, int, int]]:
        """Partner, its share before and after, by AGS with the Region last."""
        then, now = divide(self.before).cents, divide(self.after).cents
        return [(each, then.get(each, 0), now.get(each, 0)) for each in sorted({*then, *now}, key=in_order)]

    def differences(self) -> dict[str, int]:
        """Partner -> cents that the correction adds to its share."""
        return {partner: after - before for partner, before, after in self.shares() if after != before}

    @property
    def cost_cents(self) -> int:
        """By how much the cost of the period has changed."""
        return self.after.cost_cents - self.before.cost_cents

    def to_json(self) -> dict[str, Any]:
        return {
            "settlement": self.settlement_id,
            "before": as_stored(self.before),
            "after": as_stored(self.after),
            "agreements": list(self.agreements),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            stored["settlement"],
            from_stored(stored["before"]),
            from_stored(stored["after"]),
            tuple(stored["agreements"]),
        )


def restate(session: Session, period: Days) -> list[Restated]:
    """The annual settlements before a period that corrections have changed since they were last reckoned."""
    annual = standing(session, "annual")
    found = []
    for settlement in annual:
        days = days_of(settlement)
        if days.end > period.start:
            continue
        before = last_run(settlement, annual)
        after = replace(
            _counted_now(session, settlement, before, days), cost_cents=cost_of(session, days, "actual").cents
        )
        if after != before:
            agreements = tuple(settlement.inputs["sources"]["agreements"])
            found.append(Restated(settlement.id, before, after, agreements))
    return found


def _counted_now(session: Session, settlement: Settlement, before: Run, days: Days) -> Run:
    """The run with usage as it is today. Sums of final months may have been deleted by now (privacy): then usage stays
    as it was last reckoned, since what is gone is no correction."""
    rows = usage_of_service(session, days)
    then = {each["month"] for each in settlement.inputs["sources"]["usage"] if not each["correction"]}
    if then - {str(row.month) for row in rows if not row.correction}:
        return before
    return counted(before, {each["title"]: _terms(each) for each in settlement.inputs["sources"]["terms"]}, rows)


def last_run(settlement: Settlement, annual: list[Settlement]) -> Run:
    """The settlement's run as the newest settlement that restated it left it."""
    for later in reversed(annual):
        for stored in later.inputs.get("earlier", ()):
            if stored["settlement"] == settlement.id:
                return from_stored(stored["after"])
    return from_stored(settlement.inputs["run"])


def _terms(stored: Mapping[str, Any]) -> TermsVersion:
    return TermsVersion.checked(
        stored["name"],
        stored["version"],
        stored["variant"],
        stored["parameters"],
        stored["counting"],
        stored["keys"],
        stored["cycle"],
        stored["id"],
    )
