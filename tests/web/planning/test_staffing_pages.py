"""Pages of staffing: numbers that lead to their reasons, assumptions by forms, plans beside each other, capacity."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import text as sql

from wfm.core.clock import BERLIN
from wfm.core.db import transaction
from wfm.core.intervals import Days
from wfm.staffing.service import simulating
from wfm.staffing.service.figures import requirement_report, together
from wfm.staffing.service.plans import PLAIN, find_plan
from wfm.staffing.service.why import why_report

DAY = datetime(2026, 7, 7, tzinfo=BERLIN)  # a Tuesday
TEN = "2026-07-07T10:00:00+02:00"
REQUIREMENT, WHY = "/planung/personalbedarf", "/planung/personalbedarf/warum"
ASSUMPTIONS, PLANS, CAPACITY = "/planung/annahmen", "/planung/planungen", "/planung/kapazitaet"
TABLES = ("staffing_parameters", "work_terms", "shrinkage", "skill_group", "staffing_plan")
TERMS = {
    "weekly_hours": "39", "euros_per_hour": "38,50", "hiring_months": "6", "posts": "1,5", "leaving_a_year": "8",
    "valid_from": "2026-06-01",
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_assumed(centre: None) -> Iterator[None]:
    yield
    with transaction() as session:
        for table in TABLES:
            session.execute(sql(f"DELETE FROM {table}"))


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def plot(html: str) -> dict:
    found = re.search(r'data-plot="([^"]*)"', html)
    assert found
    return json.loads(unescape(found[1]))


def rows(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def needed(queue: str | None = None, confidence: float | None = None, days: int = 1) -> dict:
    with transaction() as session:
        span = Days(DAY.date(), DAY.date() + timedelta(days=days))
        return requirement_report(session, PLAIN.surer(confidence), span, queue and [queue])


def test_a_day_of_all_queues(ask: Callable):
    report = needed()
    html = ask("supervisor").get(f"{REQUIREMENT}?day=2026-07-07").text
    drawn = plot(html)
    agents = next(line for line in drawn["lines"] if line["name"] == "Agents gebraucht")["values"]
    assert [value for value in agents if value is not None] == [row["agents"] for row in together(report)]
    assert max(value for value in agents if value is not None) == report["total"]["most_agents"]
    assert re.search(rf'wfm-figure__value">{report["total"]["most_agents"]}<', html)
    assert re.search(r'type="range"[^>]*name="confidence"[^>]*value="50"', html)
    assert "Kein Schwund hinterlegt" in html
    assert "Kosten fehlen" in html


def test_more_confidence_needs_more(ask: Callable):
    plain, sure = needed("rathaus"), needed("rathaus", 0.95)
    assert sure["total"]["agent_hours"] > plain["total"]["agent_hours"]
    html = ask("finance").get(f"{REQUIREMENT}?day=2026-07-07&queue=rathaus&confidence=95").text
    assert "geplant mit 95 % Sicherheit" in text(html)
    hours = str(sure["total"]["agent_hours"]).replace(".", ",")
    assert re.search(rf'wfm-figure__value">{hours}<', html)


def test_every_number_of_a_queue_leads_to_its_reason(ask: Callable):
    caller = ask("supervisor")
    html = caller.get(f"{REQUIREMENT}?day=2026-07-07&queue=rathaus&confidence=80").text
    links = [unescape(link) for link in re.findall(rf'href="({WHY}[^"]*)"', html)]
    report = needed("rathaus", 0.8)
    assert len(links) == len(report["rows"]) > 0
    for link, row in zip(links, report["rows"], strict=True):
        answer = caller.get(link)
        assert (answer.status_code, f"Warum {row['agents']} Agents?" in answer.text) == (200, True), link


def test_why_says_what_the_service_says(ask: Callable):
    with transaction() as session:
        report = why_report(session, PLAIN, "rathaus", datetime.fromisoformat(TEN), around=4)
    answer = ask("supervisor").get(WHY, query_string={"queue": "rathaus", "at": TEN})
    said = text(answer.text)
    assert f"Warum {report['agents']} Agents?" in said
    assert f"{report['load']:.2f}".replace(".", ",") + " Erlang" in said
    assert "Bisher hat niemand aufgelegt" in said
    assert f"Mit einem weniger ({report['agents'] - 1})" in said
    listed = rows(ask("supervisor").get(
        WHY, query_string={"queue": "rathaus", "at": TEN, "liste": "was-so-viele-bedeuten", "format": "csv"}
    ))  # fmt: skip
    assert [int(row[0]) for row in listed[1:]] == [row["agents"] for row in report["around"]]


def test_without_a_queue_why_lists_the_queues(ask: Callable):
    with transaction() as session:
        span = Days(DAY.date(), DAY.date() + timedelta(days=1))
        report = requirement_report(session, PLAIN, span)
    total = sum(row["agents"] for row in report["rows"] if row["start"] == TEN)
    html = ask("supervisor").get(WHY, query_string={"at": TEN}).text
    assert f"Warum {total} Agents?" in html
    assert html.count("queue=rathaus") == html.count("queue=kasse") == 1


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("day=gestern", "day"),
        ("day=2030-01-01", "day"),
        ("queue=keller", "queue"),
        ("plan=99", "plan"),
        ("plan=x", "plan"),
        ("confidence=99", "confidence"),
        ("span=year", "span"),
    ],
)
def test_a_wrong_choice_is_told_at_its_field(ask: Callable, address: str, field: str):
    answer = ask("supervisor").get(f"{REQUIREMENT}?{address}")
    assert (answer.status_code, f'id="field-{field}-error"' in answer.text) == (422, True)


@pytest.mark.parametrize("address", ["", "?at=gestern", f"?queue=keller&at={DAY.date()}T10:00:00Z", "?queue=rathaus"])
def test_why_without_a_moment_is_refused(ask: Callable, address: str):
    assert ask("supervisor").get(f"{WHY}{address}").status_code in (404, 422)


def test_assumptions_from_entered_to_withdrawn(ask: Callable):
    caller = ask("supervisor")
    assert "Noch nichts eingetragen" in caller.get(ASSUMPTIONS).text
    for kind, share in (("leave", "12"), ("breaks", "10,5")):
        answer = caller("POST", f"{ASSUMPTIONS}/schwund/neu", data={
            "kind": kind, "share": share, "source": "plan", "valid_from": "2026-06-01"})  # fmt: skip
        assert answer.status_code == 303, answer.text
    assert caller("POST", f"{ASSUMPTIONS}/arbeit/neu", data=TERMS).status_code == 303
    assert caller("POST", f"{ASSUMPTIONS}/besetzung/neu", data={
        "queue": "rathaus", "target": "115", "model": "C", "max_occupancy": "80", "confidence": "75",
        "valid_from": "2026-06-01"}).status_code == 303  # fmt: skip
    assert caller("POST", f"{ASSUMPTIONS}/faehigkeiten/neu", data={
        "name": "Bürgerbüro", "queues": ["rathaus", "kasse"], "valid_from": "2026-06-01"},
    ).status_code == 303  # fmt: skip
    said = text(caller.get(ASSUMPTIONS).text)
    assert "Zusammen fehlen heute 21,2 % der bezahlten Zeit" in said  # 1 - 0.88 x 0.895
    assert "38,50" in said
    assert "Bürgerbüro Rathaus, Kasse" in said
    report = needed("rathaus")
    assert [(one["model"], one["max_occupancy"], one["confidence"]) for one in report["assumptions"]] == [
        ("C", 0.8, 0.75)
    ]
    assert report["total"]["paid_hours"] == pytest.approx(report["total"]["agent_hours"] / (0.88 * 0.895), abs=0.01)
    assert report["total"]["cents"] == pytest.approx(report["total"]["paid_hours"] * 3850, abs=50)
    for slug in ("schwund", "arbeit", "besetzung", "faehigkeiten"):
        for number in re.findall(rf"{ASSUMPTIONS}/{slug}/(\d+)/zuruecknehmen", caller.get(ASSUMPTIONS).text):
            assert caller("POST", f"{ASSUMPTIONS}/{slug}/{number}/zuruecknehmen").status_code == 303
    assert needed("rathaus")["total"]["cents"] is None


@pytest.mark.parametrize(
    ("slug", "data", "field"),
    [
        ("schwund", {"kind": "leave", "share": "101", "valid_from": "2026-06-01"}, "share"),
        ("schwund", {"kind": "leave", "share": "NaN", "valid_from": "2026-06-01"}, "share"),
        ("schwund", {"kind": "party", "share": "1", "valid_from": "2026-06-01"}, "kind"),
        ("schwund", {"kind": "leave", "share": "10", "valid_from": "gestern"}, "valid_from"),
        ("schwund", {"kind": "leave", "share": "10", "valid_from": "2026-06-02", "valid_to": "2026-06-01"}, "valid_to"),
        ("arbeit", TERMS | {"weekly_hours": "0"}, "weekly_hours"),
        ("arbeit", TERMS | {"posts": "=1+1"}, "posts"),
        ("arbeit", TERMS | {"leaving_a_year": "100"}, "leaving_a_year"),
        ("besetzung", {"target": "keins", "model": "A", "valid_from": "2026-06-01"}, "target"),
        ("besetzung", {"target": "115", "model": "B", "valid_from": "2026-06-01"}, "model"),
        ("besetzung", {"queue": "x", "target": "115", "model": "A", "valid_from": "2026-06-01"}, "queue"),
        ("besetzung", {"target": "115", "model": "A", "patience_s": "0", "valid_from": "2026-06-01"}, "patience_s"),
        ("faehigkeiten", {"name": "A", "valid_from": "2026-06-01"}, "queues"),
        ("faehigkeiten", {"name": "A", "queues": ["keller"], "valid_from": "2026-06-01"}, "queues"),
        ("faehigkeiten", {"name": "A\0", "queues": ["kasse"], "valid_from": "2026-06-01"}, "name"),
        ("faehigkeiten", {"name": "A" * 101, "queues": ["kasse"], "valid_from": "2026-06-01"}, "name"),
    ],
)
def test_a_wrong_assumption_is_told_at_its_field(ask: Callable, slug: str, data: dict, field: str):
    answer = ask("supervisor")("POST", f"{ASSUMPTIONS}/{slug}/neu", data=data)
    assert (answer.status_code, f'id="field-{field}-error"' in answer.text) == (422, True)


def test_shrinkage_that_leaves_no_time_is_refused(ask: Callable):
    caller = ask("supervisor")
    first = {"kind": "leave", "share": "60", "source": "plan", "valid_from": "2026-06-01"}
    assert caller("POST", f"{ASSUMPTIONS}/schwund/neu", data=first).status_code == 303
    answer = caller("POST", f"{ASSUMPTIONS}/schwund/neu", data=first | {"kind": "illness", "share": "40"})
    assert (answer.status_code, "bleibt keine Zeit" in answer.text) == (422, True)
    assert needed("rathaus")["shrinkage"]["overall"] == 0.6


def test_a_kind_nobody_knows_is_not_found(ask: Callable):
    assert ask("supervisor").get(f"{ASSUMPTIONS}/wetter/neu").status_code == 404


def test_plans_from_made_to_compared_to_deleted(ask: Callable):
    caller = ask("supervisor")
    made = caller("POST", f"{PLANS}/neu", data={"name": "Mehr", "volume": "1,5", "confidence": "90"})
    assert made.status_code == 303, made.text
    number = re.search(r"plan=(\d+)", made.headers["Location"])[1]
    copied = caller.get(f"{PLANS}/neu?copy={number}").text
    assert [f'value="{typed}"' in copied for typed in ("Kopie von Mehr", "1,5", "90")] == [True] * 3
    second = caller("POST", f"{PLANS}/neu", data={
        "name": "Kürzer", "copy_of": number, "opens": "08:00", "closes": "12:00", "follows": "50",
        "partner_1": "03241009", "day_1": "2026-07-06", "frozen": "true"})  # fmt: skip
    assert second.status_code == 303, second.text
    other = re.search(r"plan=(\d+)", second.headers["Location"])[1]
    address = f"{PLANS}?plan={number}&plan={other}&from=2026-07-06&to=2026-07-10"
    listed = rows(caller.get(f"{address}&liste=vergleich&format=csv"))
    assert [row[0] for row in listed[1:]] == ["Planung", "Mehr", "Kürzer"]
    calls = [float(row[1].replace(",", ".")) for row in listed[1:]]
    assert calls[1] == pytest.approx(1.5 * calls[0], rel=0.001)
    said = text(caller.get(address).text)
    assert "wie heute angenommen" in said
    assert "Anrufe × 1,50; Sicherheit 90 %" in said
    assert "geöffnet 08:00–12:00; 50 % der weggefallenen Anrufe" in said
    assert "ab 06.07.2026 dabei" in said
    assert caller("POST", f"{PLANS}/{number}/loeschen").status_code == 303
    assert caller.get(address).status_code == 422
    assert f"/{other}/loeschen" in caller.get(PLANS).text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "name"),
        ({"volume": "0"}, "volume"),
        ({"volume": "viel"}, "volume"),
        ({"opens": "8 Uhr", "closes": "12:00"}, "opens"),
        ({"opens": "24:30", "closes": "12:00"}, "opens"),
        ({"opens": "08:00"}, "closes"),
        ({"opens": "12:00", "closes": "08:00"}, "closes"),
        ({"partner_1": "03241015"}, "day_1"),
        ({"day_2": "2026-07-06"}, "partner_2"),
        ({"confidence": "40"}, "confidence"),
        ({"model": "B"}, "model"),
    ],
)
def test_a_wrong_plan_is_told_at_its_field(ask: Callable, data: dict, field: str):
    answer = ask("supervisor")("POST", f"{PLANS}/neu", data=({"name": "x"} if data else {}) | data)
    assert (answer.status_code, f'id="field-{field}-error"' in answer.text) == (422, True)


@pytest.mark.parametrize("query", ["plan=99", "plan=x", "from=2026-07-10&to=2026-07-01", "from=2030-01-01",
                                   "plan=1&plan=2&plan=3&plan=4&plan=5&plan=6&plan=7"])  # fmt: skip
def test_a_comparison_that_cannot_be_says_so(ask: Callable, query: str):
    assert ask("supervisor").get(f"{PLANS}?{query}").status_code == 422


def test_capacity_says_what_is_missing_then_shows_it(ask: Callable):
    caller = ask("supervisor")
    html = caller.get(CAPACITY).text
    assert "lässt sich noch nicht rechnen" in html
    link = unescape(re.search(r'href="(/planung/annahmen/arbeit/neu[^"]*)"', html)[1])
    assert "Arbeitsbedingungen" in caller.get(link).text
    assert "annahmen/arbeit/neu" not in ask("finance").get(CAPACITY).text
    assert caller("POST", f"{ASSUMPTIONS}/arbeit/neu", data=TERMS).status_code == 303
    html = caller.get(CAPACITY).text
    assert "Stellen je Monat" in html
    assert "Juli 2026" in html
    listed = rows(caller.get(f"{CAPACITY}?liste=kapazitaet&format=csv"))
    assert [row[0] for row in listed[1:]] == ["2026-07", "2026-08"]
    assert caller.get(f"{CAPACITY}?plan=99").status_code == 422


def test_a_day_is_simulated_once_and_shown_beside_erlang(ask: Callable):
    caller = ask("supervisor")
    made = caller("POST", f"{PLANS}/neu", data={"name": "Zum Simulieren", "patience_s": "120"})
    number = re.search(r"plan=(\d+)", made.headers["Location"])[1]
    wanted = {"plan": number, "day": "2026-07-07", "queue": "rathaus"}
    address = f"{REQUIREMENT}?plan={number}&day=2026-07-07&queue=rathaus"
    assert "Diesen Tag simulieren" in caller.get(address).text
    for _again in range(2):  # asked for twice, reckoned once
        assert caller("POST", f"{REQUIREMENT}/simulieren", data=wanted).status_code == 303
    html = caller.get(address).text
    assert 'hx-trigger="every 2s"' in html
    assert "Diesen Tag simulieren" not in html
    with transaction() as session:
        assert simulating.run_one(session)
        assert not simulating.run_one(session)
    html = caller.get(address).text
    assert 'hx-trigger="every 2s"' not in html
    assert "Servicelevel in Prozent" in html
    listed = rows(caller.get(f"{address}&liste=simulierter-tag&format=csv"))[1:]
    assert [int(row[1]) for row in listed] == [row["agents"] for row in plan_rows(int(number))]
    levels = [[float(cell.replace(",", ".")) for cell in row[2:]] for row in listed]
    assert all(low <= high for _erlang, _mean, low, high in levels)
    # In the middle of the day, with much the same load for hours, the long run of Erlang is not far.
    assert levels[8][0] == pytest.approx(levels[8][1], abs=0.08)


def plan_rows(number: int) -> list[dict]:
    with transaction() as session:
        span = Days(DAY.date(), DAY.date() + timedelta(days=1))
        return requirement_report(session, find_plan(session, number), span, ["rathaus"])["rows"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"plan": "99", "day": "2026-07-07"}, 404),
        ({"plan": "x", "day": "2026-07-07"}, 422),
    ],
)
def test_what_cannot_be_simulated_is_refused(ask: Callable, data: dict, status: int):
    assert ask("supervisor")("POST", f"{REQUIREMENT}/simulieren", data=data).status_code == status


def test_a_closed_day_is_not_simulated(ask: Callable):
    caller = ask("supervisor")
    made = caller("POST", f"{PLANS}/neu", data={"name": "Sonntag"})
    number = re.search(r"plan=(\d+)", made.headers["Location"])[1]
    answer = caller("POST", f"{REQUIREMENT}/simulieren", data={"plan": number, "day": "2026-07-05"})
    assert answer.status_code == 404
    html = caller.get(f"{REQUIREMENT}?day=2026-07-05")
    assert (html.status_code, "Keine Anrufe erwartet" in html.text) == (200, True)


def test_groups_are_counted_and_what_they_save(ask: Callable):
    caller = ask("supervisor")
    alone = needed()
    assert alone["groups"] is None
    assert "Es ist nicht hinterlegt, welche Warteschlangen" in caller.get(f"{REQUIREMENT}?day=2026-07-07").text
    group = {"name": "Alle", "queues": ["rathaus", "kasse"], "valid_from": "2026-06-01"}
    assert caller("POST", f"{ASSUMPTIONS}/faehigkeiten/neu", data=group).status_code == 303
    report = needed()
    groups = report["groups"]
    assert groups["alone"] == alone["total"]
    assert groups["pooled_hours"] <= report["total"]["agent_hours"] < alone["total"]["agent_hours"]
    assert groups["saving"]["agent_hours"] == alone["total"]["agent_hours"] - report["total"]["agent_hours"]
    assert report["rows"] == alone["rows"]
    assert {one["queue"] for one in groups["check"]} == {"rathaus", "kasse"}
    assert all(one["high"] >= one["target"] for one in groups["check"])
    html = caller.get(f"{REQUIREMENT}?day=2026-07-07").text
    assert "geprüft durch Simulation: erreicht" in html
    assert re.search(rf'wfm-figure__value">{report["total"]["most_agents"]}<', html)
    listed = rows(caller.get(f"{REQUIREMENT}?day=2026-07-07&liste=bedarf-je-gruppe&format=csv"))
    assert listed[1][:3] == ["Alle", "rathaus, kasse", str(report["total"]["agent_hours"]).replace(".", ",")]
    assert len(rows(caller.get(f"{REQUIREMENT}?day=2026-07-07&liste=pruefung-durch-simulation&format=csv"))) == 3


def test_a_group_s_number_leads_to_its_reason(ask: Callable):
    caller = ask("supervisor")
    group = {"name": "Alle", "queues": ["rathaus", "kasse"], "valid_from": "2026-06-01"}
    caller("POST", f"{ASSUMPTIONS}/faehigkeiten/neu", data=group)
    agents = next(row["agents"] for row in needed()["groups"]["rows"] if row["start"] == TEN)
    html = caller.get(WHY, query_string={"at": TEN}).text
    link = unescape(re.search(rf'href="({WHY}\?group=Alle[^"]*)"', html)[1])
    answer = caller.get(link)
    assert (answer.status_code, f"Warum {agents} Agents?" in answer.text) == (200, True)
    said = text(answer.text)
    assert f"Mit einem weniger ({agents - 1})" in said
    assert "alle Ziele werden erreicht" in said
    assert "queue=rathaus" in answer.text
    listed = rows(caller.get(f"{link}&liste=einer-mehr-und-einer-weniger&format=csv"))[1:]
    assert [int(row[0]) for row in listed] == [agents + by for by in (-1, -1, 0, 0, 1, 1)]
    assert caller.get(WHY, query_string={"at": TEN, "group": "Keine"}).status_code == 404


def test_a_day_is_simulated_with_its_groups(ask: Callable):
    caller = ask("supervisor")
    made = caller("POST", f"{PLANS}/neu", data={"name": "Gemeinsam", "patience_s": "120"})
    number = re.search(r"plan=(\d+)", made.headers["Location"])[1]
    group = {"name": "Alle", "queues": ["rathaus", "kasse"], "valid_from": "2026-06-01"}
    caller("POST", f"{ASSUMPTIONS}/faehigkeiten/neu", data=group)
    caller("POST", f"{REQUIREMENT}/simulieren", data={"plan": number, "day": "2026-07-07"})
    with transaction() as session:
        assert simulating.run_one(session)
        queues = simulating.newest(session, int(number), DAY.date()).result["queues"]
        span = Days(DAY.date(), DAY.date() + timedelta(days=1))
        report = requirement_report(session, find_plan(session, int(number)), span)
    there = {row["start"]: row["agents"] for row in report["groups"]["rows"]}
    assert {row["start"]: row["agents"] for row in queues["rathaus"] if row["agents"]} == there


def test_capacity_counts_by_group(ask: Callable):
    caller = ask("supervisor")
    assert caller("POST", f"{ASSUMPTIONS}/arbeit/neu", data=TERMS).status_code == 303
    alone = rows(caller.get(f"{CAPACITY}?liste=kapazitaet&format=csv"))[1:]
    group = {"name": "Alle", "queues": ["rathaus", "kasse"], "valid_from": "2026-06-01"}
    caller("POST", f"{ASSUMPTIONS}/faehigkeiten/neu", data=group)
    html = caller.get(CAPACITY).text
    assert "geprüft durch Simulation: erreicht" in html
    shared = rows(caller.get(f"{CAPACITY}?liste=kapazitaet&format=csv"))[1:]
    for before, after in zip(alone, shared, strict=True):
        assert float(after[4].replace(",", ".")) < float(before[4].replace(",", "."))
        assert after[5] == before[4]
