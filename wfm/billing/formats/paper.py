"""The decision paper in German, as blocks: facts, options, effect on the budget, duties, open points, formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats.parameters import parameters_of
from wfm.billing.rules.accession_law import ELSEWHERE, ELSEWHERE_SOURCES
from wfm.billing.rules.variants import TITLES
from wfm.billing.rules.words import count, money
from wfm.reporting.formats import german

Item = Mapping[str, Any]

COST_BASES = {
    "plan": "Kostenplan der gezeigten Jahre",
    "plan_before": "letzter vollständiger Kostenplan, fortgeschrieben",
    "actual": "tatsächliche Kosten der letzten zwölf Monate, fortgeschrieben",
    "assumed": "für diese Unterlage angenommen",
}
#: How a variant divides, for the annex.
FORMULAS = {
    "V1": "Anteil = Kosten × Einwohner × Tage der Mitgliedschaft ÷ Summe davon über alle Partner",
    "V2": "Anteil = kleinerer Wert von Anrufe × Preis je Anruf und Einwohner × Obergrenze × Tage ÷ Tage des Jahres",
    "V3": "Anteil = Sekunden × Preis je Minute ÷ 60, auf den Cent gerundet",
    "V4": "Anteil = Grundbetrag × Einwohneranteil + Rest × Anteil an der Bearbeitungszeit",
    "V5": "Anteil = Kosten × Anteil an der Bearbeitungszeit; Abschläge nach Plan, Ausgleich auf tatsächliche Kosten",
    "V6": "Anteil = Festbetrag der Größenklasse × Tage ÷ Tage des Jahres",
    "V7": "Anteil = Kosten × gewichtete Mischung der Anteile an Einwohnern, Anrufen und Bearbeitungszeit, mindestens "
    "der Mindestbetrag",
}


def document_of(paper: Item) -> dict[str, Any]:
    """The whole paper."""
    name = paper["name"]
    return {
        "title": f"Entscheidungsunterlage: Beitritt zum gemeinsamen Servicecenter – {name}",
        "short": f"Beitritt: {name}",
        "about": f"Stand {german.day(date.fromisoformat(paper['made_on']))}. {paper['no_advice']}",
        "numbered": True,
        "sections": list(_sections(paper)),
    }


def footer_of(paper: Item) -> str:
    return f"Stand {german.day(date.fromisoformat(paper['made_on']))}"


def _sections(paper: Item) -> Iterator[dict[str, Any]]:
    yield b.section("Auf einen Blick", *_glance(paper))
    yield b.section("Angaben der Kommune", *_answers(paper))
    yield b.section("Vergleichbare Partner", *_comparable(paper["comparable"]))
    yield b.section("Erwartete Anrufe", *_forecast(paper["forecast"]))
    yield b.section("Personalbedarf mit und ohne Beitritt", *_staff(paper["staff"]))
    yield b.section("Möglichkeiten der Finanzierung", *_options(paper["cost"]))
    yield b.section("Wirkung auf den Haushalt nach Jahren", *_budget(paper["cost"]))
    yield b.section("Wirkung auf die anderen Partner", *_others(paper["cost"]))
    yield b.section("Einmalige Pflichten", *_duties(paper, running=False))
    yield b.section("Laufende Pflichten", *_duties(paper, running=True))
    yield b.section("Kündigung und Auflösung", *_end(paper))
    yield b.section("Offene Punkte", *_open(paper))
    yield b.section("Anlage: Rechenwege", *_derivations(paper))
    yield b.section("Anlage: Formeln, Annahmen und Quellen", *_annex(paper))


def _glance(paper: Item) -> Iterator[b.Block]:
    yield b.text(
        "Diese Unterlage beantwortet die drei Fragen, die vor einem Beitritt zu klären sind: welcher Vertrag, welche "
        "Kosten, welcher Umfang. Was noch niemand beantworten kann, steht als offener Punkt da."
    )
    cost, forecast, staff = paper["cost"], paper["forecast"], paper["staff"]
    agreement = paper["agreement"]
    contract = "Zweckvereinbarung nach NKomZG § 5; ein Entwurf mit markierten Lücken gehört zu dieser Unterlage"
    if agreement:
        contract = (
            f"{agreement['reference']}, ab {_day(agreement['since'])}, {agreement['name']} ({agreement['variant']})"
        )
    answers = paper["answers"]
    scope = "noch nicht genannt"
    if answers:
        services = "alle Leistungen des Verzeichnisses"
        if not answers["all_services"]:
            services = f"{len(answers['services'])} gewählte Leistungen"
        scope = f"{services}; Zeiten: {answers['hours'] or 'nicht genannt'}"
    yield b.table(
        "Vertrag, Kosten, Umfang",
        ("Frage", "Stand"),
        [
            ("Vertrag", contract),
            ("Kosten", _cost_in_short(cost)),
            ("Umfang", scope),
            ("Beginn", _start(paper["start"])),
            ("Anrufe im Jahr", _range(forecast["calls_a_year"]) if "calls_a_year" in forecast else forecast["missing"]),
            (
                "Zusätzliches Personal",
                staff["missing"] if "missing" in staff else f"{german.decimal(staff['posts_more'], 1)} Vollzeitstellen",
            ),
            ("Offene Punkte", str(len(paper["open_points"]))),
        ],
    )


def _cost_in_short(cost: Item) -> str:
    if "missing" in cost:
        return str(cost["missing"])
    full = [year["cents"]["expected"] for one in cost["variants"] for year in _full_year(cost, one)]
    if not full:
        return "nicht gerechnet"
    return f"im ersten vollen Jahr je nach Variante {money(min(full))} bis {money(max(full))}"


def _full_year(cost: Item, variant: Item) -> list[Item]:
    """The variant's amounts in the first full year, if they could be reckoned."""
    place = next((place for place, year in enumerate(cost["years"]) if year["full"]), 0)
    return [year for year in variant["years"][place : place + 1] if "cents" in year]


