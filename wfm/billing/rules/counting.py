"""What counts as usage, as terms say it: which calls, which seconds, and who bears the calls of nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

from wfm.billing.rules.case import Key
from wfm.billing.rules.stored import Stored
from wfm.billing.rules.unattributed import USAGE, Bears
from wfm.core.errors import Sentence
from wfm.core.intervals import Month
from wfm.reporting.rules.short_calls import SHORT_TALK

#: Seconds of talk below which answered calls may be left out, as facts know them; 0 leaves none out.
SHORT_CLASSES = (0, *SHORT_TALK)
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


class UsageSums(Protocol):
    """Sums of a month of a partner, as `reporting.service.billed_usage` has them; a correction's have a sign."""

    @property
    def month(self) -> Month: ...
    @property
    def calls(self) -> int: ...
    @property
    def calls_answered(self) -> int: ...
    @property
    def answered(self) -> int:
        """Answered stays."""

    @property
    def talk_s(self) -> int: ...
    @property
    def wrapup_reported_s(self) -> int: ...
    @property
    def wrapup_inferred_s(self) -> int: ...
    @property
    def started_minutes(self) -> int: ...
    @property
    def short(self) -> Mapping[int, int]:
        """Seconds -> answered calls with less talk."""


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

    def keys(self, usage: Iterable[UsageSums]) -> dict[Key, int]:
        """Calls, seconds of handling and started minutes of these months, as they count.

        Short calls are left out as calls (one stay each); the few seconds and minutes they took stay what they are.
        """
        found = dict.fromkeys(USAGE, 0)
        for month in usage:
            found[Key.CALLS] += self._calls(month) - month.short.get(self.shorter_than_s, 0)
            found[Key.HANDLE_S] += month.talk_s + self._wrapup(month)
            found[Key.STARTED_MINUTES] += month.started_minutes
        return found

    def _calls(self, month: UsageSums) -> int:
        if self.calls is Calls.ANSWERED_STAYS:
            return month.answered
        return month.calls if self.calls is Calls.OFFERED_CALLS else month.calls_answered

    def _wrapup(self, month: UsageSums) -> int:
        if self.wrapup is WrapUp.NONE:
            return 0
        inferred = month.wrapup_inferred_s if self.wrapup is WrapUp.REPORTED_AND_INFERRED else 0
        return month.wrapup_reported_s + inferred
