"""What to do in a new centre before its first figures: the steps that a reader can take, and which are done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.service.set_up import set_up as settlement_set_up
from wfm.reporting.overview import set_up
from wfm.web.language import N_
from wfm.web.language import gettext as _


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: how `set_up` calls it, who may (all of `permissions`), where, and why."""

    name: str
    permissions: tuple[str, ...]
    endpoint: str
    title: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


#: Whoever prepares settlements and may release them: an administration enters a lot, but settles nothing.
SETTLES = ("settlement.write", "settlement.release")
STEPS = (
    Step(
        "accounts",
        ("people.manage",),
        "people.overview",
        N_("Konten anlegen"),
        N_("Für alle, die mitarbeiten: Leitung, Service, Finanzen, Personalrat und die Kommunen."),
    ),
    Step(
        "numbers",
        ("directory.write",),
        "imports.form",
        N_("Rufnummern der Partner einlesen"),
        N_("An der gewählten Nummer wird erkannt, für welchen Partner ein Anruf zählt."),
        {"art": "numbers"},
    ),
    Step(
        "membership",
        ("directory.write",),
        "partners.overview",
        N_("Mitgliedschaft der Partner eintragen"),
        N_("Seit wann jeder teilnimmt, und ob als Pilot oder als Vollmitglied."),
    ),
    Step(
        "hours",
        ("directory.write",),
        "week.form",
        N_("Öffnungszeiten eintragen"),
        N_("Eine Woche des Zentrums; Feiertage sind schon bekannt."),
    ),
    Step(
        "source",
        ("tokens.manage",),
        "tokens.overview",
        N_("Telefonanlage anschließen"),
        N_(
            "Auf dem Server mit „wfm ingest queue-log DATEI --source NAME“, oder mit einem Zugangsschlüssel, "
            "mit dem die Anlage ihre Ereignisse sendet."
        ),
    ),
    Step(
        "calls",
        ("quarantine.manage",),
        "sources.overview",
        N_("Nachsehen, ob die ersten Anrufe ankommen"),
        N_("Sobald eine Telefonanlage angeschlossen ist, stehen hier Zustand und Rückstand."),
    ),
    Step(
        "cost",
        SETTLES,
        "cost.overview",
        N_("Kosten eintragen"),
        N_("Geplante und tatsächliche Kosten je Monat: einzeln oder als Datei. Zuerst eine Kostenstelle."),
    ),
    Step(
        "terms",
        SETTLES,
        "terms.overview",
        N_("Eine Regelung vereinbaren"),
        N_("Wonach die Kosten geteilt werden; im Pilot zahlt niemand (V0). Der Vergleich der Varianten hilft dabei."),
    ),
    Step(
        "agreements",
        SETTLES,
        "agreements.overview",
        N_("Vereinbarungen der Partner eintragen"),
        N_("Für wen welche Regelung gilt, und ab wann."),
    ),
    Step(
        "parties",
        SETTLES,
        "parties.overview",
        N_("Träger und Partner für Belege eintragen"),
        N_("Anschrift, Bankverbindung und Leitweg-ID; ohne sie gibt es keine Rechnung."),
    ),
)


def first_steps(session: Session, viewer: Viewer) -> list[dict[str, object]]:
    """The steps of this reader, in order; none as soon as all of them are done."""
    mine = [step for step in STEPS if all(map(viewer.may, step.permissions))]
    if not mine:
        return []
    done = set_up(session) | settlement_set_up(session)
    if all(done[step.name] for step in mine):
        return []
    return [
        {
            "title": _(step.title),
            "text": _(step.text),
            "url": url_for(step.endpoint, **step.values),
            "done": done[step.name],
        }
        for step in mine
    ]
