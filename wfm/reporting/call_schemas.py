"""Calls, their stays and raw events as the interface shows them."""

from __future__ import annotations

from wfm.core import fields
from wfm.core.web import PageArguments
from wfm.queues.rules.attribution import CONFIDENCE
from wfm.reporting.drilldown import OUTCOMES, RESULTS
from wfm.reporting.rules.stages import STAGES


class AttributionSchema(fields.Schema):
    """Whose call it is, and what that rests on."""

    partner = fields.Text(required=True, allow_none=True)
    name = fields.Text(required=True, allow_none=True)
    likely = fields.Text(required=True, allow_none=True, metadata={"description": "A guess by area code"})
    method = fields.Text(required=True)
    confidence = fields.Text(metadata={"description": "Told of a single call"})
    dialled = fields.Text(required=True, allow_none=True)
    caller = fields.Text(required=True, allow_none=True, metadata={"description": "Area code; never the number"})


class CallSchema(fields.Schema):
    """One citizen's call, over all its stays."""

    id = fields.Text(required=True)
    system = fields.Text(required=True)
    callid = fields.Text(required=True, metadata={"description": "As the telephone system names it"})
    nth = fields.Whole(required=True, metadata={"description": "Counts calls that used the same callid"})
    also = fields.ListOf(
        fields.Text(),
        required=True,
        metadata={"description": "Other ids under which the telephone system told of it; nearly always none"},
    )
    started_at = fields.Instant(required=True)
    queue = fields.Text(required=True, metadata={"description": "Its first one"})
    service = fields.Text(required=True, allow_none=True)
    answered = fields.Flag(required=True)
    refused = fields.Flag(required=True)
    open = fields.Flag(required=True)
    talk_s = fields.Whole(required=True)
    generated = fields.Flag(required=True, metadata={"description": "It was simulated"})
    attribution = fields.Part(AttributionSchema, required=True)


class ListedCallSchema(CallSchema):
    """A call in a list: how many stays it has."""

    stays = fields.Whole(required=True)


class StaySchema(fields.Schema):
    """The time of the call in one queue."""

    stay_no = fields.Whole(required=True)
    queue = fields.Text(required=True)
    entered_at = fields.Instant(required=True)
    outcome = fields.Text(required=True)
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
    stage = fields.Text(required=True, metadata={"description": f"What is left of its raw events: {', '.join(STAGES)}"})
    stage_text = fields.Text(required=True, metadata={"description": "The same as a sentence"})


class RawEventSchema(fields.Schema):
    """A raw event: where it stands in what was received, and its masked text."""

    source = fields.Text(required=True)
    kind = fields.Text(required=True)
    stream = fields.Text(required=True)
    position = fields.Whole(required=True, metadata={"description": "Byte, row or message in the stream"})
    received_at = fields.Instant(required=True)
    line = fields.Text(required=True)
    stage = fields.Text(required=True, metadata={"description": f"What is left of it: {', '.join(STAGES)}"})
    stage_text = fields.Text(required=True, metadata={"description": "The same as a sentence"})


class RawEventsSchema(fields.Schema):
    """All raw events of a call."""

    items = fields.ListOf(fields.Part(RawEventSchema), required=True)


class CallArguments(PageArguments):
    """Where a figure stands in a report."""

    first = fields.Day(data_key="from", load_default=None, metadata={"example": "2026-09-01"})
    last = fields.Day(data_key="to", load_default=None, metadata={"description": "Exclusive", "example": "2026-10-01"})
    start = fields.Instant(load_default=None, metadata={"description": "Instead of `from`"})
    end = fields.Instant(load_default=None, metadata={"description": "Instead of `to`, exclusive"})
    partner = fields.Line(max_length=20, load_default=None, metadata={"description": "Key, or `none`"})
    likely = fields.Line(max_length=20, load_default=None, metadata={"description": "Key of a partner, or `none`"})
    service = fields.Line(max_length=20, load_default=None, metadata={"description": "LeiKa key, or `none`"})
    method = fields.Text(choices=tuple(CONFIDENCE), load_default=None)
    result = fields.Text(choices=RESULTS, load_default=None)
    queue = fields.Line(max_length=100, load_default=None, metadata={"description": "A stay in this queue"})
    outcome = fields.Text(choices=OUTCOMES, load_default=None, metadata={"description": "A stay that ended so"})
    form = fields.Text(
        data_key="format",
        choices=("json", "csv", "xlsx"),
        load_default="json",
        metadata={"description": "A file has the whole list, without pages"},
    )


# Examples, as the document shows them.

CALL = {
    "id": "WyJtYWluIiwiMTc5NTQ2ODgwMC4xMjMiLDBd",
    "system": "main",
    "callid": "1795468800.123",
    "nth": 0,
    "also": [],
    "started_at": "2026-09-01T08:15:00+02:00",
    "queue": "buergeramt",
    "service": None,
    "answered": True,
    "refused": False,
    "open": False,
    "talk_s": 120,
    "generated": False,
    "attribution": {
        "partner": "03241003",
        "name": "Burgdorf",
        "likely": None,
        "method": "dialled_number",
        "dialled": "495136898200",
        "caller": "05136 ***",
    },
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
    "kind": "queue_log",
    "stream": "queue_log",
    "position": 81_234,
    "received_at": "2026-09-01T08:15:01+02:00",
    "line": "1795468800|1795468800.123|buergeramt|NONE|ENTERQUEUE||05136 ***|1",
    "stage": "line",
    "stage_text": STAGES["line"],
}
