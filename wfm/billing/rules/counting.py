"""What counts as usage, as terms say it: which calls, which seconds, and who bears the calls of nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from wfm.billing.rules.case import Key
from wfm.billing.rules.stored import Stored
from wfm.billing.rules.unattributed import USAGE, Bears
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Month

#: Seconds of talk below which calls may be left out, as facts know them; 0 leaves none out.
SHORT_CLASSES = (0, 5, 10, 15, 20, 30, 60)
TITLES: Mapping[str, str] = {
    "calls": "Anrufe",
    "shorter_than_s": "kurze Anrufe",
    "wrapup": "Nacharbeit",
    "unattributed": "nicht zugeordnete Anrufe",
}


class Calls(StrEnum):
    """Which calls count. A transfer is one more stay of the same call: only stays count it each time."""

    OFFERED_CALLS = "offered_calls"
    ANSWERED_CALLS = "answered_calls"
    ANSWERED_STAYS = "answered_stays"


class WrapUp(StrEnum):
    """Which wrap-up is handling. Inferred wrap-up is billed only under terms that say so."""

    NONE = "none"
    REPORTED = "reported"
    REPORTED_AND_INFERRED = "reported_and_inferred"


@dataclass(frozen=True, slots=True)
class Short:
    """Answered calls shorter than a class: how many they, their stays, seconds of talk and started minutes are."""

    calls: int = 0
    stays: int = 0
    talk_s: int = 0
    started_minutes: int = 0


@dataclass(frozen=True, slots=True)
class MonthUsage:
    """What was used in a month by a partner, or by nobody who could be named (empty). All are sums.

    `short` has a value for each class of seconds below which calls were counted; without it terms that leave short
    calls out cannot be settled.
    """

    month: Month
    partner: str
    offered_calls: int
    answered_calls: int
    answered_stays: int
    talk_s: int
    wrapup_reported_s: int
    wrapup_inferred_s: int
    started_minutes: int
    short: Mapping[int, Short] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counting:
    """How usage is counted under terms."""

    calls: Calls = Calls.ANSWERED_CALLS
    shorter_than_s: int = 0
    wrapup: WrapUp = WrapUp.REPORTED
    unattributed: Bears = Bears.HOST

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Raises RuleBroken("terms.part") that names the field."""
        read = Stored("Zählweise", TITLES, given)
        made = cls(
            Calls(read.choice("calls", *Calls)),
            read.whole("shorter_than_s", 0, SHORT_CLASSES[-1], 0),
            WrapUp(read.choice("wrapup", *WrapUp)),
            Bears(read.choice("unattributed", *Bears)),
        )
        if made.shorter_than_s not in SHORT_CLASSES:
            allowed = ", ".join(map(str, SHORT_CLASSES))
            read.wrong("shorter_than_s", Sentence("muss eines von %(allowed)s Sekunden sein", allowed=allowed))
        read.done()
        return made

    def to_json(self) -> dict[str, Any]:
        return {
            "calls": str(self.calls),
            "shorter_than_s": self.shorter_than_s,
            "wrapup": str(self.wrapup),
            "unattributed": str(self.unattributed),
        }

    def keys(self, usage: Iterable[MonthUsage]) -> dict[Key, int]:
        """Calls, seconds of handling and started minutes of these months, as they count.

        Raises RuleBroken("terms.short_unknown") if short calls are to be left out of a month that doesn't tell them.
        """
        found = dict.fromkeys(USAGE, 0)
        for month in usage:
            short = self._short(month)
            found[Key.CALLS] += self._calls(month, short)
            found[Key.HANDLE_S] += month.talk_s - short.talk_s + self._wrapup(month)
            found[Key.STARTED_MINUTES] += month.started_minutes - short.started_minutes
        return found

    def _calls(self, month: MonthUsage, short: Short) -> int:
        if self.calls is Calls.ANSWERED_STAYS:
            return month.answered_stays - short.stays
        whole = month.offered_calls if self.calls is Calls.OFFERED_CALLS else month.answered_calls
        return whole - short.calls

    def _wrapup(self, month: MonthUsage) -> int:
        if self.wrapup is WrapUp.NONE:
            return 0
        inferred = month.wrapup_inferred_s if self.wrapup is WrapUp.REPORTED_AND_INFERRED else 0
        return month.wrapup_reported_s + inferred

    def _short(self, month: MonthUsage) -> Short:
        if not self.shorter_than_s:
            return Short()
        if self.shorter_than_s not in month.short:
            message = Sentence(
                "Anrufe unter %(seconds)s Sekunden sollen nicht zählen, sind für %(month)s aber nicht ausgezählt.",
                seconds=self.shorter_than_s,
                month=f"{month.month.number:02d}/{month.month.year}",
            )
            raise RuleBroken("terms.short_unknown", message, month=str(month.month))
        return month.short[self.shorter_than_s]
