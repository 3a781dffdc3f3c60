"""So many requests a minute for a token, a session, an address, as the table says; then 429 with a time to wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine
from flask import Flask

from wfm.accounts import throttle
from wfm.accounts.rules import Role, Viewer
from wfm.accounts.rules.requests import ADDRESS, INTAKE, LIMITS, MUNICIPALITY, PERSON, PROGRAM, WINDOW_S, limit_for
from wfm.core import counting
from wfm.core.db import transaction
from wfm.directory.service import load_base_data

from .conftest import Caller, Callers, signed_in

ROUTE = "/api/v1/partners"
AT = datetime(2026, 9, 1, 8, 15, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_in_earnest(valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WFM_REQUESTS_FACTOR", "1")
    throttle._away_until = 0.0
    with time_machine.travel(AT, tick=False):
        yield
    throttle._away_until = 0.0


@pytest.fixture
def centre(empty: Callers) -> Callers:
    with transaction() as session:
        load_base_data(session)
    return empty


def left(answer) -> int:
    found = re.fullmatch(r'"([a-z-]+)";r=(\d+);t=([1-9]\d?)', answer.headers["RateLimit"])
    assert found, answer.headers["RateLimit"]
    return int(found[2])


def counted(valkey: redis.Redis) -> list[bytes]:
    """What was counted in this minute of ours: other tests may count in the same Valkey, in theirs."""
    return valkey.keys(f"*requests/*/{WINDOW_S}/{int(AT.timestamp()) // WINDOW_S}")


def use_up(valkey: redis.Redis, but: int = 0) -> None:
    """As if all but so many requests of the only one who has asked were made."""
    (key,) = counted(valkey)
    most = next(limit.most for limit in LIMITS if f"requests/{limit.name}/".encode() in key)
    valkey.incrby(key, most - but - int(valkey.get(key) or 0))


def test_every_limit_has_its_reason_and_intake_far_more_than_people():
    assert all(limit.reason for limit in LIMITS)
    assert len({limit.name for limit in LIMITS}) == len(LIMITS)
    assert INTAKE.most >= 10 * PERSON.most
    assert MUNICIPALITY.most < PROGRAM.most


@pytest.mark.parametrize(
    ("viewer", "permission", "limit"),
    [
        (None, "usage.read", ADDRESS),
        (None, "public", ADDRESS),
        (Viewer("pbx", Role.ADMIN, scopes=frozenset({"events.write"})), "events.write", INTAKE),
        (Viewer("pbx", Role.ADMIN), "usage.read", PROGRAM),
        (Viewer("b", Role.MUNICIPALITY, "03241003"), "usage.read", MUNICIPALITY),
        (Viewer("kern", Role.ADMIN, person_id=1), "events.write", PERSON),
        (Viewer("rat", Role.MUNICIPALITY, "03241003", person_id=2), "usage.read", PERSON),
    ],
)
def test_whose_limit_counts(viewer: Viewer | None, permission: str, limit):
    assert limit_for(viewer, permission) is limit


def test_a_municipality_s_program_is_stopped_after_its_share(centre: Callers):
    own = centre("municipality")
    answers = [own.get(ROUTE) for _ in range(MUNICIPALITY.most + 1)]
    assert [answer.status_code for answer in answers] == [200] * MUNICIPALITY.most + [429]
    assert [left(answer) for answer in answers[:2]] == [MUNICIPALITY.most - 1, MUNICIPALITY.most - 2]
    refused = answers[-1]
    assert refused.content_type == "application/problem+json"
    assert refused.json["code"] == "request.too_many"
    assert refused.headers["RateLimit-Policy"] == f'"token-municipality";q={MUNICIPALITY.most};w=60'
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert left(refused) == 0
    assert centre("finance").get(ROUTE).status_code == 200, "another key has a count of its own"


def test_it_goes_on_when_it_says(centre: Callers, valkey: redis.Redis):
    own = centre("municipality")
    own.get(ROUTE)
    use_up(valkey)
    refused = own.get(ROUTE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    (key,) = counted(valkey)
    assert 0 < valkey.ttl(key) <= 60, "nothing stays in Valkey for ever"
    for later, status in ((39, 429), (40, 200)):
        with time_machine.travel(AT + timedelta(seconds=later), tick=False):
            assert own.get(ROUTE).status_code == status


def test_many_at_once_are_no_more_than_allowed(centre: Callers, app: Flask, valkey: redis.Redis):
    token = centre("municipality").token
    centre("municipality").get(ROUTE)
    use_up(valkey, but=5)
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda _: Caller(app.test_client(), token).get(ROUTE).status_code, range(24)))
    assert (found.count(200), found.count(429)) == (5, 19)


def test_a_person_s_forms_and_pages_count_together(centre: Callers, app: Flask, valkey: redis.Redis):
    reader = signed_in(app, "admin")
    assert left(reader.get("/konto")) == PERSON.most - 1
    use_up(valkey, but=1)
    assert reader("POST", "/sprache", data={"language": "en"}).status_code == 303
    for method, path in (("POST", "/sprache"), ("POST", "/verwaltung/konten"), ("GET", "/konto"), ("GET", ROUTE)):
        refused = reader(method, path, data={"language": "en"} if method == "POST" else None)
        assert refused.status_code == 429, path
        assert int(refused.headers["Retry-After"]) >= 1
    page = reader.get("/konto")
    assert page.mimetype == "text/html"
    assert "Zu viele Anfragen" in page.text or "Too many requests" in page.text


def test_keys_that_do_not_fit_count_for_the_address(centre: Callers, valkey: redis.Redis):
    stranger = centre(None)
    assert left(stranger.get(ROUTE, headers={"Authorization": "Bearer wfm_guessed"})) == ADDRESS.most - 1
    assert left(stranger.get("/anmelden")) == ADDRESS.most - 2
    assert left(stranger.get("/nirgends")) == ADDRESS.most - 3
    use_up(valkey)
    assert stranger.get(ROUTE, headers={"Authorization": "Bearer wfm_other"}).status_code == 429
    assert stranger("POST", "/anmelden", data={"login": "a", "password": "b"}).status_code == 429
    assert centre("admin").get(ROUTE).status_code == 200, "who has a key is not counted by the address"


def test_files_of_pages_and_probes_are_not_counted(centre: Callers, valkey: redis.Redis):
    for path in ("/healthz", "/readyz", "/static/wfm.css"):
        with centre(None).get(path) as answer:
            assert answer.status_code == 200
            assert "RateLimit" not in answer.headers
    assert not counted(valkey)


def test_events_have_room_of_their_own(centre: Callers, valkey: redis.Redis):
    sender = centre("admin", scopes=("events.write",))
    assert left(sender.send(source="acd")) == INTAKE.most - 1
    use_up(valkey)
    assert sender.send(source="acd").status_code == 429


def test_a_multiple_for_a_whole_installation(centre: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WFM_REQUESTS_FACTOR", "3")
    assert left(centre("municipality").get(ROUTE)) == 3 * MUNICIPALITY.most - 1


def test_where_nothing_can_be_counted_everybody_is_let_in(centre: Callers, monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Figures and events must not wait for a counter; signing in does (test_sessions.py)."""
    asked = []
    monkeypatch.setattr(counting, "_storage", lambda url: asked.append(url) or real(url))
    monkeypatch.setenv("WFM_REDIS_URL", f"unix://{tmp_path}/nobody?db=0")
    sender = centre("admin")
    for _ in range(3):
        answer = sender.get(ROUTE)
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers
    assert len(asked) == 1, "one request finds out, the next ones do not wait for it again"


real = counting._storage


def test_nothing_is_remembered_in_this_process(centre: Callers, valkey: redis.Redis):
    own = centre("municipality")
    own.get(ROUTE)
    use_up(valkey)
    assert own.get(ROUTE).status_code == 429
    valkey.flushdb()
    assert left(own.get(ROUTE)) == MUNICIPALITY.most - 1


def test_the_document_tells_of_it_on_every_route(app: Flask):
    document = app.test_client().get("/api/v1/openapi.json").json
    told = document["components"]["responses"]["TOO_MANY_REQUESTS"]
    assert set(told["headers"]) == {"Retry-After", "RateLimit", "RateLimit-Policy"}
    for path, members in document["paths"].items():
        for method, operation in members.items():
            if method in ("get", "post", "put", "patch", "delete"):
                assert operation["responses"]["429"] == {"$ref": "#/components/responses/TOO_MANY_REQUESTS"}, path
