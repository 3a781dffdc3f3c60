"""Which calls an address means: the cell of a report that it names, or one call by its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from wfm.core.clock import start_of_day
from wfm.core.errors import BadInput, NotFound, Sentence
from wfm.core.paging import read_cursor, write_cursor
from wfm.reporting.drilldown import Cell

#: Days of calls that one question may span.
LONGEST_SEARCH = 93
#: In place of a key: what has none.
NOBODY = "none"
A_MOMENT = timedelta(microseconds=1)


def cell_of(arguments: Mapping[str, Any]) -> Cell:
    """The cell that these arguments (`CallArguments` without those of the page) name."""
    place = dict(arguments)
    starts_at, ends_at = _span(*(place.pop(name, None) for name in ("first", "last", "start", "end")))
    for name in ("partner", "likely", "service"):
        if place.get(name) == NOBODY:
            place[name] = ""
    return Cell(starts_at, ends_at, **place)


def call_id(row: Mapping[str, Any]) -> str:
    """A call's natural key as part of an address: callids hold whatever the telephone system likes, slashes too."""
    return write_cursor((row["system"], row["callid"], row["nth"]))


def call_key(text: str) -> tuple[str, str, int]:
    """System, callid and count; raises NotFound for what can be no call's."""
    try:
        system, callid, nth = read_cursor(text, (str, str, int))
    except BadInput as error:
        raise NotFound("call.unknown", "Diesen Anruf gibt es nicht.") from error
    return system, callid, nth


def _span(
    first: date | None, last: date | None, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """The stretch of time that is asked for, by days or by instants."""
    begins_at = start_of_day(first) if first else start
    ends_at = start_of_day(last) if last else end
    if begins_at is None or ends_at is None:
        message = "Bitte „from“ und „to“ (Tage) angeben, oder „start“ und „end“ (Zeitpunkte)."
        raise BadInput("calls.unbounded", message, field="from" if begins_at is None else "to")
    if not A_MOMENT <= ends_at - begins_at <= timedelta(days=LONGEST_SEARCH):
        raise BadInput(
            "calls.range",
            Sentence("Der Zeitraum muss 1 bis %(days)s Tage lang sein.", days=LONGEST_SEARCH),
            field="to",
        )
    return begins_at, ends_at
