"""CloudEvents 1.0 in JSON: the way in for every system without an adapter of its own. Types are our vocabulary itself.

Whether an event is well-formed at all is judged at the door (`rules/envelope.py`); here its type and data are read.
Which fields `data` has by type stands in FIELDS; the same as JSON Schema in `event.schema.json`.
"""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from wfm.telephony.adapters.queue_log import MAX_FIELD
from wfm.telephony.adapters.queue_log_words import MAX_SECONDS
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.events import Decoded, RawRows, Reading, TelephonyEvent, Unfit, Unreadable, pack_ref
from wfm.telephony.rules.local_time import read_time

FACTS = ("caller", "dialled", "service")
#: type -> fields of `data` that it must have, and those it may have
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ev.CALL_DIALLED: (("call", "dialled"), ("queue", "caller", "service")),
    ev.CALL_OFFERED: (("call", "queue"), FACTS),
    ev.CALL_REFUSED: (("call", "queue"), FACTS),
    ev.CALL_ATTEMPT_FAILED: (("call", "queue"), ("agent", *FACTS)),
    ev.CALL_HUNG_UP_ON: (("call", "queue"), ("agent", *FACTS)),
    ev.CALL_ANSWERED: (("call", "queue"), ("agent", "wait_s", *FACTS)),
    ev.CALL_ENDED: (("call", "queue"), ("agent", "by", "wait_s", "talk_s", *FACTS)),
    ev.CALL_TRANSFERRED: (("call", "queue"), ("agent", "by", "wait_s", "talk_s", *FACTS)),
    ev.CALL_ABANDONED: (("call", "queue"), ("wait_s", *FACTS)),
    ev.CALL_LEFT: (("call", "queue", "reason"), ("wait_s", *FACTS)),
    ev.AGENT_JOINED: (("agent",), ("queue",)),
    ev.AGENT_LEFT: (("agent",), ("queue",)),
    ev.AGENT_PAUSED: (("agent",), ("queue", "reason")),
    ev.AGENT_UNPAUSED: (("agent",), ("queue",)),
    ev.WRAPUP_STARTED: (("call", "agent"), ("queue",)),
    ev.WRAPUP_ENDED: (("call", "agent"), ("queue",)),
    ev.SOURCE_RESTARTED: ((), ("reason",)),
}
#: Fields that take only these words.
WORDS: dict[tuple[str, str], frozenset[str]] = {
    (ev.CALL_ENDED, "by"): frozenset({"agent", "caller", "system"}),
    (ev.CALL_TRANSFERRED, "by"): frozenset({"blind", "attended"}),
    (ev.CALL_LEFT, "reason"): ev.LEFT_REASONS,
}
UTC = ZoneInfo("UTC")


def decode(rows: RawRows, reading: Reading) -> Decoded:
    """Read events as they were accepted over HTTP or from a file."""
    events: list[TelephonyEvent] = []
    unreadable: list[Unreadable] = []
    last_at: int | None = None
    for position, payload in rows:
        if not payload:  # its time was over
            continue
        try:
            event = _read(payload, pack_ref(reading.stream_id, position), reading.ignored)
        except Unfit as unfit:
            unreadable.append(Unreadable(position, unfit.reason, unfit.detail, last_at))
        else:
            if event is not None:
                events.append(event)
                last_at = event.at
    return Decoded(events, unreadable)


def _read(payload: bytes, ref: int, ignored: frozenset[str]) -> TelephonyEvent | None:
    """The event in the internal vocabulary, None for a type that is to be ignored; raises Unfit."""
    try:
        envelope = json.loads(payload)
        kind, at = str(envelope["type"]), read_time(envelope["time"], UTC).first
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unfit("not_an_event", "not a CloudEvent") from None
    if kind not in FIELDS:
        if kind in ignored:
            return None
        raise Unfit("unknown_event", f"unknown event {kind[:40]!r}")
    data = _checked(kind, envelope.get("data", {}))
    return TelephonyEvent(
        at,
        ref,
        kind,
        call=data.get("call", ""),
        queue=data.get("queue", ""),
        agent=data.get("agent", ""),
        text=data.get("reason", "") or data.get("by", ""),
        wait_s=data.get("wait_s"),
        talk_s=data.get("talk_s"),
        caller=data.get("caller", ""),
        dialled=data.get("dialled", ""),
        service=data.get("service", ""),
    )


def _checked(kind: str, data: Any) -> dict[str, Any]:
    """The fields of `data`, if they are what the type needs; raises Unfit naming the field.

    A field that the type does not have is refused: a misspelt name must not lose its value silently.
    """
    if not isinstance(data, dict):
        raise Unfit("data", "data is not an object")
    required, optional = FIELDS[kind]
    for name in required:
        if name not in data:
            raise Unfit("data", f"data.{name} is missing")
    for name, value in data.items():
        if name not in required and name not in optional:
            raise Unfit("data", f"{kind} has no data.{name[:40]}")
        fits = _is_seconds(value) if name.endswith("_s") else _is_name(value)
        allowed = WORDS.get((kind, name))
        if not fits or (allowed and value not in allowed):
            wanted = f", but one of {', '.join(sorted(allowed))}" if allowed else ""
            raise Unfit("data", f"data.{name} cannot be {str(value)[:40]!r}{wanted}")
    return data


def _is_seconds(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_SECONDS


def _is_name(value: Any) -> bool:
    """Whether it is a short text that a database can hold."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_FIELD or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)
