"""Pages of settlement: what is to be done next, two people, every figure down to its reckoning, all tables as files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import text as sql

from tests.billing.centre import BURGDORF, LANGENHAGEN, WEDEMARK, cost
from tests.web.test_english import GERMAN, Words
from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.intervals import Month

LIST, COMPARISON, LEDGER = "/abrechnung/abrechnungen", "/abrechnung/variantenvergleich", "/abrechnung/hauptbuch"
YEAR = "from=2025-01&to=2025-12"


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def rows(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def draft(ask: Callable, kind: str = "annual", **more: str) -> str:
    """A new settlement by the form: the address of its page."""
    caller = ask("finance")
    form = {"kind": kind, "year": "2025", "csrf": caller.csrf} | more
    answer = caller("POST", f"{LIST}/neu", data=form)
    assert answer.status_code == 303, text(answer.text)
    return answer.location


def take(ask: Callable, role: str, address: str, step: str) -> object:
    return post(ask, role, f"{address}/schritt/{step}")


def post(ask: Callable, role: str, address: str, **form: str) -> object:
    caller = ask(role)
    return caller("POST", address, data=form | {"csrf": caller.csrf})


def test_from_a_draft_to_the_end(ask: Callable):
    assert "Noch keine Abrechnung." in ask("finance").get(LIST).text
    address = draft(ask)
    html = ask("finance").get(address).text
    assert "99.999,96 €" in html
    assert "ergibt dasselbe, Byte für Byte" in html
    assert "Prüfen" in html
    assert "Freigeben:" not in text(html)
    # who may not prepare sees why
    assert "Das darf nur, wer Abrechnungen vorbereiten darf." in ask("supervisor").get(f"{address}/schritt/check").text

    assert take(ask, "finance", address, "check").status_code == 303
    html = ask("finance").get(address).text
    assert "Freigeben: Geprüft haben Sie selbst: Freigeben muss eine zweite Person." in text(html)
    refused = take(ask, "finance", address, "release")
    assert refused.status_code == 422
    assert "Freigeben muss eine zweite Person" in refused.text
    assert take(ask, "supervisor", address, "release").status_code == 303
    assert "versenden" in ask("finance").get(LIST).text
    assert take(ask, "finance", address, "send").status_code == 303
    until = f"{now() + timedelta(days=28):%d.%m.%Y}"
    assert f"warten: Widerspruch bis {until}" in text(ask("finance").get(LIST).text)
    assert f"Widersprochen werden kann noch bis zum {until}" in text(ask("finance").get(address).text)

    answer = post(ask, "finance", f"{address}/widerspruch/{BURGDORF}", reason="")
    assert answer.status_code == 422
    reason = "Die Zahl der Anrufe im Mai stimmt nicht."
    assert post(ask, "finance", f"{address}/widerspruch/{BURGDORF}", reason=reason).status_code == 303
    html = ask("supervisor").get(address).text
    assert reason in html
    assert "über Widersprüche entscheiden: 1" in text(ask("supervisor").get(LIST).text)
    decided = f"{address}/entscheidung/{BURGDORF}"
    assert reason in ask("supervisor").get(decided).text
    assert post(ask, "supervisor", decided, accepted="no").status_code == 422
    assert post(ask, "supervisor", decided, accepted="no", reason="Nachgezählt.").status_code == 303
    assert "Widerspruch zurückgewiesen" in ask("finance").get(address).text
    with time_machine.travel(datetime.now(UTC) + timedelta(days=40), tick=False):
        assert take(ask, "finance", address, "finish").status_code == 303
        assert "endgültig" in ask("finance").get(address).text

    ledger = ask("finance").get(LEDGER).text
    assert re.search(r"Summe</th><td[^>]*>0,00 €", ledger)
    assert "Forderung an Burgdorf" in ledger

    answer = post(ask, "finance", f"{address}/storno", reason="Kosten falsch gebucht")
    assert answer.status_code == 303
    html = ask("finance").get(answer.location).text
    assert "Storno 2025" in html
    assert "Kosten falsch gebucht" in html
    assert take(ask, "finance", answer.location, "withdraw").status_code == 303
    # once more: the first one is withdrawn
    assert post(ask, "finance", f"{address}/storno", reason="Doch").status_code == 303


def test_every_figure_opens_to_its_reckoning(ask: Callable):
    html = ask("finance").get(draft(ask)).text
    for partner in (BURGDORF, LANGENHAGEN, WEDEMARK):
        assert f'href="#herleitung-{partner}"' in html
        assert f'id="herleitung-{partner}"' in html
    assert "184 / 365" in html or "184 von 365" in text(html)
    assert '/nutzung?month=2025-03"' in html
    assert "Servicecenter" in html
    assert html.count("abgeschlossen") >= 12


def test_counts_of_inhabitants_entered_since_change_nothing_but_are_told(ask: Callable):
    address = draft(ask)
    assert "Seither sind andere Einwohnerzahlen" not in ask("finance").get(address).text
    with transaction() as session:
        session.execute(
            sql("UPDATE partner_inhabitants SET inhabitants = inhabitants + 1 WHERE partner = :key"), {"key": BURGDORF}
        )
    html = text(ask("finance").get(address).text)
    assert "eingetragen worden für: Burgdorf. Diese Abrechnung bleibt, wie sie ist." in html
    assert "ergibt dasselbe, Byte für Byte" in html


def test_a_second_settlement_of_the_year_is_refused_at_the_form(ask: Callable):
    draft(ask)
    answer = post(ask, "finance", f"{LIST}/neu", kind="annual", year="2025")
    assert answer.status_code == 422
    assert "gibt es schon eine Abrechnung" in answer.text
    answer = post(ask, "finance", f"{LIST}/neu", kind="advance", year="2025", instalment="1")
    assert "gibt es schon eine Abrechnung" in answer.text
    for form, told in (
        ({"kind": "annual"}, "Bitte das Jahr angeben."),
        ({"kind": "advance", "year": "2025"}, "Bitte die Nummer des Abschlags angeben."),
        ({"kind": "period", "first": "2025-02"}, "Bitte den Monat angeben."),
        ({"kind": "period", "first": "2025-02", "last": "2025-01"}, "liegt vor dem ersten"),
        ({"kind": "annual", "year": "2024"}, "Noch nicht abgeschlossen"),
    ):
        answer = post(ask, "finance", f"{LIST}/neu", **form)
        assert (answer.status_code, told in text(answer.text)) == (422, True), text(answer.text)


def test_an_advance_says_which_months_it_was_divided_by(ask: Callable):
    with transaction() as session:
        for number in range(1, 13):
            cost(session, Month(2026, number), 800_000, "plan")
    address = draft(ask, "advance", year="2026", instalment="2")
    html = ask("finance").get(address).text
    assert "Abschlag 2 2026" in html
    assert set(re.findall(r"/nutzung\?month=(\d{4})", html)) == {"2025"}
    assert "Verteilt sind die geplanten Kosten des ganzen Jahres" in html


def test_a_shadow_settlement_is_only_looked_at(ask: Callable):
    address = draft(ask, "shadow", first="2025-01", last="2025-03")
    html = ask("finance").get(address).text
    assert "Schattenabrechnung Januar 2025 bis März 2025" in html
    assert "nie berechnet" in html
    take(ask, "finance", address, "check")
    assert "/schritt/release" not in ask("supervisor").get(address).text
    assert "Dieser Schritt ist jetzt nicht möglich" in ask("supervisor").get(f"{address}/schritt/release").text
    assert ask("finance").get(f"{address}/schritt/fly").status_code == 404


def test_variants_side_by_side(ask: Callable):
    page = ask("supervisor").get(f"{COMPARISON}?{YEAR}")
    assert page.status_code == 200, text(page.text)
    html = page.text
    assert "99.999,96 €" in html
    assert "Beispielwerte, nicht vereinbart" in html
    assert "Nach links: zahlt weniger." in html
    assert len(re.findall(r'<svg class="chart"', html)) == 7
    shares = rows(ask("finance").get(f"{COMPARISON}?{YEAR}&liste=was-jeder-partner-zahlt&format=csv"))
    assert [row[0] for row in shares[1:]] == ["Burgdorf", "Langenhagen", "Wedemark"]
    for place, title in enumerate(shares[0]):
        if place > 1 and "unterschied" not in title:
            assert abs(sum(cents(row[place]) for row in shares[1:]) - 9_999_996) < 50, title
        if "unterschied" in title:
            assert abs(sum(cents(row[place]) for row in shares[1:])) < 50, title
    other = ask("finance").get(f"{COMPARISON}?{YEAR}&base=V3&only=V3&only=V5&cost=assumed&euros=1.000,50")
    assert "1.000,50 €" in other.text
    assert "Unterschied zu Beispiel V3" in other.text
    assert len(re.findall(r'<svg class="chart"', other.text)) == 1


def cents(text: str) -> int:
    return int(text.replace(",", ""))


def test_a_figure_of_the_comparison_opens(ask: Callable):
    html = ask("finance").get(f"{COMPARISON}?{YEAR}").text
    address = unescape(re.search(rf'href="([^"]*herleitung\?variant=V4&amp;partner={BURGDORF}[^"]*)"', html)[1])
    page = ask("finance").get(address)
    assert page.status_code == 200
    assert "Herleitung: Burgdorf, V4" in page.text
    assert "Langenhagen" not in re.search(r"<tbody.*</tbody>", page.text, re.S)[0]
    listed = rows(ask("finance").get(f"{address}&liste=herleitung&format=csv"))
    assert len(listed) - 1 == len(re.findall(r'<tr class="kern-table__row"><th scope="row"', page.text))
    assert ask("finance").get(f"{COMPARISON}/herleitung?{YEAR}&variant=V9").status_code == 404


def test_more_or_less_usage(ask: Callable):
    html = ask("finance").get(f"{COMPARISON}/menge?{YEAR}&partner={BURGDORF}").text
    assert "data-plot" in html
    listed = rows(ask("finance").get(f"{COMPARISON}/menge?{YEAR}&partner={BURGDORF}&liste=eigene-nutzung&format=csv"))
    assert len(listed) == 9
    for row in listed[1:]:
        numbers = [cents(value) for value in row[1:]]
        assert numbers == sorted(numbers)
    assert ask("finance").get(f"{COMPARISON}/menge").status_code == 200


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=2025-05&to=2025-01", "der letzte nicht vor dem ersten"),
        ("from=2010-01&to=2025-01", "Höchstens 36 Monate"),
        (f"{YEAR}&cost=assumed", "Bitte den angenommenen Betrag angeben."),
        (f"{YEAR}&base=V9", "gibt es im Vergleich nicht"),
        ("from=2020-01&to=2020-02&cost=assumed&euros=1", "von keinem Partner Nutzung"),
        (f"{YEAR}&euros=1000.50", "ein Betrag in Euro erwartet"),
        (f"{YEAR}&euros=99.999.999.999.999", "zu groß"),
    ],
)
def test_what_cannot_be_compared_says_why(ask: Callable, query: str, told: str):
    answer = ask("finance").get(f"{COMPARISON}?{query}")
    assert (answer.status_code, told in text(answer.text)) == (422, True), text(answer.text)


def test_every_table_of_a_settlement_is_a_file(ask: Callable):
    address = draft(ask)
    take(ask, "finance", address, "check")
    take(ask, "supervisor", address, "release")
    html = ask("finance").get(address).text
    lists = set(re.findall(r"liste=([\w-]+)&amp;format=csv", html))
    assert lists == {
        *("anteile", "herleitung", "monate-der-nutzung", "einwohnerzahlen", "regelungen", "vereinbarungen"),
        *("kostenposten", "buchungen"),
    }
    for name in lists:
        found = rows(ask("finance").get(f"{address}?liste={name}&format=csv"))
        assert len(found) > 1, name
        assert ask("finance").get(f"{address}?liste={name}&format=xlsx").status_code == 200
    parts = rows(ask("finance").get(f"{address}?liste=anteile&format=csv"))
    assert sum(cents(row[2]) for row in parts[1:]) == 9_999_996
    ledger = rows(ask("finance").get(f"{LEDGER}?liste=buchungen&format=csv"))
    assert sum(cents(row[6]) for row in ledger[1:]) == 0
    assert rows(ask("finance").get(f"{LEDGER}?from=2020-01-01&to=2020-12-31&liste=buchungen&format=csv"))[1:] == []
    assert ask("finance").get(f"{LEDGER}?from=2026-01-02&to=2026-01-01").status_code == 422


def test_who_reads_english_finds_no_german(ask: Callable):
    address = draft(ask)
    for step in ("check", "release"):
        take(ask, "finance" if step == "check" else "supervisor", address, step)
    reader = ask("finance")
    assert reader("POST", "/sprache", data={"language": "en", "next": "/", "csrf": reader.csrf}).status_code == 303
    pages = [LIST, f"{LIST}/neu?art=advance", address, f"{address}/schritt/send", f"{address}/storno", LEDGER]
    pages += [f"{COMPARISON}?{YEAR}", f"{COMPARISON}/herleitung?{YEAR}&variant=V4&partner={BURGDORF}"]
    pages += [f"{COMPARISON}/menge?{YEAR}&partner={BURGDORF}"]
    for page in pages:
        html = reader.get(page).text
        assert '<html lang="en"' in html
        assert [said for said in Words(html).texts if said in GERMAN] == [], page
    assert "99,999.96 €" in reader.get(address).text


def test_few_statements(ask: Callable, statements: list[str]):
    address = draft(ask)
    caller = ask("finance")
    for page, most in ((LIST, 6), (address, 10), (f"{COMPARISON}?{YEAR}", 14), (LEDGER, 6)):
        statements.clear()
        assert caller.get(page).status_code == 200
        assert len(statements) <= most, (page, statements)


def test_a_new_form_of_terms_complains_of_nothing_before_anybody_types(ask: Callable):
    finance = ask("finance")
    for variant in ("V2", "V5", "V7"):
        html = finance.get(f"/abrechnung/regelungen/neu?variant={variant}").text
        assert "Erscheint, sobald die Angaben stimmen." in html
        assert "So lässt sich das nicht rechnen" not in html
    wrong = finance.get("/abrechnung/regelungen/neu?variant=V2&price_per_call_cents=120").text
    assert "So lässt sich das nicht rechnen" in wrong


def test_an_agreement_tells_and_takes_its_tax_in_german(ask: Callable):
    finance = ask("finance")
    shown = text(finance.get("/abrechnung/vereinbarungen/1").text)
    assert re.search(r"Umsatzsteuer nicht steuerbar \(§ 2b UStG\) ab \d\d\.\d\d\.\d{4}", shown)
    html = finance.get("/abrechnung/vereinbarungen/neu").text
    first = re.search(r'name="valid_from"[^>]*value="([^"]+)"', html)
    tax = re.search(r'name="tax"[^>]*value="([^"]+)"', html)
    assert tax[1] == f"{first[1]} nicht steuerbar"


def test_an_agreement_says_by_what_it_was_settled(ask: Callable):
    with transaction() as session:
        number = session.scalar(sql("SELECT id FROM agreement WHERE partner = :partner"), {"partner": BURGDORF})
    page = f"/abrechnung/vereinbarungen/{number}"
    address = draft(ask)
    assert "schon berechnet" not in ask("finance").get(page).text
    take(ask, "finance", address, "check")
    take(ask, "supervisor", address, "release")
    html = ask("finance").get(page).text
    assert "schon berechnet" in html
    assert f'href="{address}"' in html


def test_the_first_page_says_what_waits_for_a_second_person(ask: Callable):
    address = draft(ask)
    assert "wartet auf die Freigabe" not in ask("supervisor").get("/").text
    take(ask, "finance", address, "check")
    assert "1 Abrechnung wartet auf die Freigabe" in ask("supervisor").get("/").text
    assert "wartet auf die Freigabe" not in ask("finance").get("/").text
    take(ask, "supervisor", address, "release")
    assert "wartet auf die Freigabe" not in ask("supervisor").get("/").text
    with transaction() as session:
        session.execute(
            sql("INSERT INTO month (month, asked_by, asked_at) VALUES ('2026-01-01', 'person:9999', now())")
        )
    assert "1 Monat wartet auf die Bestätigung des Abschlusses" in ask("supervisor").get("/").text
