"""A stored run read back: the way to the same bytes years later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wfm.billing.rules.case import Key, PartnerKeys
from wfm.billing.rules.run import Group, Remainder, Run
from wfm.billing.rules.unattributed import Bears
from wfm.core.intervals import Days


def from_stored(document: Mapping[str, Any]) -> Run:
    """The run that `rules.run.as_stored` wrote."""
    return Run(
        Days(date.fromisoformat(document["period"]["from"]), date.fromisoformat(document["period"]["to"])),
        document["cost_cents"],
        tuple(
            Group(
                group["terms"],
                group["variant"],
                group["parameters"],
                tuple(map(_keys, group["partners"])),
                {Key(key): value for key, value in group["unattributed"].items()},
                Bears(group["bears"]),
                Remainder(group["remainder"]),
                tuple(map(_keys, group["pilot"])),
            )
            for group in document["groups"]
        ),
    )


def _keys(stored: Mapping[str, Any]) -> PartnerKeys:
    start, end = stored["from"], stored["to"]
    rest = {name: value for name, value in stored.items() if name not in ("from", "to")}
    return PartnerKeys(**rest, start=start and date.fromisoformat(start), end=end and date.fromisoformat(end))