def _answers(paper: Item) -> Iterator[b.Block]:
    people, answers = paper["inhabitants"], paper["answers"]
    items = [("Einwohner", "nicht hinterlegt")]
    if people:
        of = f"Stand {_day(people['as_of'])}, {people['basis'] or 'ohne Angabe der Grundlage'}"
        source = f"; {people['source']}" if people["source"] else ""
        items = [("Einwohner", f"{count(people['inhabitants'])} ({of}{source})")]
    if answers is None:
        yield b.facts(items)
        yield b.text("Die Kommune hat noch keine Angaben gemacht.")
        return
    where = f"Fragebogen {answers['questionnaire']}, Fassung {answers['version']}"
    if answers["source"] == "profile":
        where = "Profil im Verzeichnis"
    calls = "nicht genannt" if answers["calls_a_year"] is None else count(answers["calls_a_year"])
    services = "alle" if answers["all_services"] else ", ".join(each["name"] for each in answers["services"])
    items += [
        ("Herkunft der Angaben", f"{where}, vom {_day(answers['as_of'])}"),
        ("Einwohnerzahl bestritten", answers["inhabitants_disputed"] or "nein"),
        ("Anrufe im Jahr, eigene Zählung", calls),
        ("Quelle der Zählung", answers["calls_source"] or "nicht genannt"),
        ("Gewünschte Servicezeiten", answers["hours"] or "nicht genannt"),
        ("Gewünschte Leistungen", services),
        ("Gewünschter Beginn", _start(paper["start"])),
        ("Telefonzentrale und Warteschlangen", answers["switchboard"] or "nicht genannt"),
        ("Einträge im BUS", answers["bus_entries"] or "nicht genannt"),
        ("Zuständige Stelle", answers["contact_office"] or "nicht genannt"),
        ("Fragen der Kommune", answers["questions"] or "keine"),
    ]
    yield b.facts(items)
    if any(value is not None for value in answers["calls_by_month"]):
        months = [(german.month(f"2000-{m:02d}").split()[0], "–" if value is None else count(value))
                  for m, value in enumerate(answers["calls_by_month"], 1)]  # fmt: skip
        yield b.table("Anrufe nach Monaten, eigene Zählung", ("Monat", "Anrufe"), months, numeric=1)


