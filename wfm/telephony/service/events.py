"""Events over HTTP or from a file of JSON lines: each id once, whatever comes again.

An event's id is unique within *our* source, the one that the caller's token or `--source` names: one sender, one
source. The CloudEvents attribute `source` is kept with the event but tells no ids apart: a sender that changes it on a
retry is not counted twice, and two senders that share a source by mistake show up as conflicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from wfm.core.clock import now
from wfm.core.errors import BadInput
from wfm.telephony.adapters.cloudevents import decode
from wfm.telephony.models import EventKey, Source, Stream
from wfm.telephony.rules.envelope import Envelope, parse, seal, seal_all
from wfm.telephony.rules.events import RawRow, Reading
from wfm.telephony.service.deliveries import note_delivery
from wfm.telephony.service.files import MAX_LINE
from wfm.telephony.service.intake import append, content_hash
from wfm.telephony.service.quarantine import set_aside
from wfm.telephony.service.streams import only_stream
from wfm.telephony.service.whole_files import Line


class EventResult(NamedTuple):
    """What became of an event.

    | status | meaning |
    |---|---|
    | accepted | kept, and understood |
    | duplicate | known already, with the same content: nothing to do |
    | conflict | the id stands for other content, which stays; this one is set aside |
    | quarantined | kept, but not understood: `reason` says why |
    """

    id: str
    status: str
    reason: str = ""


def accept(session: Session, source: Source, batch: Sequence[Any]) -> list[EventResult]:
    """Keep the events of a batch as raw events, for projection; one result each, in their order.

    Raises BadInput, and keeps nothing, if one of them has no well-formed envelope; its details name the `field`.
    """
    sealed = seal_all(batch)
    return _keep(session, only_stream(session, source), sealed, range(1, len(sealed) + 1))


def accept_lines(session: Session, source: Source, lines: Sequence[Line], file: str) -> list[EventResult]:
    """Keep the events of a file, one a line, like `accept`; but a malformed line is quarantined on its own."""
    stream, received_at = only_stream(session, source), now()
    sealed: list[Envelope] = []
    numbers: list[int] = []
    results: list[EventResult | None] = []
    for number, content in lines:
        if not content.strip():
            continue
        try:
            if len(content) >= MAX_LINE:
                raise BadInput("line_too_long", f"longer than {MAX_LINE} bytes")
            sealed.append(seal(parse(content, "line"), "event"))
            numbers.append(number)
            results.append(None)
        except BadInput as error:
            set_aside(session, stream, content, error.code, error.message, received_at, number, file)
            results.append(EventResult("", "quarantined", error.message))
    kept = iter(_keep(session, stream, sealed, numbers, file))
    return [next(kept) if result is None else result for result in results]


def _keep(
    session: Session, stream: Stream, events: Sequence[Envelope], numbers: Sequence[int], file: str | None = None
) -> list[EventResult]:
    """Keep those of well-formed events whose ids are new to the locked stream's source.

    `numbers` are those of their lines in the file, or without one their places in the request.
    """
    received_at = now()
    known = _known(session, stream, events)
    new: dict[str, RawRow] = {}
    lines: dict[int, int] = {}
    results: list[EventResult] = []
    for event, number in zip(events, numbers, strict=True):
        digest = content_hash(event.payload)
        if event.id not in known:
            known[event.id] = digest
            position = stream.position + len(new)
            new[event.id] = RawRow(position, event.payload)
            lines[position] = number
            results.append(EventResult(event.id, "accepted"))
        elif known[event.id] == digest:
            results.append(EventResult(event.id, "duplicate"))
        else:
            detail = f"id {event.id!r} has had another content before"
            set_aside(session, stream, event.payload, "conflict", detail, received_at, number, file)
            results.append(EventResult(event.id, "conflict", detail))
    if new:
        keys = [
            {"source_id": stream.source_id, "event_id": event_id, "content_hash": known[event_id], "position": position}
            for event_id, (position, _) in new.items()
        ]
        session.execute(insert(EventKey).values(stream_id=stream.id), keys)
        append(session, stream, list(new.values()), stream.position + len(new), received_at)
        note_delivery(session, stream, received_at, file, lines)
    problems = _problems(stream, new)
    return [
        EventResult(result.id, "quarantined", problems[result.id])
        if result.status == "accepted" and result.id in problems
        else result
        for result in results
    ]


def _known(session: Session, stream: Stream, events: Sequence[Envelope]) -> dict[str, bytes]:
    """The content hashes of ids that came before."""
    found = select(EventKey.event_id, EventKey.content_hash).where(
        EventKey.source_id == stream.source_id, EventKey.event_id.in_([event.id for event in events])
    )
    return dict(session.execute(found).all())


def _problems(stream: Stream, new: Mapping[str, RawRow]) -> dict[str, str]:
    """By id, why events cannot be read: their sender hears at once what projection will find."""
    ids = {row.position: event_id for event_id, row in new.items()}
    reading = Reading(stream.id, ignored=frozenset(stream.source.ignored_events))
    unreadable = decode(list(new.values()), reading).unreadable
    return {ids[bad.position]: f"{bad.reason}: {bad.detail}" for bad in unreadable}
