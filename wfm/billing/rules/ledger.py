"""What is owed, as entries whose lines sum to zero. Debits are positive.

Accounts: `cost` (spent, to be covered), `host` (whoever runs the centre), `partner:KEY` (owed by a partner),
`advance:KEY` (charged beforehand), `carry:KEY` (charged in later years), `tax` (asked for on documents beyond the
shares: owed to the tax office). See docs/decisions/0004.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wfm.billing.rules.allocation import in_order

COST = "cost"
HOST = "host"
TAX = "tax"


def partner_account(partner: str) -> str:
    """What the partner owes and was asked for."""
    return f"partner:{partner}"


def advance_account(partner: str) -> str:
    """Advances not yet set against a share."""
    return f"advance:{partner}"


def carry_account(partner: str) -> str:
    """What a later year will charge (negative: pay back)."""
    return f"carry:{partner}"


@dataclass(frozen=True, slots=True)
class Posting:
    """An account and its cents, never zero."""

    account: str
    cents: int


def entry(*lines: tuple[str, int]) -> tuple[Posting, ...]:
    """The lines with something in them. Raises ValueError if they don't sum to zero: an error of ours."""
    if total := sum(cents for _, cents in lines):
        raise ValueError(f"an entry that sums to {total}")
    return tuple(Posting(account, cents) for account, cents in lines if cents)


def cost_borne(cents: int) -> tuple[Posting, ...]:
    """The host has paid what the centre cost."""
    return entry((COST, cents), (HOST, -cents))


def advances_charged(cents: Mapping[str, int]) -> tuple[Posting, ...]:
    """An instalment is asked for."""
    return entry(
        *(
            line
            for partner in sorted(cents, key=in_order)
            for line in ((partner_account(partner), cents[partner]), (advance_account(partner), -cents[partner]))
        )
    )


@dataclass(frozen=True, slots=True)
class Charge:
    """A partner's part of an annual settlement: its share, what it was charged before, what is put off, what falls due
    of earlier years."""

    partner: str
    share: int
    advances: int = 0
    carried: int = 0
    """Of share less advances, what later years charge."""
    due_of_earlier: int = 0

    @property
    def due(self) -> int:
        """What is asked for now; negative: paid back."""
        return self.share - self.advances - self.carried + self.due_of_earlier


def settled(charges: Sequence[Charge], cost_cents: int) -> tuple[Posting, ...]:
    """The cost is divided: afterwards `cost` holds nothing of the period, and the host bears the remainder."""
    lines: list[tuple[str, int]] = []
    for charge in sorted(charges, key=lambda charge: in_order(charge.partner)):
        lines += [
            (partner_account(charge.partner), charge.due),
            (advance_account(charge.partner), charge.advances),
            (carry_account(charge.partner), charge.carried - charge.due_of_earlier),
        ]
    remainder = cost_cents - sum(charge.share for charge in charges)
    return entry(*lines, (HOST, remainder), (COST, -cost_cents))


def tax_asked(cents: Mapping[str, int]) -> tuple[Posting, ...]:
    """Documents ask each partner for so much more than its share was booked with: value added tax."""
    return entry(
        *(
            line
            for partner in sorted(cents, key=in_order)
            for line in ((partner_account(partner), cents[partner]), (TAX, -cents[partner]))
        )
    )


def reversed_entry(lines: Sequence[Posting]) -> tuple[Posting, ...]:
    """The same with signs turned."""
    return tuple(Posting(line.account, -line.cents) for line in lines)