def _comparable(found: Item) -> Iterator[b.Block]:
    if "missing" in found:
        yield b.text(found["missing"])
        return
    if found["calls_per_1000"] is None:
        yield b.text("Nicht gezeigt: Es gibt zu wenige vergleichbare Partner; einzelne ließen sich erschließen.")
    else:
        yield b.text(
            f"{found['partners']} Partner gleicher Art und ähnlicher Größe (ein Fünftel bis zum Fünffachen der "
            f"Einwohner) nutzen das Servicecenter im Jahr mit zusammen {_rate(found)} "
            "Anrufen je 1.000 Einwohner."
        )
    if found["rows"]:
        yield b.table(
            "Vergleichbare Partner",
            ("Partner", "Einwohner", "Anrufe im Jahr", "je 1.000 Einwohner", "Monate"),
            [
                (row["name"], count(row["inhabitants"]), count(row["calls_a_year"]),
                 german.decimal(row["calls_per_1000"], 1), str(row["months"]))
                for row in found["rows"]
            ],
            numeric=1,
        )  # fmt: skip


def _rate(found: Item) -> str:
    rate = found["calls_per_1000"]
    return f"etwa {count(round(rate))}" if found["protected"] else german.decimal(rate, 1)


def _forecast(found: Item) -> Iterator[b.Block]:
    if "missing" in found:
        yield b.text(found["missing"])
        return
    calls = found["calls_a_year"]
    yield b.text(
        f"Erwartet werden {count(calls['expected'])} Anrufe in einem vollen Jahr; mit {german.percent(found['level'])} "
        f"Wahrscheinlichkeit sind es {count(calls['low'])} bis {count(calls['high'])} "
        f"({german.decimal(found['calls_per_1000'], 1)} je 1.000 Einwohner erwartet)."
    )
    yield b.points(found["reasons"])


def _staff(found: Item) -> Iterator[b.Block]:
    if "missing" in found:
        yield b.text(f"Nicht gerechnet: {found['missing']}")
        return
    more = found["more_cents_a_year"]
    there = found["posts_there"]
    yield b.facts(
        [
            ("Vollzeitstellen ohne den Beitritt", german.decimal(found["posts_without"], 1)),
            ("Vollzeitstellen mit dem Beitritt", german.decimal(found["posts_with"], 1)),
            ("Mehr", german.decimal(found["posts_more"], 1)),
            ("Vorhanden", "nicht hinterlegt" if there is None else german.decimal(there, 1)),
            ("Mehrkosten im Jahr", "nicht gerechnet: kein Kostensatz" if more is None else money(more)),
        ]
    )
    yield b.text(
        f"Mittel der Monate ab {_day(found['from'])} bis vor {_day(found['to'])}, als wäre die Kommune die ganze Zeit "
        "dabei." + (" Die Prognose beruht auf simulierten Anrufen." if found["generated"] else "")
    )


def _options(cost: Item) -> Iterator[b.Block]:
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        yield b.table("Wie andere abrechnen", ("Wer", "Wie"), ELSEWHERE)
        return
    if not cost["written_terms"]:
        yield b.notice(
            "Noch ist keine Finanzierung entworfen. Die Varianten sind Beispiele mit Zahlen, die die Kosten decken: "
            "zum Vergleichen, kein Angebot."
        )
    year = next((year for year in cost["years"] if year["full"]), cost["years"][0])
    calls = cost["calls_a_year"]
    yield b.text(
        f"Beträge des Jahres {year['year']} bei {count(calls['low'])} (wenig), {count(calls['expected'])} (erwartet) "
        f"und {count(calls['high'])} Anrufen (viel) im Jahr; die Nutzung der anderen bleibt, wie sie ist."
    )
    rows, bars = [], []
    for one in cost["variants"]:
        for found in _full_year(cost, one):
            cents, each = found["cents"], found["cents_per_inhabitant"]
            rows.append((_title(one), *(money(cents[volume]) for volume in ("low", "expected", "high")),
                         "–" if each is None else money(each)))  # fmt: skip
            bars.append((_title(one), cents["low"], cents["expected"], cents["high"], money(cents["expected"])))
    heads = ("Variante", "wenig", "erwartet", "viel", "je Einwohner")
    yield b.table(f"Kosten im Jahr {year['year']} nach Varianten", heads, rows, numeric=1)
    if bars:
        yield b.ranges(f"Kosten {year['year']}: erwartet (Balken), wenig bis viel (Linie)", bars)
    left = [f"{_title(one)}: {one['problem']}" for one in cost["variants"] if one["problem"]]
    if left:
        yield b.points(left)
    yield b.table("Wie andere abrechnen", ("Wer", "Wie"), ELSEWHERE)


