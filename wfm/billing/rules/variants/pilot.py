"""V0, the pilot: nothing is charged; the other variants are computed beside it as shadow settlement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.parameters import Parameters
from wfm.billing.rules.shares import Shares
from wfm.billing.rules.working import Working


@dataclass(frozen=True, slots=True)
class Pilot:
    """The host bears all."""

    needs = frozenset[Key]()

    @classmethod
    def read(cls, given: Parameters) -> Self:
        return cls()

    def charge(self, case: Case) -> Shares:
        return Working(case).shares({})
