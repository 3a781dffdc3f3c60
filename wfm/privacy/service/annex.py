"""The annex to the service agreement: what the running system stores, shows, deletes, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from wfm.accounts.rules import GRANTED, PERMISSIONS, ROLE_TITLES
from wfm.accounts.rules.purposes import PURPOSES, SCOPES, Persons
from wfm.accounts.rules.settings import SETTINGS
from wfm.accounts.service.agreements import as_rule, list_agreements
from wfm.accounts.service.settings import get_setting
from wfm.core.config import settings
from wfm.core.db import load_models
from wfm.privacy.queries import audit_can_be_rewritten, doors, last_run, sign_on_mappings, tokens_in_use
from wfm.privacy.rules import evaluations as shown
from wfm.privacy.rules.catalogue import KINDS, Columns, field_rows, persons_in, undeclared
from wfm.privacy.rules.document import Block, Document, Facts, Points, Section, Table
from wfm.privacy.rules.retention import CLASSES
from wfm.privacy.rules.words import NONE, NOT_SHOWN, day, days, roles_with, together
from wfm.privacy.service.agreed import list_retention, retention_days

_PERSONS = {
    Persons.NAMED: "einzelne Personen",
    Persons.GROUPS: "Gruppen",
    Persons.NONE: "keine",
}
_SOURCES = {
    "queue_log": "Protokolldatei der Telefonanlage (queue_log)",
    "queue_log_table": "Tabelle der Telefonanlage (queue_log)",
    "events": "Ereignisse über die Schnittstelle (CloudEvents)",
    "cdr": "Verbindungsdatensätze (CDR)",
}
ON_PAGES = (
    "Auf Seiten, über die Schnittstelle und in Dateien. Wer den Server verwaltet, kann dort die Befehle aufrufen, die "
    "unter „Auswertungen, die es gibt“ stehen, und die Datenbank lesen."
)
SIMULATED = "Simulierte Quellen sind von den Fristen ausgenommen: in ihnen kommt niemand vor."
NEVER = (
    "Rufnummern von Anrufenden: gezeigt wird höchstens die Ortsvorwahl.",
    "Namen von Beschäftigten in Anruflisten, Rohzeilen und deren Dateien: dort stehen Pseudonyme.",
    "Ranglisten und Vergleiche einzelner Beschäftigter.",
    "Gründe von Pausen einzelner Personen: weder anderen noch nach einer Vereinbarung.",
    "Tonaufnahmen und Gesprächsinhalte: sie werden nicht gespeichert.",
    "Zahlen von Gruppen unter der kleinsten Gruppe, und Zahlen, aus denen sich eine solche errechnen ließe.",
    "Zahlen und Anrufe anderer Kommunen, wenn eine Kommune angemeldet ist.",
)


def stored_columns() -> Columns:
    """Every table of the running program and its columns, by name of the table."""
    return {table.name: [column.name for column in table.columns] for table in load_models().sorted_tables}


def annex(session: Session, addresses: Sequence[shown.Address], today: date) -> Document:
    """The annex as of today; `addresses` are the application's routes that are read."""
    columns = stored_columns()
    return Document(
        "Anlage zur Dienstvereinbarung",
        "Was das Programm speichert, wem es was zeigt und wann es löscht. Erzeugt aus dem laufenden Programm und "
        "seinen Einstellungen.",
        (
            Section("Schalter und Vereinbarungen", _switches(session, today)),
            Section("Was nie gezeigt wird", [ON_PAGES, Points(NEVER)]),
            Section("Zwecke", [_purposes()]),
            Section("Rollen und Berechtigungen", [_roles(), _scopes()]),
            Section("Auswertungen, die es gibt", _evaluations(addresses)),
            Section("Daten, Zwecke und Empfänger", _kinds(columns)),
            Section("Aufbewahrung", [SIMULATED, _retention(session)]),
            Section("Schnittstellen", _interfaces(session)),
            Section("Alle gespeicherten Felder", _fields(columns)),
        ),
    )


def _switches(session: Session, today: date) -> list[Block]:
    agreements = list_agreements(session)
    in_force = [agreement for agreement in agreements if as_rule(agreement).in_force(today)]
    waiting = sum(1 for one in agreements if not one.signed_at and not one.ended_at and one.last_day >= today)
    run = last_run(session)
    facts = [
        ("Zahlen einzelner Personen aus der Vergangenheit", "offen, nach Vereinbarung" if in_force else "aus"),
        ("Vereinbarungen in Kraft", str(len(in_force))),
        ("Vorgeschlagen, nicht unterzeichnet", str(waiting)),
        *(
            (declared.title, f"{get_setting(session, key)} {declared.unit} (Vorgabe {declared.default})")
            for key, declared in SETTINGS.items()
        ),
        ("Einmalanmeldung", "eingerichtet" if settings().oidc else "nicht eingerichtet"),
        (
            "Rechte des Programms am Zugriffsprotokoll",
            "lesen, hinzufügen, ändern, löschen: Datenbankrolle prüfen"
            if audit_can_be_rewritten(session)
            else "lesen und hinzufügen, nicht ändern, nicht löschen",
        ),
        ("Letzter Löschlauf", day(run) if run else "noch keiner"),
    ]
    rows = [
        [
            one.reference,
            SCOPES[one.scope][0],
            f"{day(one.first_day)} bis {day(one.last_day)}",
            "alle, die Anrufe annehmen" if not one.agents else _named(len(one.agents)),
        ]
        for one in in_force
    ]
    table = Table("Vereinbarungen in Kraft", ("Fundstelle", "Umfang", "Tage", "Betroffene"), rows)
    return [Facts(facts), table if rows else "Es ist keine Vereinbarung in Kraft."]