def _budget(cost: Item) -> Iterator[b.Block]:
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        return
    heads = [f"{year['year']}" + ("" if year["full"] else f" ({year['days']} Tage)") for year in cost["years"]]
    rows = [
        (_title(one), *(money(year["cents"]["expected"]) if "cents" in year else "–" for year in one["years"]))
        for one in cost["variants"]
        if not one["problem"]
    ]
    yield b.table("Aufwand der Kommune bei erwarteten Anrufen", ("Variante", *heads), rows, numeric=1)
    per_head = [
        (_title(one), *(_each(year) for year in one["years"])) for one in cost["variants"] if not one["problem"]
    ]
    yield b.table("Dasselbe je Einwohner", ("Variante", *heads), per_head, numeric=1)
    total = [
        ("Kosten des Servicecenters", *map(money, cost["cost_cents"])),
        ("Mehr durch den Beitritt (Personal)", *map(money, cost["more_cents"])),
    ]
    yield b.table(f"Gerechnet mit: {COST_BASES[cost['basis']]}", ("", *heads), total, numeric=1)


def _each(year: Item) -> str:
    return money(year["cents_per_inhabitant"]) if year.get("cents_per_inhabitant") is not None else "–"


def _others(cost: Item) -> Iterator[b.Block]:
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        return
    rows = []
    for one in cost["variants"]:
        for year in _full_year(cost, one):
            before, after = year["others_without_cents"], year["others_with_cents"]
            if before is not None and after is not None:
                rows.append(
                    (_title(one), money(before), money(after), money(after - before), money(year["host_cents"]))
                )
    if not rows:
        yield b.text("Nicht gezeigt: Es gibt zu wenige andere Partner; einzelne ließen sich erschließen.")
        return
    heads = ("Variante", "ohne Beitritt", "mit Beitritt", "Unterschied", "Rest beim Träger")
    yield b.table("Anteile aller anderen Partner zusammen, erstes volles Jahr", heads, rows, numeric=1)
    yield from _by_partner(cost)


def _by_partner(cost: Item) -> Iterator[b.Block]:
    """For the centre alone: what each of the others pays more or less."""
    shown = [(one, year) for one in cost["variants"] for year in _full_year(cost, one) if year["others"]]
    names = {each["name"] for _, year in shown for each in year["others"]}
    if not shown:
        return
    rows = []
    for name in sorted(names):
        found = [{each["name"]: each for each in year["others"]}.get(name) for _, year in shown]
        rows.append((name, *("–" if e is None else money(e["with_cents"] - e["without_cents"]) for e in found)))
    heads = ("Partner", *(str(one["title"]).partition(":")[0] for one, _ in shown))
    yield b.table("Mehr oder weniger je Partner (nur für das Servicecenter)", heads, rows, numeric=1)


def _duties(paper: Item, *, running: bool) -> Iterator[b.Block]:
    rows = [(duty["title"], duty["text"], duty["source"]) for duty in paper["duties"] if duty["running"] is running]
    caption = "Was laufend zu tun ist" if running else "Was bis zum Beginn zu tun ist"
    yield b.table(caption, ("Pflicht", "Worum es geht", "Quelle"), rows)


