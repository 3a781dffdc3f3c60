"""Where pages are found: the menu, by what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from wfm.accounts.rules import Viewer
from wfm.web.language import N_
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
        N_("Auswertungen"),
        (
            (N_("Nutzung"), "usage.month", "usage.read"),
            (N_("Jahresübersicht"), "usage.year", "usage.read"),
            (N_("Anrufe"), "calls.search", "calls.read"),
            (N_("Warteschlangen"), "queues.report", "queues.read"),
            (N_("Meine Zahlen"), "own.figures", "own.read"),
            (N_("Jetzt im Dienst"), "persons.today", "persons.read"),
            (N_("Gruppen"), "groups.report", "groups.read"),
            (N_("Einzelne Personen"), "persons.history", "persons.read"),
        ),
    ),
    (
        N_("Planung"),
        (
            (N_("Prognose"), "forecast.overview", "forecast.read"),
            (N_("Prognose je Partner"), "forecast_partner.partner", "forecast.partner.read"),
            (N_("Ereignisse"), "planned_events.overview", "forecast.read"),
            (N_("Heute"), "forecast_today.today", "forecast.read"),
            (N_("Personalbedarf"), "requirement.overview", "staffing.read"),
            (N_("Planungen"), "plans.comparison", "staffing.read"),
            (N_("Kapazität"), "capacity.months", "staffing.read"),
            (N_("Annahmen"), "assumptions.overview", "staffing.read"),
        ),
    ),
    (
        N_("Abrechnung"),
        (
            (N_("Unsere Abrechnungen"), "own_settlements.overview", "statements.object"),
            (N_("Monate"), "months.overview", "completeness.read"),
            (N_("Abrechnungen"), "settlements.overview", "settlement.read"),
            (N_("Belege"), "paper_pages.overview", "statements.read"),
            (N_("Übergabe"), "handover.overview", "settlement.read"),
            (N_("Variantenvergleich"), "variants.overview", "settlement.read"),
            (N_("Hauptbuch"), "journal.overview", "settlement.read"),
            (N_("Kosten"), "cost.overview", "settlement.read"),
            (N_("Regelungen"), "terms.overview", "settlement.read"),
            (N_("Vereinbarungen"), "agreements.overview", "settlement.read"),
            (N_("Stellen"), "parties.overview", "settlement.read"),
            (N_("Beitritt"), "accession_pages.overview", "accession.read"),
        ),
    ),
    (
        N_("Verzeichnis"),
        (
            (N_("Partner"), "partners.overview", "directory.read"),
            (N_("Rufnummern"), "numbers.overview", "directory.read"),
            (N_("Warteschlangen und Leistungen"), "queue_list.overview", "directory.read"),
            (N_("Öffnungszeiten"), "hours.calendar", "directory.read"),
            (N_("Servicelevel"), "targets.overview", "directory.read"),
            (N_("Namen der Anlage"), "aliases.overview", "directory.write"),
            (N_("Einlesen"), "imports.form", "directory.write"),
        ),
    ),
    (
        N_("Telefonanlage"),
        (
            (N_("Quellen"), "sources.overview", "completeness.read"),
            (N_("Vollständigkeit"), "sources.completeness", "completeness.read"),
            (N_("Quarantäne"), "quarantine.overview", "quarantine.read"),
            (N_("Zuordnen"), "mapping.overview", "directory.write"),
        ),
    ),
    (
        N_("Verwaltung"),
        (
            (N_("Konten"), "people.overview", "people.manage"),
            (N_("Zugangsschlüssel"), "tokens.overview", "tokens.manage"),
            (N_("Einmalanmeldung"), "single_sign_on.mappings", "settings.manage"),
            (N_("Rollen und Rechte"), "settings.roles", "settings.read"),
            (N_("Einstellungen"), "settings.values", "settings.read"),
            (N_("Fristen"), "retention.overview", "settings.read"),
            (N_("Zwecke und Vereinbarungen"), "purposes.overview", "settings.read"),
            (N_("Protokoll"), "audit.overview", "audit.read"),
            (N_("Anlage zur Dienstvereinbarung"), "documents.annex", "settings.read"),
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
