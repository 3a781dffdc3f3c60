"""Events over HTTP and from files: what is refused at the door, each id once, and what the vocabulary makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import select

from wfm.core.clock import from_micros
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.queues.rules.calls import StreamRank, fold_calls
from wfm.telephony.adapters import cloudevents
from wfm.telephony.models import Quarantine, RawEvent
from wfm.telephony.rules import events as vocabulary
from wfm.telephony.rules.envelope import MAX_BODY, MAX_EVENT, read_body, seal, seal_all
from wfm.telephony.rules.events import Decoded, RawRow, Reading
from wfm.telephony.service.events import EventResult, accept, accept_lines
from wfm.telephony.service.intake import open_source
from wfm.telephony.service.whole_files import numbered_lines

SCHEMA = Path(cloudevents.__file__).parents[1] / "event.schema.json"
VALUES: dict[str, Any] = {
    "call": "c1", "queue": "burgdorf", "agent": "ag01", "reason": "Pause", "wait_s": 18, "talk_s": 182,
    "caller": "+4951361234", "dialled": "05136 8898-0", "service": "99008008012000", "by": "agent",
}  # fmt: skip
WORDS = {("call.left", "reason"): "timeout", ("call.transferred", "by"): "attended"}


def event(
    number: int | str = 1, kind: str = "call.offered", time: str = "2026-09-01T08:15:00+02:00", **data: Any
) -> dict:
    told = data or {"call": "c1", "queue": "burgdorf"}
    return {"specversion": "1.0", "id": str(number), "source": "/pbx/1", "type": kind, "time": time, "data": told}


def complete(kind: str, *, optional: bool) -> dict:
    """An event of a kind with all it must have, or may have as well."""
    required, more = cloudevents.FIELDS[kind]
    names = (*required, *more) if optional else required
    return event("x", kind) | {"data": {name: WORDS.get((kind, name), VALUES[name]) for name in names}}


def decode(*events: dict) -> Decoded:
    return cloudevents.decode([RawRow(at, seal(one, "event").payload) for at, one in enumerate(events)], Reading(1))


# The door


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time": None}, "events[1].time"),
        ({"time": "2026-09-01T08:15:00"}, "events[1].time"),
        ({"time": "2026-09-01"}, "events[1].time"),
        ({"time": "2026-13-01T08:15:00Z"}, "events[1].time"),
        ({"time": "1026-12-01T08:15:00Z"}, "events[1].time"),
        ({"time": 1788243300}, "events[1].time"),
        ({"id": None}, "events[1].id"),
        ({"id": ""}, "events[1].id"),
        ({"id": 7}, "events[1].id"),
        ({"id": "x" * 256}, "events[1].id"),
        ({"id": "a\0b"}, "events[1].id"),
        ({"id": "\ud800"}, "events[1].id"),
        ({"source": None}, "events[1].source"),
        ({"type": ["call.offered"]}, "events[1].type"),
        ({"specversion": None}, "events[1].specversion"),
        ({"specversion": "0.3"}, "events[1].specversion"),
        ({"subject": 1}, "events[1].subject"),
        ({"data": "x" * MAX_EVENT}, "events[1]"),
    ],
)
def test_a_malformed_envelope_refuses_the_whole_batch_and_names_the_field(change: dict, field: str):
    bad = {name: value for name, value in (event(2) | change).items() if value is not None}
    with pytest.raises(BadInput) as caught:
        seal_all([event(1), bad, event(3)])
    assert caught.value.details["field"] == field
    assert caught.value.message.startswith(field)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'[{"a": NaN}]',
        b"1" * 5_000,
        b" " * (MAX_BODY + 1),
        b'{"id": "\xed\xa0\x80"}',
    ],
    ids=["empty", "half", "encoding", "nested", "nan", "long_number", "too_large", "surrogate"],
)
def test_a_body_that_is_no_json_or_too_large_is_refused(body: bytes):
    with pytest.raises(BadInput) as caught:
        read_body(body)
    assert caught.value.details["field"] == "events"


@pytest.mark.parametrize("batch", [["text"], [None], [[event()]], [event()] * 1_001, 7])
def test_a_batch_is_an_array_of_at_most_a_thousand_objects(batch: Any):
    with pytest.raises(BadInput):
        seal_all(read_body(json.dumps(batch).encode()))


def test_a_single_event_is_a_batch_of_one():
    assert seal_all(read_body(json.dumps(event()).encode())) == seal_all([event()])


def test_refused_batches_leave_nothing_behind(database):
    with pytest.raises(BadInput), transaction() as session:
        accept(session, open_source(session, "ivr", "events"), [event(1), {}])
    assert kept() == []


# Each id once


def post(*events: Any) -> list[EventResult]:
    with transaction() as session:
        return accept(session, open_source(session, "ivr", "events"), events)


def kept() -> list[tuple[int, str]]:
    with transaction() as session:
        rows = session.execute(
            select(RawEvent.position, RawEvent.payload).order_by(RawEvent.stream_id, RawEvent.position)
        )
        return [(position, json.loads(payload)["id"]) for position, payload in rows]


def statuses(results: list[EventResult]) -> list[str]:
    return [result.status for result in results]


def test_the_same_event_again_is_accepted_and_changes_nothing(database):
    assert statuses(post(event(1), event(2))) == ["accepted", "accepted"]
    assert statuses(post(event(2), event(3), event(3))) == ["duplicate", "accepted", "duplicate"]
    assert kept() == [(0, "1"), (1, "2"), (2, "3")]
    spelt_differently = dict(reversed(event(1).items()))
    assert statuses(post(spelt_differently)) == ["duplicate"], "the order of fields is no content"


def test_the_same_id_with_other_content_is_a_conflict_for_the_operator(database):
    post(event(1))
    other = event(1, "call.abandoned")
    assert statuses(post(other, event(2))) == ["conflict", "accepted"]
    assert statuses(post(other)) == ["conflict"]
    assert kept() == [(0, "1"), (1, "2")]
    with transaction() as session:
        (row,) = session.scalars(select(Quarantine))
        assert (row.reason, json.loads(row.payload)) == ("conflict", other)
        assert row.position < 0


def test_ids_are_unique_by_source(database):
    post(event(1))
    with transaction() as session:
        assert statuses(accept(session, open_source(session, "other", "events"), [event(1)])) == ["accepted"]
    assert statuses(post(event(1) | {"source": "/pbx/2"})) == ["conflict"], (
        "the token's source counts, not the sender's word"
    )


def test_what_is_not_understood_is_kept_and_said_at_once(database):
    unknown, unfit = event(1, "call.parked"), event(2, "call.left", call="c1", queue="q", reason="bored")
    results = post(unknown, unfit, event(3))
    assert statuses(results) == ["quarantined", "quarantined", "accepted"]
    assert "call.parked" in results[0].reason
    assert "data.reason" in results[1].reason
    assert len(kept()) == 3
    assert statuses(post(unknown)) == ["duplicate"]


def test_a_file_of_json_lines_keeps_its_good_lines(database, tmp_path):
    path = tmp_path / "events.jsonl"
    lines = [
        json.dumps(event(1)).encode(),
        b"\x00\xff garbage",
        b"",
        json.dumps(event(2)).encode()[:40],
        json.dumps(event(3) | {"time": "gestern"}).encode(),
        json.dumps(event(4) | {"data": "x" * 10_000_000}).encode(),
        json.dumps(event(1)).encode() + b"\r",
        json.dumps(event(1, queue="lehrte")).encode(),
        json.dumps(event(5)).encode(),
    ]
    path.write_bytes(b"\n".join(lines))  # the last line has no end
    results = []
    for batch in numbered_lines(path, 3):
        with transaction() as session:
            results += accept_lines(session, open_source(session, "ivr", "events"), batch, path.name)
    bad = ["quarantined"] * 4
    assert statuses(results) == ["accepted", *bad, "duplicate", "conflict", "accepted"]
    assert [name for _, name in kept()] == ["1", "5"]
    with transaction() as session:
        told = session.execute(select(Quarantine.line, Quarantine.reason).order_by(Quarantine.id)).all()
    assert told == [
        (2, "events.not_json"), (4, "events.not_json"), (5, "events.malformed"), (6, "line_too_long"), (8, "conflict"),
    ]  # fmt: skip


# What they say


@pytest.mark.parametrize("kind", cloudevents.FIELDS)
def test_every_type_is_read_with_all_its_fields(kind: str):
    for optional in (False, True):
        decoded = decode(complete(kind, optional=optional))
        assert not decoded.unreadable
        (read,) = decoded.events
        data = complete(kind, optional=optional)["data"]
        assert read.kind == kind
        assert from_micros(read.at).isoformat() == "2026-09-01T06:15:00+00:00"
        assert read.text == data.get("reason", data.get("by", ""))
        told = {name: getattr(read, name) for name in data if name not in ("reason", "by")}
        assert told == {name: data[name] for name in told}


@pytest.mark.parametrize("kind", [kind for kind, (required, _) in cloudevents.FIELDS.items() if required])
def test_what_a_type_needs_must_be_there(kind: str):
    for name in cloudevents.FIELDS[kind][0]:
        lacking = complete(kind, optional=False)
        del lacking["data"][name]
        (bad,) = decode(lacking).unreadable
        assert (bad.reason, bad.detail) == ("data", f"data.{name} is missing")


@pytest.mark.parametrize(
    "data",
    [
        {"call": "c1", "queue": "q", "wait": 5},
        {"call": "c1", "queue": "q", "wait_s": -1},
        {"call": "c1", "queue": "q", "wait_s": 1.5},
        {"call": "c1", "queue": "q", "wait_s": True},
        {"call": "c1", "queue": "q", "wait_s": 10**9},
        {"call": "c1", "queue": "q", "wait_s": "18"},
        {"call": "", "queue": "q"},
        {"call": None, "queue": "q"},
        {"call": ["c1"], "queue": "q"},
        {"call": "c\0", "queue": "q"},
        {"call": "\udcff", "queue": "q"},
        {"call": "x" * 256, "queue": "q"},
        ["call"],
        "call",
        None,
    ],
)
def test_data_that_does_not_fit_is_quarantined(data: Any):
    (bad,) = decode(event(1, "call.answered") | {"data": data}).unreadable
    assert bad.reason == "data"


@pytest.mark.parametrize("payload", [b"[]", b"7", b"{}", b"\xff", b'{"type": {}, "time": "2026-09-01T08:15:00Z"}'])
def test_whatever_the_bytes_reading_never_fails(payload: bytes):
    decoded = cloudevents.decode([RawRow(1, payload), RawRow(2, seal(event(), "event").payload)], Reading(1))
    assert len(decoded.unreadable) == len(decoded.events) == 1


def test_an_emptied_event_tells_nothing():
    """What is left of one whose time was over; none comes in so."""
    assert cloudevents.decode([RawRow(1, b"")], Reading(1)) == Decoded([], [])


def test_an_operator_can_declare_a_type_to_be_noise():
    rows = [RawRow(0, seal(event(1, "call.parked"), "event").payload)]
    assert cloudevents.decode(rows, Reading(1)).unreadable
    assert cloudevents.decode(rows, Reading(1, ignored=frozenset({"call.parked"}))) == Decoded([], [])


def test_the_schema_says_the_same_as_the_adapter():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    valid = jsonschema_rs.validator_for(schema).is_valid
    assert set(schema["properties"]["type"]["enum"]) == set(cloudevents.FIELDS)
    by_type = {rule["if"]["properties"]["type"]["const"]: rule["then"] for rule in schema["allOf"]}
    for kind, (required, optional) in cloudevents.FIELDS.items():
        data = by_type[kind]["properties"]["data"]
        assert (set(data["properties"]), set(data["required"])) == ({*required, *optional}, set(required))
        assert valid(complete(kind, optional=False))
        assert valid(complete(kind, optional=True))
        assert not valid(complete(kind, optional=True) | {"data": {"unheard": "of"}})
    for (kind, name), words in cloudevents.WORDS.items():
        assert set(by_type[kind]["properties"]["data"]["properties"][name]["enum"]) == words


def test_the_vocabulary_is_complete():
    kinds = {
        getattr(vocabulary, name)
        for name in dir(vocabulary)
        if name.startswith(("CALL_", "AGENT_", "WRAPUP_", "SOURCE_"))
    }
    assert kinds - {vocabulary.SOURCE_GENERATED} == set(cloudevents.FIELDS)


def test_a_call_told_by_events_is_a_call():
    told = [
        event(1, "call.dialled", "2026-09-01T08:59:59+02:00", call="c1", dialled="0513688980"),
        event(2, "call.offered", "2026-09-01T09:00:00+02:00", call="c1", queue="burgdorf", caller="05131 1"),
        event(
            3, "call.answered", "2026-09-01T09:00:18.4+02:00", call="c1", queue="burgdorf", agent="Kern", service="Pass"
        ),
        event(4, "call.ended", "2026-09-01T07:03:20Z", call="c1", queue="burgdorf", agent="Kern", by="caller"),
        event(5, "agent.wrapup_started", "2026-09-01T07:03:20Z", call="c1", agent="Kern"),
        event(6, "agent.wrapup_ended", "2026-09-01T07:03:50Z", call="c1", agent="Kern"),
    ]  # fmt: skip
    events = decode(*reversed(told)).events
    (call,) = fold_calls("c1", events, {1: StreamRank(2, 1, 0, b"")}, {}, events[0].at)
    (stay,) = call.stays
    assert (stay.outcome, stay.wait_s, stay.talk_s, stay.agent) == ("answered", 18, 181, "Kern")
    assert (stay.ended_by, stay.wrapup_s) == ("caller", 30)
    assert (call.dialled, call.caller, call.service) == ("0513688980", "05131 1", "Pass")
