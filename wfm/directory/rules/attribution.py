"""What number, queue, area code and tag say about a call: the look-ups of the call projection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from wfm.directory.rules.dated import DatedMap
from wfm.directory.rules.numbers import SHARED_NUMBERS


@dataclass(frozen=True, slots=True)
class AttributionTables:
    """The directory's mappings as one value, loaded once a batch; partners are named by their keys.

    `area_codes` holds every known code (its keys serve `area_code` and `mask`) with the partner it may be guessed to
    mean: none where several partners share the code or its network is named after a place outside the Region.
    """

    numbers: DatedMap[str, str]
    queues: DatedMap[str, str]
    area_codes: Mapping[str, str | None]
    services: frozenset[str]
    tags: Mapping[str, str]

    def partner_of_number(self, number: str, day: date) -> str | None:
        """The partner to whom the dialled number (canonical) belonged on that day."""
        return self.numbers.on(number, day)

    def partner_of_queue(self, queue: str, day: date) -> str | None:
        """The one partner whom the queue served on that day, if it served only one."""
        return self.queues.on(queue, day)

    def likely_partner(self, code: str) -> str | None:
        """The partner whose citizens call from this area code; a guess, never a basis for an invoice."""
        return self.area_codes.get(code)

    def is_shared_number(self, number: str) -> bool:
        """True for numbers known to belong to nobody, such as 115: not a gap in the mapping."""
        return number in SHARED_NUMBERS and number not in self.numbers

    def service_of_tag(self, tag: str) -> str | None:
        """The LeiKa key that a tag stands for; a known key may be given itself."""
        return tag if tag in self.services else self.tags.get(tag)
