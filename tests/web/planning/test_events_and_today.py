"""Planned events by form and file, and the day under way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest

from .test_forecast_pages import text

EVENT = {"kind": "tax_notice", "title": "Grundsteuer", "first_day": "2026-07-13", "last_day": "2026-07-14"}
HEAD = "kind;title;first_day;last_day;partner;queue;factor;source\n"


def sent(rows: str) -> dict[str, object]:
    return {"file": (io.BytesIO((HEAD + rows).encode()), "ereignisse.csv")}


def test_an_event_is_planned_corrected_and_removed(ask: Callable):
    supervisor = ask("supervisor")
    supervisor("POST", "/planung/ereignisse/neu", data=EVENT | {"first_day": "2026-03-09", "last_day": "2026-03-10"})
    added = supervisor("POST", "/planung/ereignisse/neu", data=EVENT)
    assert added.status_code == 303
    page = text(supervisor.get(added.location).text)
    assert "Gelernter Faktor" in page
    assert "09.03.2026" in page
    changed = supervisor("POST", added.location, data=EVENT | {"factor": "1,4"})
    assert "1,40" in supervisor.get("/planung/ereignisse").text
    assert supervisor("POST", f"{changed.location}/loeschen").status_code == 303
    assert supervisor.get(changed.location).status_code == 404
    assert "Grundsteuer" in ask("finance").get("/planung/ereignisse").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("kind", "party"), ("title", ""), ("title", "a\x01b"), ("first_day", "morgen"), ("last_day", "2026-07-01")),
        *(("factor", "-1"), ("factor", "viel"), ("queue", "keller"), ("partner", "99999999")),
    ],
)
def test_a_wrong_event_is_refused_at_its_field(ask: Callable, field: str, value: str):
    answer = ask("supervisor")("POST", "/planung/ereignisse/neu", data=EVENT | {field: value})
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text


def test_a_file_is_looked_at_before_it_is_taken(ask: Callable):
    supervisor = ask("supervisor")
    kept = supervisor("POST", "/planung/ereignisse/einlesen", data=sent("Wahl;Kommunalwahl;2026-09-13;;;;1,3;Erlass\n"))
    assert kept.status_code == 303
    plan = supervisor.get(kept.location).text
    assert "Kommunalwahl" in plan
    assert "Kommunalwahl" not in supervisor.get("/planung/ereignisse").text
    assert ask("admin").get(kept.location).status_code == 404  # somebody else's
    assert supervisor.get(kept.location.replace("/planung/ereignisse", "/verzeichnis")).status_code == 404
    (fingerprint,) = re.findall(r'name="fingerprint" value="(\w+)"', plan)
    assert supervisor("POST", kept.location, data={"fingerprint": "x"}).status_code == 409
    assert supervisor("POST", kept.location, data={"fingerprint": fingerprint}).status_code == 303
    assert "Kommunalwahl" in supervisor.get("/planung/ereignisse").text
    assert "Kommunalwahl;2026-09-13" in supervisor.get("/planung/ereignisse/liste.csv").data.decode()


def test_wrong_rows_and_files_are_told(ask: Callable):
    supervisor = ask("supervisor")
    kept = supervisor(
        "POST", "/planung/ereignisse/einlesen", data=sent("Fest;x;2026-09-13;;;;;\nWahl;y;2026-09-13;;;keller;;\n")
    )
    plan = text(supervisor.get(kept.location).text)
    assert "„Fest“ ist unbekannt" in plan
    assert "keller" in plan
    assert "Übernehmen" not in plan
    for file in (b"", b"PK\x03\x04", b"\x00"):
        data = {"file": (io.BytesIO(file), "x.csv")}
        assert supervisor("POST", "/planung/ereignisse/einlesen", data=data).status_code == 422


def test_today_says_what_came_and_what_is_expected_now(ask: Callable):
    page = text(ask("supervisor").get("/planung/heute?queue=rathaus&at=2026-06-29T11:00:00%2B02:00").text)
    assert "Bisher gekommen" in page
    assert "Faktor auf den Rest" in page
    assert 'hx-trigger="every' in ask("supervisor").get("/planung/heute?queue=rathaus").text
    assert ask("supervisor").get("/planung/heute?queue=keller").status_code == 404
    assert ask("supervisor").get("/planung/heute?at=2027-01-01T00:00:00Z").status_code == 422
