"""Whose call was it? The order of trust, and how sure each answer is.

A number dialled says it best, then a queue that serves one partner only (the call's first: where it was transferred
to says nothing of where it came from), then what the agent recorded, then what the 115 network passed on. A caller's
area code is a guess: it counts in statistics, never in a bill.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol

METHODS = ("dialled_number", "queue", "agent_record", "routing_115", "area_code", "unknown")
CONFIDENCE = {
    "dialled_number": "firm",
    "queue": "firm",
    "agent_record": "firm",
    "routing_115": "firm",
    "area_code": "likely",
    "unknown": "none",
}


class Mappings(Protocol):
    """The dated mappings of the directory."""

    def partner_of_number(self, number: str, day: date) -> str | None: ...

    def partner_of_queue(self, queue: str, day: date) -> str | None: ...

    def likely_partner(self, area_code: str) -> str | None: ...


class Attribution(NamedTuple):
    """The partner a call counts for (None: nobody's), the one it is likely for when only guessed, and the method."""

    partner: str | None
    likely: str | None
    method: str

    @property
    def confidence(self) -> str:
        return CONFIDENCE[self.method]


def attribute(dialled: str, first_queue: str, caller_area: str | None, day: date, mappings: Mappings) -> Attribution:
    """Attribute a call by what is known of it on its day."""
    if dialled and (partner := mappings.partner_of_number(dialled, day)):
        return Attribution(partner, None, "dialled_number")
    if first_queue and (partner := mappings.partner_of_queue(first_queue, day)):
        return Attribution(partner, None, "queue")
    if caller_area and (likely := mappings.likely_partner(caller_area)):
        return Attribution(None, likely, "area_code")
    return Attribution(None, None, "unknown")
