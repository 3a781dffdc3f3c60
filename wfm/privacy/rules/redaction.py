"""Raw lines without the persons in them, in a form that their adapter reads as before.

A field goes or stays by what its kind of source says of it, as in `reporting.rules.masking`: there for the eye, here
for good. Nothing is taken on trust: a redacted line is read again, and must tell the same events but for the persons.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from wfm.core.errors import BadInput
from wfm.privacy.rules import line_formats
from wfm.privacy.rules.free_text import without_numbers_in
from wfm.privacy.rules.line_formats import Persons
from wfm.telephony.rules.events import Decoded, RawRow, Reading, TelephonyEvent, unpack_ref
from wfm.telephony.rules.redacted import read_mark


class Step(IntEnum):
    """How far a line is redacted."""

    NUMBER = 1
    """The caller's number is a mark with a keyed hash; the caller's name is gone, and what no adapter reads."""
    LINE = 2
    """The mark has no hash any more, agents of calls are pseudonyms."""
    STATE = 3
    """A line that told of an agent's state tells nothing any more."""


class Redacted(NamedTuple):
    """The new payloads by position, the ids of the calls they tell of, and the positions of lines left as they were.

    Those could not be redacted without changing a figure.
    """

    payloads: dict[int, bytes]
    calls: set[str]
    failed: list[int]


Decode = Callable[[Sequence[RawRow], Reading], Decoded]
Events = Mapping[int, Sequence[TelephonyEvent]]


def events_by_position(events: Iterable[TelephonyEvent]) -> dict[int, list[TelephonyEvent]]:
    """Events by the position of the row that told them."""
    found: defaultdict[int, list[TelephonyEvent]] = defaultdict(list)
    for event in events:
        found[unpack_ref(event.ref)[1]].append(event)
    return found


def redact_rows(
    kind: str,
    decode: Decode,
    rows: Sequence[RawRow],
    reading: Reading,
    step: Step,
    persons: Callable[[int, Sequence[TelephonyEvent]], Persons],
) -> Redacted:
    """Redact rows of one stream that were received together; `persons` is asked for each position and its events.

    Payloads that need no change are left out.
    """
    decoded = decode(rows, reading)
    told = events_by_position(decoded.events)
    bad = {row.position for row in decoded.unreadable}
    chosen: dict[int, bytes] = {}
    others: dict[int, Iterator[bytes]] = {}
    for position, payload in rows:
        if position in bad and position not in told:
            chosen[position] = without_numbers_in(payload)
            continue
        others[position] = candidates(kind, payload, reading, step, persons(position, told.get(position, ())))
        chosen[position] = next(others[position], payload)
    again = events_by_position(decode([RawRow(position, chosen[position]) for position, _ in rows], reading).events)
    failed = []
    for position, payload in rows:
        if position not in others:
            continue
        before = told.get(position, [])
        who = persons(position, before)
        if again.get(position, []) == [_redacted(event, step, who) for event in before]:
            continue
        alone = RawRow(position, payload)
        found = _next_best(kind, decode, alone, reading, step, who)
        if found is None:
            failed.append(position)
        chosen[position] = payload if found is None else found
    changed = {row.position: new for row in rows if (new := chosen[row.position]) != row.payload}
    calls = {event.call for position in changed for event in told.get(position, ()) if event.call}
    return Redacted(changed, calls, failed)


def _next_best(kind: str, decode: Decode, row: RawRow, reading: Reading, step: Step, who: Persons) -> bytes | None:
    """The candidate that tells most nearly the same: all of it, or all but the hash, or all but who it was."""
    before = decode([row], reading).events
    wanted = [
        [_redacted(event, step, who) for event in before],
        [_origin_only(_redacted(event, step, who), who) for event in before],
        [event._replace(caller="", agent="") for event in before],
    ]
    best: dict[int, bytes] = {}
    for payload in candidates(kind, row.payload, reading, step, who):
        after = decode([RawRow(row.position, payload)], reading).events
        if after == wanted[0]:
            return payload
        told = [
            [_origin_only(event, who) for event in after],
            [event._replace(caller="", agent="") for event in after],
        ]
        for rank in (1, 2):
            if told[rank - 1] == wanted[rank]:
                best.setdefault(rank, payload)
                break
    return best[min(best)] if best else None


def _origin_only(event: TelephonyEvent, who: Persons) -> TelephonyEvent:
    mark = read_mark(who.caller(event.caller))
    return event._replace(caller=mark.origin if mark else "")


def _redacted(event: TelephonyEvent, step: Step, who: Persons) -> TelephonyEvent:
    """What a redacted line must tell."""
    caller = event.caller and who.caller(event.caller)
    if step is Step.LINE and event.agent and (event.call or who.in_states):
        return event._replace(caller=caller, agent=who.agent(event.agent))
    return event._replace(caller=caller)


def candidates(kind: str, payload: bytes, reading: Reading, step: Step, who: Persons) -> Iterator[bytes]:
    """Ways to redact a line, best first; nothing for a line whose format is not understood."""
    if not payload:
        return
    try:
        yield from _KINDS[kind](payload, reading, step is Step.LINE, who)
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error, BadInput):
        yield without_numbers_in(payload)


def without_states(kind: str, payload: bytes) -> bytes:
    """A line of an agent's state that tells nothing any more (Step.STATE); others are returned as they are."""
    try:
        return line_formats.STATE_LINES[kind](payload)
    except (ValueError, LookupError, TypeError, RecursionError):
        return payload


_KINDS: dict[str, Callable[[bytes, Reading, bool, Persons], Iterator[bytes]]] = {
    "queue_log": line_formats.queue_log,
    "queue_log_table": line_formats.queue_log_table,
    "events": line_formats.cloudevent,
    "cdr": line_formats.cdr,
}