def _end(paper: Item) -> Iterator[b.Block]:
    yield b.text(
        "Die Vereinbarung muss regeln, unter welchen Voraussetzungen sie aufgelöst oder von einem Beteiligten "
        "gekündigt wird und welche Folgen das hat (NKomZG § 6 Abs. 2)."
    )
    yield b.text(
        "Zum Vergleich: Hamburg und Kiel verlängern um je 3 Jahre, wenn nicht gekündigt wird; im Kreis Pinneberg und "
        "bei Frankfurt begann es mit 2 Jahren Erprobung. Welche Frist in der Region Hannover gelten soll, ist nicht "
        "belegt und im Entwurf der Vereinbarung als offen markiert, wenn sie nicht vereinbart ist."
    )
    if paper["agreement"]:
        yield b.text(f"Für diesen Partner gilt bereits: {paper['agreement']['reference']}.")


def _open(paper: Item) -> Iterator[b.Block]:
    rows = [(str(place), point["text"], point["who"]) for place, point in enumerate(paper["open_points"], 1)]
    yield b.table("Was zu klären bleibt", ("Nr.", "Punkt", "Wer"), rows)


def _derivations(paper: Item) -> Iterator[b.Block]:
    cost = paper["cost"]
    if "missing" in cost:
        yield b.text(f"Nicht gerechnet: {cost['missing']}")
        return
    yield b.text("Wie der Anteil der Kommune zustande kommt, bei erwarteten Anrufen im ersten vollen Jahr:")
    for one in cost["variants"]:
        for year in _full_year(cost, one):
            # The fonts of an archive have no arrow.
            lines = [
                line["text"].replace("→", "=").replace(f"{paper['partner']}:", f"{paper['name']}:")
                for line in year["derivation"]
            ] or ["Keine Zeile betrifft die Kommune allein."]
            yield b.text(f"{_title(one)}:")
            yield b.points(lines)


def _annex(paper: Item) -> Iterator[b.Block]:
    yield b.table("Formeln der Varianten", ("Variante", "Formel"),
                  [(f"{name} {TITLES[name]}", formula) for name, formula in FORMULAS.items()])  # fmt: skip
    used = paper["cost"].get("variants", ())
    rows = [(_title(one), "; ".join(f"{key}: {value}" for key, value in parameters_of(one["parameters"])))
            for one in used if one["parameters"]]  # fmt: skip
    if rows:
        yield b.table("Womit gerechnet wurde", ("Variante", "Parameter"), rows)
    known = paper["reference"]
    assumptions = [
        "Restcent: größter Bruchteil zuerst (Hamilton); Preise werden kaufmännisch gerundet.",
        "Einwohner sind nach Tagen der Mitgliedschaft gewichtet, Nutzung nie.",
        (
            "Die anderen Partner nutzen das Servicecenter wie in den letzten zwölf Monaten; wer kürzer dabei ist, mit "
            "seinem mittleren Monat. Jeder Monat zählt gleich, ohne Jahresgang."
        ),
        "Ein Anruf der Kommune dauert so lange wie ein mittlerer Anruf der anderen und wird ebenso oft angenommen.",
        "Ein Jahr hat 250 Öffnungstage. Die Spanne „wenig“ bis „viel“ ist der Bereich der Prognose.",
        "Mehrkosten für Personal sind den Kosten des Servicecenters zugeschlagen, wo sie gerechnet werden konnten.",
    ]
    if known:
        assumptions.append(f"Nutzung vom {_day(known['from'])} bis vor {_day(known['to'])}.")
    yield b.points(assumptions)
    sources = dict.fromkeys(duty["source"] for duty in paper["duties"])
    terms = "Laufzeiten: Kiel, Ratsversammlung 28.03.2018; Barmstedt VO/2014-219; Frankfurt M 20/2026"
    yield b.points([*sources, f"Beispiele anderer Servicecenter: {ELSEWHERE_SOURCES}", terms])


def _title(variant: Item) -> str:
    if variant["example"]:
        return f"{variant['title']} (Beispiel)"
    return str(variant["title"])


def _range(calls: Item) -> str:
    return f"{count(calls['expected'])} ({count(calls['low'])} bis {count(calls['high'])})"


def _start(start: Item) -> str:
    if start["wished"] is None:
        return f"nicht genannt; gerechnet ab {_day(start['day'])}"
    if start["assumed"]:
        return f"gewünscht war {_day(start['wished'])}; gerechnet ab {_day(start['day'])}"
    return _day(start["day"])


def _day(text: str) -> str:
    return german.day(date.fromisoformat(text))
