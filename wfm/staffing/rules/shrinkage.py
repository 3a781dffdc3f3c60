"""Shrinkage: paid time in which nobody can take a call, by kind, and the paid heads that seats need.

shrinkage = 1 - time available for contacts / paid time. *External* kinds (leave, illness) are shares of paid time and
exclude each other: who is on leave is not also counted as ill. *Internal* kinds (training, breaks, meetings) are shares
of the time present. So of a paid hour (1 - sum of external) is present, and of that (1 - sum of internal) available.
Shares are exact decimals, heads and hours exact fractions: rounding is for whoever shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from wfm.core.errors import BadInput


class Kind(StrEnum):
    """What paid time goes into besides calls."""

    LEAVE = "leave"
    ILLNESS = "illness"
    TRAINING = "training"
    BREAKS = "breaks"
    MEETINGS = "meetings"
    OTHER = "other"

    @property
    def external(self) -> bool:
        """Whoever is away so is not in the house at all."""
        return self in (Kind.LEAVE, Kind.ILLNESS)


class Source(StrEnum):
    """Where a share comes from."""

    PLAN = "plan"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Loss:
    """The share of one kind: of paid time if external, else of time present."""

    kind: Kind
    share: Decimal
    source: Source = Source.PLAN


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """The losses of a queue or centre together. Raises BadInput where nothing would be left, or a kind stands twice."""

    losses: tuple[Loss, ...] = ()

    def __post_init__(self) -> None:
        kinds = [loss.kind for loss in self.losses]
        for loss in self.losses:
            if not 0 <= loss.share < 1 or kinds.count(loss.kind) > 1:
                raise BadInput(
                    "shrinkage.share",
                    "Jede Art steht einmal, mit einem Anteil von 0 bis unter 1.",
                    field=loss.kind.value,
                )
        for name, share in (("external", self.external), ("internal", self.internal)):
            if share >= 1:
                raise BadInput("shrinkage.share", "Zusammen bleibt keine Zeit für Anrufe.", field=name)

    @property
    def external(self) -> Fraction:
        """Of paid time."""
        return sum((Fraction(loss.share) for loss in self.losses if loss.kind.external), Fraction(0))

    @property
    def internal(self) -> Fraction:
        """Of time present."""
        return sum((Fraction(loss.share) for loss in self.losses if not loss.kind.external), Fraction(0))

    @property
    def overall(self) -> Fraction:
        """Of paid time: the one figure that the trade calls shrinkage."""
        return 1 - (1 - self.external) * (1 - self.internal)

    def present_heads(self, seats: int | Fraction) -> Fraction:
        """Heads in the house, so that so many are available on average."""
        return Fraction(seats) / (1 - self.internal)

    def paid_heads(self, seats: int | Fraction) -> Fraction:
        """Heads paid, so that so many are available on average."""
        return Fraction(seats) / (1 - self.overall)


def losses_from_times(paid_s: int, external_s: dict[Kind, int], internal_s: dict[Kind, int]) -> Sequence[Loss]:
    """Shares as they were: seconds lost by kind of the seconds paid, and of those left when the external ones are gone.

    A kind whose whole is zero has no share and is left out.
    """
    present_s = paid_s - sum(external_s.values())
    if min(paid_s, present_s, *external_s.values(), *internal_s.values()) < 0:
        raise BadInput(
            "shrinkage.times", "Zeiten dürfen nicht negativ sein, Abwesenheit nicht länger als bezahlte Zeit."
        )
    return [
        Loss(kind, Decimal(lost) / Decimal(whole), Source.DATA)
        for whole, times in ((paid_s, external_s), (present_s, internal_s))
        for kind, lost in times.items()
        if whole
    ]
