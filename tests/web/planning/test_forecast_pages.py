"""Pages of the forecast: what the services say, in few statements, to those who may see it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import event

from wfm.core.clock import now
from wfm.core.db import engine, transaction
from wfm.forecasting.service import reading
from wfm.forecasting.tasks import run_asked

from .conftest import SEELZE

LAYER = {
    "queue": "rathaus", "first_day": "2026-07-06", "last_day": "2026-07-06", "kind": "factor", "value": "1,5",
    "reason": "Bescheide",
}  # fmt: skip


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def plot(html: str) -> dict:
    found = re.search(r'data-plot="([^"]*)"', html)
    assert found
    return json.loads(unescape(found[1]))


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def test_the_picture_and_the_table_are_what_the_interface_says(ask: Callable):
    page = ask("supervisor").get("/planung/prognose?queue=rathaus&from=2026-07-01&to=2026-07-31").text
    with transaction() as session:
        rows = reading.forecast_rows(session, queue="rathaus", interval="day")["rows"]
    july = [row for row in rows if row["start"].startswith("2026-07")]
    drawn = plot(page)
    came, expected = drawn["lines"]
    assert [value for value in expected["values"] if value is not None] == [round(row["calls"], 2) for row in july]
    assert sum(value is not None for value in came["values"]) > 20
    assert all(
        low <= high for band in drawn["bands"] for low, high in zip(band["low"], band["high"], strict=True) if low
    )
    assert len(re.findall(r"<tr", page)) == len(july) + 1


def test_half_hours_break_off_over_night(ask: Callable):
    page = ask("finance").get("/planung/prognose?interval=30&from=2026-07-01&to=2026-07-02").text
    drawn = plot(page)
    (expected,) = [line for line in drawn["lines"] if line["name"] == "erwartet"]
    ends = [place for place, value in enumerate(expected["values"]) if value is None and drawn["x"][place] > 1782856800]
    assert len(ends) == 2  # the end of each of the two days


@pytest.mark.parametrize(
    "address",
    [
        "/planung/prognose?from=2026-08-01&to=2026-07-01",
        "/planung/prognose?from=2030-01-01&to=2030-01-05",
        "/planung/prognose?interval=5",
        "/planung/prognose?from=gestern",
        "/planung/prognose/fehler?from=2020-01-01&to=2026-06-01",
    ],
)
def test_what_cannot_be_meant_is_told_at_its_field(ask: Callable, address: str):
    answer = ask("supervisor").get(address)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_foreign_things_are_not_there(ask: Callable):
    supervisor = ask("supervisor")
    for address in ("?run=4711", "?queue=keller", "/entstehung?queue=keller", f"?run={10**17}"):
        assert supervisor.get(f"/planung/prognose{address}").status_code == 404


def test_a_layer_is_tried_out_made_and_taken_back(ask: Callable):
    supervisor = ask("supervisor")
    address = "/planung/prognose/anpassungen"
    look = "/planung/prognose?queue=rathaus&from=2026-07-06&to=2026-07-06"
    before = plot(supervisor.get(look).text)["lines"][1]["values"][-1]
    tried = supervisor("POST", address, data=LAYER | {"do": "try"})
    assert tried.status_code == 200
    assert "Noch ist nichts geändert" in text(tried.text)
    assert plot(supervisor.get(look).text)["lines"][1]["values"][-1] == before
    assert supervisor("POST", address, data=LAYER | {"do": "make"}).status_code == 303
    lines = {line["name"]: line["values"][-1] for line in plot(supervisor.get(look).text)["lines"]}
    assert lines["erwartet"] == pytest.approx(1.5 * before, abs=0.05)
    assert lines["ohne Anpassungen"] == before
    (back,) = re.findall(r'action="([^"]*zuruecknehmen)"', supervisor.get(address).text)
    assert supervisor("POST", back).status_code == 303
    assert plot(supervisor.get(look).text)["lines"][1]["values"][-1] == before
    assert supervisor("POST", back).status_code == 409
    assert "zurückgenommen" in supervisor.get(address).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("value", "viel"), ("value", "1,2345"), ("value", "NaN"), ("value", "99")),
        *(("from_time", "8"), ("to_time", "08:07"), ("to_time", "25:00"), ("reason", ""), ("reason", "a" * 501)),
        *(("last_day", "2026-07-05"), ("first_day", "0000-00-00"), ("kind", "x"), ("queue", "")),
    ],
)
def test_a_wrong_layer_is_refused_at_its_field(ask: Callable, field: str, value: str):
    answer = ask("supervisor")("POST", "/planung/prognose/anpassungen", data=LAYER | {field: value})
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text or "minute" in answer.text


def test_methods_gaps_and_warnings_are_told(ask: Callable):
    told = text(ask("supervisor").get("/planung/prognose/entstehung?queue=rathaus").text)
    assert "Lücke: gilt als unbekannt" in told
    assert "12.05.2026" in told
    assert "Mittel von 8 Wochen" in told
    assert "wie vor einer Woche" in told
    assert "Die Vergangenheit umfasst" in told
    assert "Seelze" in told
    assert "vergleichbaren Partnern" in told


def test_errors_by_lead_time(ask: Callable):
    page = ask("supervisor").get("/planung/prognose/fehler?run=1&queue=rathaus").text
    leads = re.findall(r"<td[^>]*>([\d–]+)</td>", page)
    assert {"1", "2–7", "8–28"} <= set(leads)


def test_a_run_is_asked_for_and_waited_for(ask: Callable):
    supervisor = ask("supervisor")
    answer = supervisor("POST", "/planung/prognose/staende", data={})
    assert answer.status_code == 303
    assert "Die Prognose wird gerechnet" in supervisor.get(answer.location).text
    number = answer.location.partition("wunsch=")[2]
    with time_machine.travel(now() + timedelta(minutes=3)):
        assert "Noch rechnet niemand" in supervisor.get(answer.location).text
    run_asked()
    assert "Der neue Stand ist da" in supervisor.get(answer.location).text
    told = supervisor.get(f"/api/v1/forecasts/asked/{number}").json
    assert (told["state"], told["run"] > 0, told["reason"]) == ("made", True, None)
    assert supervisor("POST", "/planung/prognose/staende", data={"to": "2020-01-01"}).status_code == 422


def test_a_municipality_sees_its_own_and_no_other(ask: Callable):
    town = ask("municipality", partner=SEELZE)
    page = town.get("/planung/prognose/partner?from=2026-07-06&to=2026-07-31")
    assert page.status_code == 200
    told = text(page.text)
    assert "Seelze ist neu dabei" in told
    assert "9000 Anrufe im Jahr" in told
    assert "vergleichbaren Partnern" not in told  # from few of them, one's figures could be reckoned
    assert "rathaus" not in told.lower()
    assert "Burgdorf" not in told
    assert town.get("/planung/prognose/partner?partner=03241003").status_code == 404
    csv = town.get("/planung/prognose/partner?liste=prognose-je-leistung&format=csv").data.decode()
    assert "rathaus" not in csv


@pytest.mark.parametrize(
    ("address", "most"),
    [
        # The calendar of openings alone takes some of these.
        ("/planung/prognose?queue=rathaus", 13),
        ("/planung/prognose/entstehung", 8),
        ("/planung/prognose/staende", 8),
        ("/planung/prognose/anpassungen", 8),
        ("/planung/prognose/partner", 8),
        ("/planung/ereignisse", 8),
    ],
)
def test_a_page_takes_few_statements(ask: Callable, address: str, most: int):
    supervisor = ask("supervisor")
    supervisor.get(address)
    with statements() as found:
        assert supervisor.get(address).status_code == 200
    own = [one for one in found if not re.match(r"SELECT (set_config|pg_catalog)|BEGIN|SET ", one)]
    assert len(own) <= most, own


def test_who_reads_english_is_refused_in_english(ask: Callable):
    supervisor = ask("supervisor")
    supervisor("POST", "/sprache", data={"language": "en", "next": "/"})
    refused = unescape(supervisor("POST", "/planung/prognose/anpassungen", data=LAYER | {"value": "99"}).text)
    assert "A factor lies between 0 and 10." in refused
    refused = unescape(supervisor("POST", "/planung/prognose/staende", data={"to": "2029-01-01"}).text)
    assert "A forecast reaches 550 days at most." in refused
    told = unescape(supervisor.get("/planung/prognose?queue=keller").text)
    assert "There is nothing for “keller” in this forecast." in told
