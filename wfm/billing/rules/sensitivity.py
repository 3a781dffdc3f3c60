"""How much hangs on volumes that nobody knows yet: the same division with other usage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from wfm.billing.rules.case import PartnerKeys
from wfm.billing.rules.run import Run, divide
from wfm.billing.rules.unattributed import USAGE
from wfm.core.rounding import half_up

#: Changes of usage that are looked at, in per cent.
STEPS = (-30, -20, -10, 0, 10, 20, 30)


def if_own_usage_changes(run: Run, partner: str) -> dict[int, int]:
    """Per cent more or less of a partner's own usage, all others as they are -> cents it owes."""
    return {step: divide(scaled(run, _factor(step), partner)).cents.get(partner, 0) for step in STEPS}


def if_all_usage_changes(run: Run) -> dict[int, tuple[Mapping[str, int], int]]:
    """Per cent more or less of everybody's usage at the same cost -> cents by partner, and what the host bears."""
    found: dict[int, tuple[Mapping[str, int], int]] = {}
    for step in STEPS:
        divided = divide(scaled(run, _factor(step), None))
        found[step] = (divided.cents, divided.remainder_cents)
    return found


def scaled(run: Run, factor: Fraction, partner: str | None) -> Run:
    """The run with a partner's usage (None: everybody's) so many times as much, all else as it is."""
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
    return keys.with_usage({key: half_up(factor * keys.usage(key)) for key in USAGE})


def _factor(percent: int) -> Fraction:
    return 1 + Fraction(percent, 100)
