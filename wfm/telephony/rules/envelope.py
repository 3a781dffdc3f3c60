"""CloudEvents 1.0 at the door: is this an event at all? Limits, required attributes, types.

What an event says is not judged here, but when it is read: a batch in which every event has a form is accepted.
Specification: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

from wfm.core.clock import BERLIN
from wfm.core.errors import BadInput
from wfm.telephony.rules.local_time import read_time

MAX_EVENTS = 1_000
MAX_BODY = 5 << 20
MAX_EVENT = 64 << 10
MAX_ATTRIBUTE = 255
REQUIRED = ("specversion", "id", "source", "type", "time")
OPTIONAL_TEXTS = ("subject", "datacontenttype", "dataschema")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Envelope(NamedTuple):
    """A well-formed event: its id, and the whole of it as JSON of one spelling (sorted, no spaces)."""

    id: str
    payload: bytes


def read_body(body: bytes) -> list[Any]:
    """The events of a request's body, an array or a single object. Raises BadInput if it is no JSON or too much."""
    if len(body) > MAX_BODY:
        raise BadInput("events.too_large", f"Mehr als {MAX_BODY >> 20} MiB auf einmal.", field="events")
    parsed = parse(body, "events")
    return parsed if isinstance(parsed, list) else [parsed]


def parse(text: bytes, field: str) -> Any:
    """JSON as the standard has it: UTF-8, no NaN. Raises BadInput."""
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadInput("events.not_json", f"{field}: kein JSON ({error}).", field=field) from None


def seal_all(batch: Sequence[Any]) -> list[Envelope]:
    """The envelopes of a batch, all or none; raises BadInput."""
    if len(batch) > MAX_EVENTS:
        raise BadInput("events.too_many", f"Mehr als {MAX_EVENTS} Ereignisse auf einmal.", field="events")
    return [seal(event, f"events[{index}]") for index, event in enumerate(batch)]


def seal(event: Any, field: str) -> Envelope:
    """The envelope of an event; raises BadInput that names what is missing or wrong, such as `events[3].time`."""
    if not isinstance(event, dict):
        _refuse(field, "ist kein Objekt")
    for name in REQUIRED:
        if name not in event:
            _refuse(f"{field}.{name}", "fehlt")
    for name in (*REQUIRED, *OPTIONAL_TEXTS):
        value = event.get(name, "-")
        if not isinstance(value, str):
            _refuse(f"{field}.{name}", "ist kein Text")
        if not 0 < len(value) <= MAX_ATTRIBUTE or not value.isprintable():
            _refuse(f"{field}.{name}", f"muss 1 bis {MAX_ATTRIBUTE} druckbare Zeichen haben")
    if event["specversion"] != "1.0":
        _refuse(f"{field}.specversion", "ist nicht „1.0“")
    _check_time(event["time"], f"{field}.time")
    try:
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    except RecursionError:
        _refuse(field, "ist zu tief verschachtelt")
    sealed = payload.encode("utf-8", "surrogatepass")
    if len(sealed) > MAX_EVENT:
        _refuse(field, f"ist größer als {MAX_EVENT >> 10} KiB")
    return Envelope(event["id"], sealed)


def _check_time(text: str, field: str) -> None:
    if not _RFC_3339.fullmatch(text):
        _refuse(field, "ist keine Zeit nach RFC 3339 mit Zeitzone, z. B. 2026-09-01T08:15:00+02:00")
    try:
        read_time(text.upper(), BERLIN)
    except ValueError:
        _refuse(field, "ist keine Zeit zwischen 2000 und 2100")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _refuse(field: str, what: str) -> NoReturn:
    raise BadInput("events.malformed", f"{field} {what}.", field=field)
