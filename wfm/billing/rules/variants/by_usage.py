"""V5: full cost by usage. Advances on the plan, true-up against the actual cost, each a_i = Hamilton(C, s_i)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from wfm.billing.rules.allocation import instalments
from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares
from wfm.billing.rules.words import money
from wfm.billing.rules.working import Working
from wfm.core.errors import Sentence


@dataclass(frozen=True, slots=True)
class ByUsage:
    """Planned cost in cents and the number of advances. Shares are of the actual cost, advances not taken off."""

    plan: int
    advances: int

    needs = frozenset({Key.HANDLE_S})

    @classmethod
    def read(cls, given: Parameters) -> Self:
        return cls(given.cents("plan_cents"), given.whole("advances", 1, 12, 4))

    def charge(self, case: Case) -> Shares:
        working = Working(case)
        usage = working.usage(Key.HANDLE_S)
        advances = working.divide("advance", self.plan, usage)
        for partner, cents in advances.items():
            parts = instalments(cents, self.advances)
            text = Sentence("%(partner)s: Abschlag %(cents)s in %(times)s Raten: %(parts)s", partner=partner,
                            cents=money(cents), times=self.advances, parts=" + ".join(map(money, parts)))  # fmt: skip
            quantities = {f"instalment_{number}": part for number, part in enumerate(parts, 1)}
            working.line("instalments", text, partner, quantities, cents=cents)
        owed = working.divide("cost", case.total_cents, usage)
        for partner, cents in owed.items():
            due = cents - advances[partner]
            text = Sentence(
                "%(partner)s: Anteil %(cents)s weniger Abschläge %(advance)s = Ausgleich %(due)s",
                partner=partner,
                cents=money(cents),
                advance=money(advances[partner]),
                due=money(due),
            )
            quantities = {"share_cents": cents, "advance_cents": advances[partner]}
            working.line("true_up", text, partner, quantities, cents=due)
        return working.shares(owed)
