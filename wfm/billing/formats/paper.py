"""The decision paper in German, as blocks: facts, options, effect on the budget, duties, open points, formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats.paper_cost import budget, derivations, full_year, in_short, options, others, title_of
from wfm.billing.formats.paper_volume import expected, more_posts, staff
from wfm.billing.formats.parameters import parameters_of
from wfm.billing.rules.accession_law import ELSEWHERE_SOURCES
from wfm.billing.rules.variants import TITLES
from wfm.billing.rules.words import count
from wfm.core.intervals import MONTH_NAMES
from wfm.reporting.formats import german

Item = Mapping[str, Any]

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
#: How all else is reckoned, for the annex.
OTHER_FORMULAS = {
    "Anrufe in einem Teil des Jahres": "Anrufe eines vollen Jahres × Summe der Anteile der Monate der Mitgliedschaft; "
    "ein angebrochener Monat zählt nach seinen Tagen",
    "Anteil eines Monats": "Anrufe in diesem Monat ÷ Anrufe in den letzten zwölf Monaten, von allen Partnern, die in "
    "jedem davon dabei waren; sind das zu wenige, um einzelne nicht erkennen zu lassen: ein Zwölftel",
    "Mehr Vollzeitstellen": "Bedarf mit Beitritt − Bedarf ohne, im Mittel der ganzen Monate der neuesten Prognose; bei "
    "wenig und viel mit der Prognose der Kommune × Anrufe dieses Falls ÷ erwartete Anrufe",
    "Kosten des Servicecenters": "eingetragene Kosten eines Jahres + Mehrkosten des Personals im Jahr × Tage der "
    "Mitgliedschaft ÷ Tage des Jahres; tatsächliche Kosten zählen nur, wenn jeder Monat sie hat, sonst der Plan",
}


def document_of(paper: Item) -> dict[str, Any]:
    """The whole paper."""
    name = paper["name"]
    return {
        "title": f"Entscheidungsunterlage: Beitritt zum gemeinsamen Servicecenter – {name}",
        "short": f"Beitritt: {name}",
        "about": f"Stand {german.iso_day(paper['made_on'])}. {paper['no_advice']}",
        "numbered": True,
        "sections": list(_sections(paper)),
    }


def footer_of(paper: Item) -> str:
    return f"Stand {german.iso_day(paper['made_on'])}"


def _sections(paper: Item) -> Iterator[dict[str, Any]]:
    yield b.section("Auf einen Blick", *_glance(paper))
    yield b.section("Angaben der Kommune", *_answers(paper))
    yield b.section("Vergleichbare Partner", *_comparable(paper["comparable"]))
    yield b.section("Erwartete Anrufe", *expected(paper["forecast"]))
    yield b.section("Personalbedarf mit und ohne Beitritt", *staff(paper["staff"]))
    yield b.section("Möglichkeiten der Finanzierung", *options(paper["cost"]))
    yield b.section("Wirkung auf den Haushalt nach Jahren", *budget(paper["cost"]))
    yield b.section("Wirkung auf die anderen Partner", *others(paper["cost"]))
    yield b.section("Einmalige Pflichten", *_duties(paper, running=False))
    yield b.section("Laufende Pflichten", *_duties(paper, running=True))
    yield b.section("Kündigung und Auflösung", *_end(paper))
    yield b.section("Offene Punkte", *_open(paper))
    yield b.section("Anlage: Rechenwege", *derivations(paper))
    yield b.section("Anlage: Formeln, Annahmen und Quellen", *_annex(paper))


def _glance(paper: Item) -> Iterator[b.Block]:
    yield b.text(
        "Diese Unterlage beantwortet die drei Fragen, die vor einem Beitritt zu klären sind: welcher Vertrag, welche "
        "Kosten, welcher Umfang. Was noch niemand beantworten kann, steht als offener Punkt da."
    )
    cost, forecast = paper["cost"], paper["forecast"]
    agreement = paper["agreement"]
    contract = "Zweckvereinbarung nach NKomZG § 5; ein Entwurf mit markierten Lücken gehört zu dieser Unterlage"
    if agreement:
        contract = (
            f"{agreement['reference']}, ab {german.iso_day(agreement['since'])}, {agreement['name']} "
            f"({agreement['variant']})"
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
            ("Kosten", in_short(cost)),
            ("Umfang", scope),
            ("Beginn", _start(paper["start"])),
            ("Anrufe im Jahr", _range(forecast["calls_a_year"]) if "calls_a_year" in forecast else forecast["missing"]),
            ("Zusätzliches Personal", more_posts(paper["staff"])),
            ("Offene Punkte", f"{len(paper['open_points'])}, im Abschnitt „Offene Punkte“"),
        ],
    )
    yield b.text("Zu entscheiden ist:")
    yield b.points(
        [
            "ob die Kommune beitritt und ab wann;",
            "nach welcher Variante die Kosten geteilt werden (Abschnitt „Möglichkeiten der Finanzierung“);",
            "für welche Leistungen und zu welchen Zeiten das Servicecenter Auskunft gibt;",
            "mit welcher Kündigungsfrist und welchen Folgen des Endes (Abschnitt „Kündigung und Auflösung“).",
        ]
    )


def _answers(paper: Item) -> Iterator[b.Block]:
    people, answers = paper["inhabitants"], paper["answers"]
    items = [("Einwohner", "nicht hinterlegt")]
    if people:
        of = f"Stand {german.iso_day(people['as_of'])}, {people['basis'] or 'ohne Angabe der Grundlage'}"
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
        ("Herkunft der Angaben", f"{where}, vom {german.iso_day(answers['as_of'])}"),
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
        counts = ["–" if value is None else count(value) for value in answers["calls_by_month"]]
        months = list(zip(MONTH_NAMES, counts, strict=True))
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


def _annex(paper: Item) -> Iterator[b.Block]:
    yield b.table("Formeln der Varianten", ("Variante", "Formel"),
                  [(f"{name} {TITLES[name]}", formula) for name, formula in FORMULAS.items()])  # fmt: skip
    cost = paper["cost"]
    rows = [
        (title_of(one), "; ".join(f"{key}: {value}" for key, value in parameters_of(year["parameters"])))
        for one in cost.get("variants", ())
        for year in full_year(cost, one)
    ]
    if rows:
        yield b.table("Womit im ersten vollen Jahr gerechnet wurde", ("Variante", "Parameter"), rows)
    known = paper["reference"]
    yield b.table("Übrige Formeln", ("Was", "Formel"), OTHER_FORMULAS.items())
    assumptions = [
        "Restcent: größter Bruchteil zuerst (Hamilton); Preise werden kaufmännisch gerundet.",
        "Einwohner sind nach Tagen der Mitgliedschaft gewichtet, Nutzung nie.",
        (
            "Die anderen Partner nutzen das Servicecenter im Jahr wie in den letzten zwölf Monaten; wer kürzer dabei "
            "ist, zwölfmal seinen mittleren Monat."
        ),
        "Ein Anruf der Kommune dauert so lange wie ein mittlerer Anruf der anderen und wird ebenso oft angenommen.",
        (
            "Ein Jahr hat 250 Öffnungstage. „Wenig“ und „viel“ sind die Enden des Bereichs, in dem die Prognose acht "
            "von zehn Jahren erwartet; Preise und Kosten des Servicecenters bleiben dabei, wie sie bei erwarteten "
            "Anrufen sind."
        ),
        "Mehrkosten für Personal sind den Kosten des Servicecenters zugeschlagen, wo sie gerechnet werden konnten.",
    ]
    if known:
        assumptions.append(f"Nutzung vom {german.iso_day(known['from'])} bis vor {german.iso_day(known['to'])}.")
    yield b.text("Angenommen ist:")
    yield b.points(assumptions)
    sources = dict.fromkeys(duty["source"] for duty in paper["duties"] if duty["source"] != "Vereinbarung")
    yield b.text("Quellen:")
    terms = "Laufzeiten: Kiel, Ratsversammlung 28.03.2018; Barmstedt VO/2014-219; Frankfurt M 20/2026"
    yield b.points([*sources, f"Beispiele anderer Servicecenter: {ELSEWHERE_SOURCES}", terms])


def _range(calls: Item) -> str:
    return f"{count(calls['expected'])} ({count(calls['low'])} bis {count(calls['high'])})"


def _start(start: Item) -> str:
    if start["wished"] is None:
        return f"nicht genannt; gerechnet ab {german.iso_day(start['day'])}"
    if start["assumed"]:
        return f"gewünscht war {german.iso_day(start['wished'])}; gerechnet ab {german.iso_day(start['day'])}"
    return german.iso_day(start["day"])
