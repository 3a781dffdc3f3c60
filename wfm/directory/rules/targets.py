"""Named definitions of service level: which share of calls within how many seconds, counted in which way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from wfm.directory.rules.dated import Validity


class Variant(StrEnum):
    """How abandoned calls count; O offered, A answered, A_T answered within T, B_T abandoned within T.

    An overflow, a key or an empty queue is neither answered nor abandoned: it counts in `offered` only.
    """

    OFFERED = "offered"  # A_T / O: whoever gave up counts against the centre
    ANSWERED = "answered"  # A_T / A: only calls that were answered count
    EXCL_ABANDONED_WITHIN = "excl_abandoned_within"  # A_T / (O - B_T): who gave up in time does not count
    ABANDONED_MET = "abandoned_met"  # (A_T + B_T) / O: who gave up in time counts as served


@dataclass(frozen=True, slots=True)
class Target:
    """One version of a named definition; a report says which name and version it used."""

    name: str
    version: int
    label: str
    share: Decimal
    seconds: int
    variant: Variant
    validity: Validity
    source: str
