"""Waits in classes, and the four ways to reckon a service level."""

from __future__ import annotations

from collections.abc import Mapping

#: Cumulative wait classes kept in facts, in seconds: thresholds that contracts use, and a distribution of waits.
WAIT_CLASSES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300)


def service_levels(sums: Mapping[str, int]) -> dict[str, float | None]:
    """Service level in its four variants as shares 0..1; null where there is nothing to divide by.

    With O offered, A answered, and A_T, B_T answered and abandoned within the threshold: `offered` A_T/O (strict),
    `answered` A_T/A, `excl_abandoned_within` A_T/(O - B_T), `abandoned_met` (A_T + B_T)/O. Source of the variants:
    docs/concepts.md.
    """
    offered, within, gone = sums["offered"], sums["answered_within"], sums["abandoned_within"]
    return {
        "offered": share(within, offered),
        "answered": share(within, sums["answered"]),
        "excl_abandoned_within": share(within, offered - gone),
        "abandoned_met": share(within + gone, offered),
    }


def share(part: int, whole: int) -> float | None:
    """A share, or None of nothing."""
    return part / whole if whole else None
