"""V1: cost by inhabitants in force, a_i = Hamilton(C, E_i d_i)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares
from wfm.billing.rules.working import Working


@dataclass(frozen=True, slots=True)
class Inhabitants:
    """`months`: who joins or leaves within the period counts by months whose first day is in force, else by days."""

    months: bool

    needs = frozenset({Key.INHABITANTS})

    @classmethod
    def read(cls, given: Parameters) -> Self:
        return cls(given.choice("pro_rata", "days", "months", default="days") == "months")

    def charge(self, case: Case) -> Shares:
        working = Working(case, months=self.months)
        amounts, weights = working.amounts(), working.inhabitants()
        return working.shares(working.divide_beside("cost", case.total_cents, amounts, weights))
