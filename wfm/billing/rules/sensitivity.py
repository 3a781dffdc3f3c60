"""How much hangs on volumes that nobody knows yet: the same division with other usage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from wfm.billing.rules.allocation import half_up
from wfm.billing.rules.case import PartnerKeys
from wfm.billing.rules.run import Run, divide
from wfm.billing.rules.unattributed import USAGE

#: Changes of usage that are looked at, in per cent.
STEPS = (-30, -20, -10, 0, 10, 20, 30)


def if_own_usage_changes(run: Run, partner: str) -> dict[int, int]:
    """Per cent more or less of a partner's own usage, all others as they are -> cents it owes."""
    return {step: divide(_scaled(run, step, partner)).cents.get(partner, 0) for step in STEPS}


def if_all_usage_changes(run: Run) -> dict[int, tuple[Mapping[str, int], int]]:
    """Per cent more or less of everybody's usage at the same cost -> cents by partner, and what the host bears."""
    found: dict[int, tuple[Mapping[str, int], int]] = {}
    for step in STEPS:
        divided = divide(_scaled(run, step, None))
        found[step] = (divided.cents, divided.remainder_cents)
    return found


def _scaled(run: Run, percent: int, partner: str | None) -> Run:
    factor = 1 + Fraction(percent, 100)
    return replace(
        run,
        groups=tuple(
            replace(
                group,
                partners=tuple(
                    _times(keys, factor) if partner in (None, keys.partner) else keys for keys in group.partners
                ),
            )
            for group in run.groups
        ),
    )


def _times(keys: PartnerKeys, factor: Fraction) -> PartnerKeys:
    calls, seconds, minutes = (half_up(factor * keys.usage(key)) for key in USAGE)
    return replace(keys, calls=calls, handle_s=seconds, started_minutes=minutes)
