"""Instants from what clocks on the wall say: local times without an offset, and the hour that comes twice in October.

A local time that never was (the hour skipped in March) is read with the offset that held before the gap: clocks that do
not know of summer time yet write it so.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wfm.core.clock import SECOND, to_micros

#: 2000-01-01 and 2100-01-01 in seconds since 1970: outside, a number is no time of a call.
EARLIEST, LATEST = 946_684_800, 4_102_444_800

#: Asterisk's uniqueid, `epoch.counter` or `systemname-epoch.counter`: when the caller's channel was made.
_UNIQUEID = re.compile(r"(?:^|-)(\d{9,10})\.\d+$")


class LocalTime(NamedTuple):
    """The instants (microseconds since 1970 UTC) that a time may mean: equal, but for the hour that comes twice."""

    first: int
    second: int

    @property
    def certain(self) -> bool:
        return self.first == self.second

    def not_before(self, earliest: int) -> int:
        """The nearest instant at or after `earliest`; the later one where both lie before it."""
        return self.first if self.first >= earliest else self.second

    def not_after(self, latest: int) -> int:
        """The nearest instant at or before `latest`; the earlier one where both lie behind it."""
        return self.second if self.second <= latest else self.first


def is_zone(name: str) -> bool:
    """Whether `name` is a time zone that is known here, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def read_time(text: str, zone: ZoneInfo, pattern: str = "") -> LocalTime:
    """Read a time: ISO 8601 or after `pattern` (strptime), with an offset or in `zone`; or whole seconds since 1970.

    Raises ValueError for anything else, and for times outside 2000 to 2100.
    """
    if pattern:
        moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - a zone is added below
    elif text.isdecimal() and len(text) >= 9:
        moment = datetime.fromtimestamp(min(int(text), LATEST), UTC)
    else:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        first = second = to_micros(moment)
    else:
        first = to_micros(moment.replace(tzinfo=zone))
        # In the gap of March the two readings are the wrong way round: then the first, with the old offset, is meant.
        second = max(first, to_micros(moment.replace(tzinfo=zone, fold=1)))
    if not EARLIEST * SECOND <= first < LATEST * SECOND:
        raise ValueError(f"{text[:40]!r} is not a time of a call")
    return LocalTime(first, second)


def call_began(callid: str) -> int | None:
    """When the caller's channel was made, in microseconds, if the id tells it; no event of the call is older."""
    match = _UNIQUEID.search(callid)
    return int(match[1]) * SECOND if match else None
