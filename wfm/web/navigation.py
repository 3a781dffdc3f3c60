"""Where pages are found: the menu, by what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from wfm.accounts.rules import Viewer
from wfm.web.language import gettext as _


@dataclass(frozen=True, slots=True)
class Item:
    """A page in the menu."""

    title: str
    url: str
    current: bool


#: Group -> its pages: title, endpoint, permission. The first page of a group that somebody may see is its door.
MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Auswertungen",
        (
            ("Nutzung", "usage.month", "usage.read"),
            ("Jahresübersicht", "usage.year", "usage.read"),
            ("Anrufe", "calls.search", "calls.read"),
            ("Warteschlangen", "queues.report", "queues.read"),
            ("Meine Zahlen", "own.figures", "own.read"),
            ("Jetzt im Dienst", "persons.today", "persons.read"),
            ("Gruppen", "groups.report", "groups.read"),
            ("Einzelne Personen", "persons.history", "persons.read"),
        ),
    ),
    (
        "Verzeichnis",
        (
            ("Partner", "partners.overview", "directory.read"),
            ("Rufnummern", "numbers.overview", "directory.read"),
            ("Warteschlangen und Leistungen", "queue_list.overview", "directory.read"),
            ("Öffnungszeiten", "hours.calendar", "directory.read"),
            ("Einlesen", "imports.form", "directory.write"),
        ),
    ),
    (
        "Telefonanlage",
        (
            ("Quellen", "sources.overview", "completeness.read"),
            ("Vollständigkeit", "sources.completeness", "completeness.read"),
            ("Quarantäne", "quarantine.overview", "quarantine.read"),
            ("Zuordnen", "mapping.overview", "directory.write"),
        ),
    ),
    (
        "Verwaltung",
        (
            ("Konten", "people.overview", "people.manage"),
            ("Zugangsschlüssel", "tokens.overview", "tokens.manage"),
            ("Einmalanmeldung", "single_sign_on.mappings", "settings.manage"),
            ("Rollen und Rechte", "settings.roles", "settings.read"),
            ("Einstellungen", "settings.values", "settings.read"),
            ("Fristen", "settings.retention", "settings.read"),
            ("Zwecke und Vereinbarungen", "purposes.overview", "settings.read"),
            ("Protokoll", "audit.overview", "audit.read"),
            ("Anlage zur Dienstvereinbarung", "documents.annex", "settings.read"),
        ),
    ),
)


def navigation(viewer: Viewer) -> list[tuple[str, list[Item]]]:
    """The menu of this reader: groups with pages; what they may not see is not there."""
    found = []
    for group, pages in MENU:
        items = [
            Item(_(title), url_for(endpoint), request.endpoint == endpoint)
            for title, endpoint, permission in pages
            if viewer.may(permission) and endpoint in current_app.view_functions
        ]
        if items:
            found.append((_(group), items))
    return found
