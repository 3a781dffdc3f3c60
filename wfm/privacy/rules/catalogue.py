"""What is stored: every table and column, whose data it is, what for, for how long, and who gets to see it.

A table or column that is not declared here fails a test, and stands in the annex as not classified: nothing new can
slip past the staff council.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: Of whom data may be.
PERSONS: Mapping[str, str] = {
    "agent": "Beschäftigte, die Anrufe annehmen",
    "caller": "Anrufende",
    "user": "Personen mit einem Konto",
}
NOBODY = "–"
UNDECLARED = "NICHT EINGEORDNET"


@dataclass(frozen=True, slots=True)
class DataKind:
    """Tables that hold one kind of data. `retention` names classes of `rules.retention`; `beyond` is what they leave.

    `seen_with` are the permissions with which some of it is shown, in whatever form.
    """

    title: str
    purpose: str
    tables: Sequence[str]
    seen_with: Sequence[str]
    retention: Sequence[str]
    beyond: str


KINDS: Sequence[DataKind] = (
    DataKind(
        "Rohzeilen der Telefonanlage",
        "Jede Zahl bis zu der Zeile belegen, aus der sie kommt; nach einem Fehler oder einer geänderten Zuordnung neu "
        "rechnen.",
        ("raw_event", "quarantine", "event_key", "delivery"),
        ("raw.read", "quarantine.read"),
        ("caller_number", "raw_event", "agent_state", "quarantine"),
        "Geschwärzte Zeilen bleiben, bis die Anrufe ihres Monats gelöscht werden. Stelle, Zeit des Empfangs und ein "
        "Prüfwert der Zeile bleiben. Eine Zeile, die sich nicht schwärzen lässt, ohne eine Zahl zu ändern, bleibt, wie "
        "sie ist, und wird gezählt.",
    ),
    DataKind(
        "Anrufe und Aufenthalte in Warteschlangen",
        "Servicelevel, Nutzung und Abrechnung je Partner berechnen und belegen.",
        ("call", "stay", "kept_wrapup", "kept_attribution"),
        ("calls.read", "usage.read", "queues.read", "groups.read", "own.read", "persons.read"),
        ("raw_event", "stay"),
        "Namen von Beschäftigten werden mit der Frist der Rohzeile zu Pseudonymen; wer die Datenbank und das Geheimnis "
        "der Installation hat, könnte Namen durchprobieren. Solange ein Monat nicht endgültig "
        "abgerechnet ist, wird keiner seiner Anrufe gelöscht.",
    ),
    DataKind(
        "Schlüssel für Prüfwerte von Rufnummern",
        "Wiederanrufe erkennen, ohne die Rufnummer zu speichern.",
        ("caller_key",),
        (),
        ("caller_key", "repeat_calls"),
        "Nichts.",
    ),
    DataKind(
        "Zustände der Beschäftigten am Telefon",
        "Besetzung der Warteschlangen und Nachbearbeitung berechnen; sehen, wer jetzt angemeldet ist.",
        ("agent_event", "agent_span"),
        ("persons.read", "groups.read", "own.read"),
        ("agent_state",),
        "Ein Zustand, der noch andauert, bleibt bis zu seinem Ende.",
    ),
    DataKind(
        "Tage der Beschäftigten am Telefon",
        "Der Person die eigenen Zahlen zeigen, Monatszahlen von Gruppen bilden, und was eine Vereinbarung mit dem "
        "Personalrat öffnet. Nur Summen eines Tages.",
        ("fact_agent_calls", "fact_agent_time"),
        ("own.read", "groups.read", "persons.read"),
        ("raw_event", "agent_state"),
        "Nichts. Was von Anrufen zeugt, geht mit den Namen in Rohzeilen, die angemeldete Zeit mit den Zuständen, "
        "beides vom Tag an gerechnet und nie später als das, woraus es gezählt ist.",
    ),
    DataKind(
        "Monatszahlen von Gruppen",
        "Planen, wenn die Tage der Beschäftigten gelöscht sind: was die Seite der Gruppen zeigt, und nicht mehr.",
        ("group_month",),
        ("groups.read",),
        (),
        "Bleibt. Keine Person und keine Gruppe unter der kleinsten.",
    ),
    DataKind(
        "Vereinbarungen, Kosten, Abrechnungen und Belege",
        "Die Kosten des Zentrums auf die Partner verteilen und jeden Cent belegen. Keine Beschäftigten, keine "
        "Anrufenden: Summen je Partner und Monat, und wer etwas eingetragen, geprüft oder freigegeben hat.",
        (
            *("terms", "agreement", "party", "cost_centre", "cost_item", "cost_cover"),
            *("settlement", "settlement_share", "ledger_entry", "ledger_line"),
            *("document", "export_layout", "export_run", "exported_document"),
        ),
        ("settlement.read", "statements.read"),
        (),
        "Bleibt: Abrechnungsunterlagen werden nicht gelöscht, solange die Aufbewahrungsfristen der Buchführung laufen.",
    ),
    DataKind(
        "Fragebögen vor einem Beitritt",
        "Die Entscheidung einer Kommune vorbereiten. Der Link gilt für die Kommune, nicht für eine Person.",
        ("questionnaire", "questionnaire_answer"),
        ("accession.read",),
        (),
        "Bleibt, damit eine Entscheidungsunterlage auch später zu belegen ist.",
    ),
    DataKind(
        "Summen je Viertelstunde und Tag",
        "Auswertungen und Abrechnung. Gespeichert sind nur Summen; Anteile werden beim Lesen berechnet.",
        (
            "fact_interval",
            "fact_day",
            "month",
            "month_override",
            "fact_month",
            "fact_month_partner",
            "usage_correction",
            "report_file",
        ),
        ("usage.read", "queues.read"),
        ("settlement", "report_file"),
        "Gespeichert ohne Namen, als Summe über alle. War in einer Viertelstunde nur eine Person angemeldet, ist die "
        "Summe ihre; wer den Dienstplan kennt, kann sie zuordnen. Solange ein Monat nicht endgültig abgerechnet ist, "
        "bleiben seine Summen und seine Monatsberichte als Datei.",
    ),
    DataKind(
        "Namen der Beschäftigten in Telefonanlagen",
        "Eine Person unter einem Namen führen, wie immer eine Telefonanlage sie nennt.",
        ("agent_alias", "import_draft"),
        ("directory.write", "own.read", "persons.read"),
        ("agent_alias", "import_draft"),
        "Eine Bezeichnung ohne letzten Tag gilt bis zum Ausscheiden: dann ersetzt die Verwaltung den Namen überall "
        "durch ein zufälliges Pseudonym (Befehl wfm privacy forget-person). Solange ein Anruf oder Zustand aus der "
        "Zeit einer Bezeichnung gespeichert ist, bleibt auch sie.",
    ),
    DataKind(
        "Konten und Zugänge",
        "Anmelden; jeder Person und jedem Programm nur zeigen, was ihrer Rolle zusteht.",
        ("person", "api_token", "oidc_mapping"),
        ("people.manage", "tokens.manage", "settings.manage"),
        ("account",),
        "Ein Konto hat seinen Namen, bis es gesperrt wird und die Frist vorbei ist; gehört es zu einer Person im "
        "Verzeichnis der Agenten, bis auch diese Verbindung endet. Danach bleiben Nummer, Rolle, Partner und Zeiten, "
        "damit das Protokoll verständlich ist, und von der Einmalanmeldung ein Prüfwert (mit Schlüssel), damit die "
        "Sperre hält. Zugangsschlüssel für Programme werden gesperrt, nicht gelöscht.",
    ),
    DataKind(
        "Anmeldungen",
        "Sitzungen absichern und beenden.",
        ("login_session", "oidc_login"),
        ("people.manage",),
        ("login_session",),
        "Begonnene Einmalanmeldungen gelten zehn Minuten und werden beim nächsten Versuch gelöscht.",
    ),
    DataKind(
        "Zugriffsprotokoll",
        "Nachweisen, wer was gesehen oder geändert hat.",
        ("audit_entry", "audit_seal", "retention_run"),
        ("audit.read",),
        ("audit",),
        "Siegel der Tage bleiben: Prüfwerte ohne Inhalt.",
    ),
    DataKind(
        "Vereinbarungen und Einstellungen",
        "Festhalten, was mit dem Personalrat vereinbart und wie das Programm eingestellt ist.",
        ("staff_agreement", "setting", "retention"),
        ("settings.read",),
        (),
        "Bleibt als Nachweis.",
    ),
    DataKind(
        "Verzeichnis",
        "Partner, Rufnummern der Behörden, Warteschlangen, Leistungen, Zeiten und Ziele.",
        (
            *("partner", "partner_inhabitants", "partner_membership", "area_code", "queue", "queue_partner"),
            *("dialled_number", "service", "opening_hours", "special_day", "holiday", "target", "mapping_change"),
            "partner_profile",
        ),
        ("directory.read",),
        (),
        "Bleibt, damit frühere Zahlen erklärbar sind. Keine Daten von Personen.",
    ),
    DataKind(
        "Prognosen",
        "Voraussehen, wie viele Anrufe kommen, und später sehen, wie gut das war.",
        ("forecast_run", "forecast_wish", "forecast_series", "forecast_day", "forecast_intraday"),
        ("forecast.read", "forecast.partner.read"),
        ("forecast",),
        "Die neueste Prognose bleibt.",
    ),
    DataKind(
        "Ereignisse und Anpassungen der Prognosen",
        "Festhalten, was geplant ist, und wer eine Prognose aus welchem Grund geändert hat.",
        ("planned_event", "forecast_adjustment"),
        ("forecast.read", "forecast.write"),
        (),
        "Bleibt, damit frühere Prognosen erklärbar sind. Wer eine Anpassung gemacht hat, steht als Nummer des Kontos "
        "dabei.",
    ),
    DataKind(
        "Personalplanung",
        "Aus erwarteten Anrufen den Bedarf an Stunden und Stellen rechnen, für alle zusammen, nie für Einzelne.",
        (
            *("staffing_parameters", "work_terms", "shrinkage", "skill_group"),
            *("staffing_plan", "staffing_simulation"),
        ),
        ("staffing.read", "staffing.write"),
        (),
        "Bleibt, damit frühere Planungen erklärbar sind. Wer eine gemacht hat, steht als Nummer des Kontos dabei.",
    ),
    DataKind(
        "Betrieb der Quellen",
        "Wissen, was eingetroffen ist, was fehlt und was noch zu rechnen ist.",
        (
            *("system", "source", "stream", "gap", "restart", "activity"),
            *("touched_day", "broken_invariant", "agent_history"),
        ),
        ("completeness.read",),
        (),
        "Bleibt, damit die Vollständigkeit früherer Zahlen belegt ist. Keine Daten von Personen.",
    ),
)

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """A column: of whom it may say something, and what it means."""

    persons: Sequence[str]
    meaning: str


@cache
def declared_columns() -> Mapping[tuple[str, str], DeclaredColumn]:
    """Table and column -> what is declared of it in `data/columns.csv`."""
    text = files("wfm.privacy").joinpath("data", "columns.csv").read_text(encoding="utf-8")
    found = {}
    for table, column, persons, meaning in list(csv.reader(text.splitlines(), delimiter=";", strict=True))[1:]:
        found[table, column] = DeclaredColumn(tuple(persons.split("+")) if persons else (), meaning)
    return found


def kind_of(table: str) -> DataKind | None:
    """The kind of data that a table holds."""
    return next((kind for kind in KINDS if table in kind.tables), None)


def undeclared(columns: Columns) -> list[str]:
    """Columns (`table.column`) of which nothing is declared, or whose table belongs to no kind of data."""
    declared = declared_columns()
    return [
        f"{table}.{column}"
        for table, names in columns.items()
        for column in names
        if (table, column) not in declared or kind_of(table) is None
    ]


def persons_in(tables: Sequence[str]) -> list[str]:
    """Of whom these tables hold data, in German."""
    found = {
        person for (table, _), column in declared_columns().items() if table in tables for person in column.persons
    }
    return [title for person, title in PERSONS.items() if person in found]


def field_rows(columns: Columns) -> list[list[str]]:
    """Every column as it stands in the annex: table, of whom, and the columns of that table with their meaning."""
    declared = declared_columns()
    rows: dict[tuple[str, str], list[str]] = {}
    for table, names in columns.items():
        for name in names:
            known = declared.get((table, name))
            whose = ", ".join(PERSONS[person] for person in known.persons) or NOBODY if known else UNDECLARED
            told = f"{name}: {known.meaning}" if known else name
            rows.setdefault((table, whose), []).append(told)
    return [[table, whose, "; ".join(told)] for (table, whose), told in rows.items()]
