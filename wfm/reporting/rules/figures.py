"""The figures of one row of a report: counts, sums and, reckoned from them, the shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wfm.directory.rules.targets import Target
from wfm.reporting.rules.waits import service_levels

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """The threshold a report counts by, and the named service-level definitions it shows beside each other."""

    threshold: int
    used: Target | None
    targets: tuple[Target, ...]

    @property
    def seconds(self) -> tuple[int, ...]:
        return tuple(sorted({self.threshold, *(target.seconds for target in self.targets)}))

    def describe(self) -> Row:
        """The definition as a report names it."""
        if self.used is None:
            return {"name": None, "version": None, "label": f"{self.threshold} s", "seconds": self.threshold}
        return describe_target(self.used)


def describe_target(target: Target) -> Row:
    """A named definition as data."""
    return {
        "name": target.name,
        "version": target.version,
        "label": target.label,
        "share": float(target.share),
        "seconds": target.seconds,
        "variant": str(target.variant),
        "valid_from": target.validity.start.isoformat(),
    }


def figures(record: Mapping[str, Any], used: Definition, *, calls: bool = False) -> Row:
    """The counts, sums and rates of one row as every format shows them, from summed facts."""

    def number(name: str) -> int:
        return int(record.get(name) or 0)

    sums = {
        "offered": number("offered"),
        "answered": number("answered"),
        "abandoned": number("abandoned"),
        "left": {reason: number(f"left_{reason}") for reason in ("timeout", "key", "empty", "withdrawn")},
        "lost": number("lost"),
        "open": number("open"),
        "refused": number("refused"),
        "answered_within": number(f"answered_{used.threshold}"),
        "abandoned_within": number(f"abandoned_{used.threshold}"),
        "wait_s_answered": number("wait_s_answered"),
        "wait_s_abandoned": number("wait_s_abandoned"),
        "talk_s": number("talk_s"),
        "longest_wait_s": record.get("longest_wait_s"),
        "wait_unknown": {how: number(f"wait_unknown_{how}") for how in ("answered", "unanswered")},
        "wrapup_s": number("wrapup_s"),
        "wrapup_source": {
            "reported": number("wrapup_reported"),
            "inferred": number("wrapup_inferred"),
            "none": number("answered") - number("wrapup_reported") - number("wrapup_inferred"),
        },
        "talk_unknown": number("talk_unknown"),
        "service_level": _levels(record, used.threshold),
        "service_levels": {
            target.name: _levels(record, target.seconds)[str(target.variant)] for target in used.targets
        },
    }
    if not calls:
        return sums
    return {
        **{name: number(name) for name in ("calls", "calls_answered", "calls_refused")},
        "stays": number("offered"),
        **sums,
        "started_minutes": number("started_minutes"),
        "generated": number("generated"),
    }


def _levels(record: Mapping[str, Any], threshold: int) -> dict[str, float | None]:
    """The service level within a threshold, in all variants, of the stays whose wait is known."""
    answered, unanswered = (int(record.get(f"wait_unknown_{how}") or 0) for how in ("answered", "unanswered"))
    return service_levels(
        {
            "offered": int(record.get("offered") or 0) - answered - unanswered,
            "answered": int(record.get("answered") or 0) - answered,
            "answered_within": int(record.get(f"answered_{threshold}") or 0),
            "abandoned_within": int(record.get(f"abandoned_{threshold}") or 0),
        }
    )


def add_up(records: Iterable[Row]) -> Row:
    """Sum of summed facts; the longest wait is the longest of all."""
    total: Row = {}
    for record in records:
        for name, value in record.items():
            if name == "longest_wait_s":
                if value is not None:
                    total[name] = max(total.get(name) or 0, value)
            elif not isinstance(value, str) and value is not None:
                total[name] = total.get(name, 0) + value
    return total
