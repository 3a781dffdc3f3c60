"""Events over HTTP: each has its result, the same again changes nothing, a token is bound to its source."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from wfm.core.db import transaction

from .conftest import Callers, event

OFFERED = event(1, "call.offered", call="a", queue="q")
ANSWERED = event(2, "call.answered", call="a", queue="q")


def stored() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM raw_event"))


def test_each_event_has_its_result(empty: Callers):
    caller = empty("admin")
    strange = event(3, "call.unheard_of", call="a")
    response = caller.send(OFFERED, ANSWERED, OFFERED, {**OFFERED, "type": "call.abandoned"}, strange, source="acd")
    assert response.status_code == 202
    told = [(result["id"], result["status"], result["code"]) for result in response.json["results"]]
    assert told == [
        ("e1", "accepted", 202),
        ("e2", "accepted", 202),
        ("e1", "duplicate", 202),
        ("e1", "conflict", 409),
        ("e3", "quarantined", 202),
    ]
    assert stored() == 3


def test_the_same_batch_again_changes_nothing(empty: Callers):
    first = empty("admin").send(OFFERED, ANSWERED, source="acd")
    again = empty("admin").send(OFFERED, ANSWERED, source="acd")
    assert {result["status"] for result in first.json["results"]} == {"accepted"}
    assert {result["status"] for result in again.json["results"]} == {"duplicate"}
    assert stored() == 2


def test_a_malformed_envelope_refuses_the_whole_batch(empty: Callers):
    response = empty("admin").send(OFFERED, {"id": "x"}, source="acd")
    assert (response.status_code, response.json["code"]) == (422, "events.malformed")
    assert stored() == 0


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/cloudevents+json", OFFERED),
        ("application/cloudevents+json; charset=utf-8", OFFERED),
        ("application/cloudevents-batch+json", [OFFERED]),
        ("application/json", [OFFERED]),
        ("application/json", OFFERED),
    ],
)
def test_content_types(empty: Callers, content_type: str, body: object):
    response = empty("admin")("POST", "/api/v1/events?source=acd", data=json.dumps(body), content_type=content_type)
    assert (response.status_code, len(response.json["results"])) == (202, 1)


def test_a_token_writes_to_its_own_source_only(empty: Callers):
    bound = empty("admin", source="acd-1", scopes=("events.write",))
    assert bound.send(OFFERED).json["source"] == "acd-1"
    assert bound.send(OFFERED, source="acd-1").json["results"][0]["status"] == "duplicate"
    foreign = bound.send(OFFERED, source="acd-2")
    assert (foreign.status_code, foreign.json["code"]) == (403, "source.foreign")
    assert bound.get("/api/v1/partners").status_code == 403


def test_without_a_source_the_events_name_it(empty: Callers):
    assert empty("admin").send(OFFERED).json["source"] == "urn:test"
    mixed = empty("admin").send(OFFERED, {**ANSWERED, "source": "urn:other"})
    assert (mixed.status_code, mixed.json["code"]) == (422, "source.missing")


def test_a_source_of_another_kind_is_no_door_for_events(empty: Callers):
    from wfm.telephony.service.intake import open_source

    with transaction() as session:
        open_source(session, "pbx", "queue_log")
    response = empty("admin").send(OFFERED, source="pbx")
    assert (response.status_code, response.json["code"]) == (409, "source.differs")


def test_sources_and_quarantine_tell_of_them(callers: Callers):
    (source,) = callers("supervisor").get("/api/v1/sources").json["items"]
    assert (source["name"], source["kind"], source["events"], source["quarantined"]) == ("acd", "events", 6, 1)
    assert source["newest_event_at"].endswith("+02:00")
    (entry,) = callers("supervisor").get("/api/v1/quarantine?source=acd").json["items"]
    assert (entry["reason"], entry["state"]) == ("unknown_event", "open")
    assert callers("supervisor").get("/api/v1/quarantine?state=read").json["items"] == []