def _named(number: int) -> str:
    return "1 benannte Person" if number == 1 else f"{number} benannte Personen"


def _purposes() -> Table:
    rows = [
        [one.title, one.text, together(roles_with([one.permission])), _PERSONS[one.persons], one.age, one.grain]
        for one in PURPOSES.values()
    ]
    return Table("Wozu Zahlen gezeigt werden", ("Zweck", "Was", "Rollen", "Personen", "Wie alt", "Körnung"), rows)


def _roles() -> Table:
    rows = [
        [text, *("ja" if permission in GRANTED[role] else NONE for role in ROLE_TITLES)]
        for permission, text in PERMISSIONS.items()
    ]
    return Table("Wer was darf", ("Berechtigung", *ROLE_TITLES.values()), rows)


def _scopes() -> str:
    return (
        "Eine Person hat genau eine Rolle; eine Kommune sieht nur sich selbst. Zugangsschlüssel für Programme haben "
        "eine Rolle und können auf einzelne Berechtigungen und eine Quelle beschränkt werden. Die eigenen Sitzungen "
        "sieht und beendet jede Person selbst."
    )


def _evaluations(addresses: Sequence[shown.Address]) -> list[Block]:
    rows = [
        [found.title, found.grain, found.persons, together(roles_with([address.permission])), address.shown]
        for address, found in shown.evaluations_at(addresses)
    ]
    commands = [[found.title, found.grain, found.persons, f"wfm {name}"] for name, found in shown.COMMANDS.items()]
    heads = ("Auswertung", "Körnung", "Personen")
    return [
        Table("Seiten und Schnittstelle", (*heads, "Rollen", "Adresse"), rows),
        "Auf dem Server selbst, nur für Personen mit Zugang zu ihm:",
        Table("Befehle auf dem Server", (*heads, "Befehl"), commands),
    ]


def _kinds(columns: Columns) -> list[Block]:
    rows = [
        [
            kind.title,
            kind.purpose,
            together(persons_in(kind.tables)),
            together(roles_with(kind.seen_with), NOT_SHOWN),
            "; ".join(CLASSES[name].title for name in kind.retention) or NONE,
            kind.beyond,
        ]
        for kind in KINDS
    ]
    heads = ("Daten", "Wozu", "Von wem", "Rollen, die etwas davon sehen", "Frist (siehe Aufbewahrung)", "Was bleibt")
    return [Table("Welche Daten", heads, rows)]


def _retention(session: Session) -> Table:
    rows = [
        [
            row["title"],
            f"{days(row['days'])} (ab: {row['counted_from']})",
            f"{row['least']} bis {row['most']} Tage",
            row["basis"],
            day(row["changed_at"]) if row["changed_at"] else NONE,
        ]
        for row in list_retention(session)
    ]
    return Table("Fristen", ("Daten", "Frist", "Möglich", "Grundlage", "Geändert"), rows)


def _interfaces(session: Session) -> list[Block]:
    found = doors(session)
    rows = [
        [name, system, _SOURCES.get(kind, kind), "ja" if generated else NONE] for name, system, kind, generated in found
    ]
    tokens = [
        [ROLE_TITLES[role], together(scopes, "alle der Rolle"), source or "jede", str(number)]
        for role, scopes, source, number in tokens_in_use(session)
    ]
    oidc = settings().oidc
    mappings = [[claim, value, ROLE_TITLES[role]] for claim, value, role in sign_on_mappings(session)]
    blocks: list[Block] = [
        Table("Quellen der Telefonanlage", ("Quelle", "Telefonanlage", "Art", "Simuliert"), rows)
        if rows
        else "Es ist keine Quelle eingerichtet.",
        Table("Zugangsschlüssel in Kraft", ("Rolle", "Beschränkt auf", "Quelle", "Anzahl"), tokens)
        if tokens
        else "Es ist kein Zugangsschlüssel in Kraft.",
        f"Einmalanmeldung (OpenID Connect): {oidc.issuer}" if oidc else "Einmalanmeldung: nicht eingerichtet.",
    ]
    if mappings:
        blocks.append(Table("Rolle nach Einmalanmeldung", ("Angabe", "Wert", "Rolle"), mappings))
    return [*blocks, "Herunterladen: jede Auswertung zeigt in ihren Dateien dasselbe wie auf der Seite, nicht mehr."]


def _fields(columns: Columns) -> list[Block]:
    missing = undeclared(columns)
    table = Table("Tabellen und Felder", ("Tabelle", "Daten von", "Felder und ihre Bedeutung"), field_rows(columns))
    if missing:
        return [f"Nicht eingeordnet: {together(missing)}.", table]
    number = sum(len(names) for names in columns.values())
    return [f"Alle {number} Felder in {len(columns)} Tabellen sind eingeordnet.", table]


def periods(session: Session) -> list[list[str]]:
    """Each kind of data with the periods after which it goes."""
    agreed = retention_days(session)
    return [
        [
            kind.title,
            "; ".join(
                f"{CLASSES[name].title}: {days(agreed[name])} (ab: {CLASSES[name].counted_from})"
                for name in kind.retention
            )
            or "keine Frist",
            kind.beyond,
        ]
        for kind in KINDS
    ]
