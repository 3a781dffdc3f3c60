"""Calls, their stays and raw events as the interface shows them."""

from __future__ import annotations

from wfm.core import fields
from wfm.core.web import PageArguments

OUTCOMES = ("answered", "abandoned", "timeout", "key", "empty", "withdrawn", "lost", "open", "refused")


class CallSchema(fields.Schema):
    """One citizen's call, over all its stays."""

    id = fields.Text(required=True)
    system = fields.Text(required=True)
    callid = fields.Text(required=True, metadata={"description": "As the telephone system names it"})
    day = fields.Day(required=True)
    started_at = fields.Instant(required=True)
    queue = fields.Text(required=True, metadata={"description": "Its first one"})
    dialled = fields.Text(required=True)
    caller_area = fields.Text(required=True, allow_none=True, metadata={"description": "Area code; never the number"})
    service = fields.Text(required=True, allow_none=True)
    partner = fields.Text(required=True, allow_none=True)
    likely = fields.Text(required=True, allow_none=True, metadata={"description": "A guess by area code"})
    method = fields.Text(required=True, metadata={"description": "What the attribution rests on"})
    answered = fields.Flag(required=True)
    refused = fields.Flag(required=True)
    open = fields.Flag(required=True)
    talk_s = fields.Whole(required=True)
    twice = fields.Whole(required=True, metadata={"description": "Events of it that came twice"})
    stay_count = fields.Whole(required=True)


class StaySchema(fields.Schema):
    """The time of the call in one queue."""

    stay_no = fields.Whole(required=True)
    queue = fields.Text(required=True)
    entered_at = fields.Instant(required=True)
    outcome = fields.Text(required=True, choices=OUTCOMES)
    start_unknown = fields.Flag(required=True)
    answered_at = fields.Instant(required=True, allow_none=True)
    ended_at = fields.Instant(required=True, allow_none=True)
    wait_s = fields.Whole(required=True, allow_none=True)
    talk_s = fields.Whole(required=True, allow_none=True)
    wrapup_s = fields.Whole(required=True, allow_none=True)
    ended_by = fields.Text(required=True, allow_none=True)
    agent = fields.Text(required=True, allow_none=True, metadata={"description": "A pseudonym"})
    attempts_failed = fields.Whole(required=True)


class CallWithStaysSchema(CallSchema):
    """One call with its stays."""

    stays = fields.ListOf(fields.Part(StaySchema), required=True)


class RawEventSchema(fields.Schema):
    """A raw event: where it stands in what was received, what it was read as, and its masked text."""

    source = fields.Text(required=True)
    stream = fields.Text(required=True)
    position = fields.Whole(required=True, metadata={"description": "Byte, row or message in the stream"})
    received_at = fields.Instant(required=True)
    content_hash = fields.Text(required=True, metadata={"description": "Keyed hash of the unmasked event"})
    type = fields.Text(required=True, allow_none=True)
    at = fields.Instant(required=True, allow_none=True)
    raw = fields.Text(required=True)


class RawEventsSchema(fields.Schema):
    """All raw events of a call."""

    items = fields.ListOf(fields.Part(RawEventSchema), required=True)


class CallArguments(PageArguments):
    """Days, or the time a stay entered, or both."""

    first = fields.Day(data_key="from", load_default=None, metadata={"example": "2026-09-01"})
    last = fields.Day(data_key="to", load_default=None, metadata={"description": "Exclusive", "example": "2026-10-01"})
    partner = fields.Line(max_length=20, load_default=None, metadata={"description": "Key, or `none`"})
    service = fields.Line(max_length=20, load_default=None, metadata={"description": "LeiKa key, or `none`"})
    method = fields.Line(max_length=40, load_default=None)
    start = fields.Instant(load_default=None, metadata={"description": "A stay entered at or after"})
    end = fields.Instant(load_default=None, metadata={"description": "A stay entered before"})
    queue = fields.Line(max_length=100, load_default=None, metadata={"description": "Of that stay"})
    outcome = fields.Text(choices=OUTCOMES, load_default=None, metadata={"description": "Of that stay"})


# Examples, as the document shows them.

CALL = {
    "id": "WzEsIjE3OTU0Njg4MDAuMTIzIiwxXQ",
    "system": "main",
    "callid": "1795468800.123",
    "day": "2026-09-01",
    "started_at": "2026-09-01T08:15:00+02:00",
    "queue": "buergeramt",
    "dialled": "495136898200",
    "caller_area": "05136",
    "service": None,
    "partner": "03241003",
    "likely": None,
    "method": "dialled_number",
    "answered": True,
    "refused": False,
    "open": False,
    "talk_s": 120,
    "twice": 0,
    "stay_count": 1,
}
STAY = {
    "stay_no": 1,
    "queue": "buergeramt",
    "entered_at": "2026-09-01T08:15:00+02:00",
    "outcome": "answered",
    "start_unknown": False,
    "answered_at": "2026-09-01T08:15:20+02:00",
    "ended_at": "2026-09-01T08:17:20+02:00",
    "wait_s": 20,
    "talk_s": 120,
    "wrapup_s": None,
    "ended_by": "caller",
    "agent": "Agent 7F3A2C",
    "attempts_failed": 0,
}
RAW_EVENT = {
    "source": "pbx",
    "stream": "queue_log",
    "position": 81_234,
    "received_at": "2026-09-01T08:15:01+02:00",
    "content_hash": "8d969eef6ecad3c29a3a629280e686cf",
    "type": "call.offered",
    "at": "2026-09-01T08:15:00+02:00",
    "raw": "1795468800|1795468800.123|buergeramt|NONE|ENTERQUEUE||05136 ***|1",
}
