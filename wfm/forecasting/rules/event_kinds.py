"""What a planned event may be: its kinds, by the names that files have for them, and its bounds."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "election": "Wahl",
    "tax_notice": "Steuerbescheide",
    "fee_notice": "Gebührenbescheide",
    "waste_calendar": "Abfallkalender",
    "mailing": "Postversand",
    "school_holidays": "Schulferien",
    "bridge_day": "Brückentag",
    "other": "Sonstiges",
}
LONGEST_DAYS = 92
#: On the calls of a day.
LARGEST_FACTOR = 20
