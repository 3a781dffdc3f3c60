"""The audit trail in the browser and over the interface."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from wfm.accounts.models import AuditEntry
from wfm.accounts.service import sealing
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction

PATH = "/verwaltung/protokoll"


@pytest.fixture
def entries(ask):
    """Three days ago 150 entries of a program, and one that looks like a formula."""
    long_ago = now() - timedelta(days=3)
    values = {"at": long_ago, "action": "thing.done", "object_kind": "thing"}
    with transaction() as session:
        session.add_all(AuditEntry(**values, actor="token:x", object_id=str(number)) for number in range(150))
        session.flush()
        session.add(AuditEntry(**values, actor="=cmd|' /C calc'!A0", object_id="<b>", purpose="planning"))
    return berlin_day(long_ago)


def test_filters_pages_and_seals(ask, entries):
    council = ask("staff_council")
    page = council.get(f"{PATH}?action=thing.done").text
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "noch offen" in page
    with transaction() as session:
        sealing.seal(session)
    first = council.get(f"{PATH}?action=thing.done&first_day={entries}&last_day={entries}").text
    assert "versiegelt" in first
    assert "noch offen" not in first
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)[1].replace("&amp;", "&")
    second = council.get(following).text
    shown = re.findall(r">thing (\d+)<", first + second)
    assert shown == [str(number) for number in reversed(range(150))]
    for query in ("actor=token:x", "object_kind=thing&object_id=7"):
        assert ">thing 7<" in council.get(f"{PATH}?{query}").text or "cursor" in council.get(f"{PATH}?{query}").text
    assert "Kein Eintrag" in council.get(f"{PATH}?action=thing.done&last_day={entries - timedelta(days=1)}").text


def test_people_are_named_and_numbers_stay(ask, entries):
    admin = ask("admin")
    admin("POST", "/verwaltung/einstellungen/smallest_group", data={"value": "6"})
    page = ask("staff_council").get(f"{PATH}?action=setting.changed").text
    assert re.search(r">admin</a> \(person:\d+\)", page)


@pytest.mark.parametrize(
    "query", ["first_day=gestern", "first_day=2026-09-02&last_day=2026-09-01", "actor=" + "x" * 201]
)
def test_what_can_not_be_understood_is_said(ask, query: str):
    answer = ask("admin").get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in answer.text
    assert ask("admin").get(f"{PATH}?cursor=%00").status_code == 422


def test_as_a_file(ask, entries, trail):
    answer = ask("staff_council").get(f"{PATH}?action=thing.done&liste=protokoll&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 151
    assert rows[-1]["wer"] == "'=cmd|' /C calc'!A0"
    assert rows[-1]["zweck"] == "planning"
    assert trail()[-1][1] == "audit.exported"
    assert ask("admin").get(f"{PATH}?first_day=gestern&liste=protokoll&format=csv").status_code == 422


def test_over_the_interface(ask, entries):
    council = ask("staff_council")
    found = council.get("/api/v1/audit?action=thing.done&limit=100").json
    assert found["items"][0]["object_id"] == "<b>"
    rest = council.get(found["next"]).json
    assert (len(found["items"]), len(rest["items"]), rest["next"]) == (100, 51, None)
    assert council.get("/api/v1/audit?first_day=x").status_code == 422
    assert council.get("/api/v1/audit?unknown=1").status_code == 422
