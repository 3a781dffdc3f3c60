"""What pages of settlement call things: kinds, states and steps, what each means, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from wfm.accounts.rules import Viewer
from wfm.billing.rules.kinds import KINDS
from wfm.billing.rules.states import STATES, State, Step
from wfm.core.clock import berlin_day, now
from wfm.web import language
from wfm.web.language import N_
from wfm.web.language import gettext as _

Row = dict[str, Any]

#: State -> how it looks, and what it means.
MEANS: Mapping[State, tuple[str, str]] = {
    State.DRAFT: ("info", N_("Gerechnet, aber von niemandem geprüft. Nichts ist berechnet; verwerfen lässt sie sich.")),
    State.CHECKED: ("warning", N_("Eine Person hat geprüft. Berechnet wird erst, wenn eine zweite freigibt.")),
    State.RELEASED: ("warning", N_("Freigegeben und gebucht. Nun werden die Unterlagen versandt.")),
    State.SENT: ("info", N_("Versandt: Zahlungs- und Widerspruchsfrist laufen.")),
    State.OBJECTED: ("danger", N_("Ein Partner hat widersprochen. Über jeden Widerspruch wird entschieden.")),
    State.FINAL: ("success", N_("Endgültig: Alle Fristen sind abgelaufen, alle Widersprüche entschieden.")),
    State.WITHDRAWN: ("info", N_("Verworfen: Sie zählt nirgends.")),
}
#: Step -> its name, what it does, what was done.
STEPS: Mapping[Step, tuple[str, str, str]] = {
    Step.CHECK: (
        N_("Prüfen"),
        N_("Sie stehen dafür ein, dass Nutzung, Kosten und Vereinbarungen stimmen. Freigeben muss eine zweite Person."),
        N_("Die Abrechnung ist geprüft. Nun muss eine zweite Person freigeben."),
    ),
    Step.RELEASE: (
        N_("Freigeben"),
        N_("Danach ist der Betrag geschuldet und gebucht. Rückgängig macht das nur ein Storno."),
        N_("Die Abrechnung ist freigegeben und gebucht."),
    ),
    Step.SEND: (
        N_("Versenden"),
        N_("Belege werden ausgestellt und stehen den Partnern bereit. Zahlungs- und Widerspruchsfrist beginnen heute."),
        N_("Die Abrechnung ist versandt, die Fristen laufen."),
    ),
    Step.FINISH: (
        N_("Abschließen"),
        N_("Danach ist die Abrechnung endgültig. Bei einer Jahresabrechnung beginnt die Löschfrist ihrer Anrufe."),
        N_("Die Abrechnung ist endgültig."),
    ),
    Step.WITHDRAW: (
        N_("Verwerfen"),
        N_("Der Entwurf gilt nicht mehr. Für denselben Zeitraum kann neu gerechnet werden."),
        N_("Die Abrechnung ist verworfen."),
    ),
}
#: Steps that are refused while documents lack something.
NEED_DOCUMENTS = (Step.RELEASE, Step.SEND)
SHARES: Mapping[str, tuple[str, str]] = {
    "open": ("info", N_("offen")),
    "objected": ("danger", N_("widersprochen")),
    "accepted": ("success", N_("Widerspruch stattgegeben")),
    "rejected": ("warning", N_("Widerspruch zurückgewiesen")),
    "final": ("success", N_("endgültig")),
}
COSTS: Mapping[str, str] = {
    "staff": N_("Personal"),
    "rooms": N_("Räume"),
    "telephony": N_("Telefonie"),
    "it": N_("IT"),
    "overhead": N_("Gemeinkosten"),
    "other": N_("Sonstiges"),
}
STAGES: Mapping[str, str] = {"actual": N_("Ist"), "plan": N_("Plan"), "assumed": N_("angenommen")}
TREATMENTS: Mapping[str, str] = {
    "not_taxable": N_("nicht steuerbar"),
    "exempt": N_("steuerfrei"),
    "taxed": N_("steuerpflichtig"),
}


def title(row: Row) -> str:
    """`Jahresabrechnung 2026`, `Abschlag 2, 2026`, with the months where it is not a year."""
    kind = _("Schattenabrechnung") if row["shadow"] else _(KINDS[row["kind"]])
    if row["instalment"]:
        kind = f"{kind} {row['instalment']}"
    return f"{kind} {period(row['from'], row['to'])}"


def period(start: str, end: str) -> str:
    """A whole year as 2026, else months from and to."""
    first, after = date.fromisoformat(start), date.fromisoformat(end)
    last = date(after.year - (after.month == 1), (after.month - 2) % 12 + 1, 1)
    if first == date(first.year, 1, 1) and after == date(first.year + 1, 1, 1):
        return str(first.year)
    if first == last:
        return language.month(first)
    return _("%(first)s bis %(last)s", first=language.month(first), last=language.month(last))


def state(row: Row) -> tuple[str, str]:
    """How a settlement's state looks, and its name."""
    if row["reversed"]:
        return "danger", _("storniert")
    return MEANS[State(row["state"])][0], _(STATES[State(row["state"])])


def next_to_do(row: Row) -> str:
    """What is to be done next, and by whom, in a few words."""
    if row["shadow"]:
        return _("nur zum Ansehen")
    if row["reversed"]:
        return _("nichts mehr")
    match State(row["state"]):
        case State.DRAFT:
            return _("prüfen")
        case State.CHECKED:
            return _("freigeben, durch eine zweite Person")
        case State.RELEASED:
            return _("versenden")
        case State.OBJECTED:
            return _("über Widersprüche entscheiden: %(number)s", number=row["objections"])
        case State.SENT if objections_over(row):
            return _("abschließen")
        case State.SENT:
            return _("warten: Widerspruch bis %(day)s", day=language.day(row["objection_until"]))
    return _("nichts mehr")


def objections_over(row: Row) -> bool:
    """Whether nobody may object any more."""
    until = row["objection_until"]
    return until is None or berlin_day(now()) > date.fromisoformat(until)


def needed(step: Step) -> str:
    """The permission that a step needs."""
    return "settlement.release" if step is Step.RELEASE else "settlement.write"


def why_not(row: Row, step: Step, reader: Viewer) -> str:
    """Why this reader can't take a step that the settlement's state would allow; empty where they can."""
    if not reader.may(needed(step)):
        return (
            _("Das darf nur, wer Abrechnungen freigeben darf.")
            if step is Step.RELEASE
            else _("Das darf nur, wer Abrechnungen vorbereiten darf.")
        )
    if step is Step.RELEASE and row["checked_by"] == reader.actor:
        return _("Geprüft haben Sie selbst: Freigeben muss eine zweite Person.")
    if step in NEED_DOCUMENTS and row["lacking"]:
        return _("Für die Belege fehlt noch etwas.")
    if step is Step.FINISH and not objections_over(row):
        return _("Widersprochen werden kann noch bis zum %(day)s.", day=language.day(row["objection_until"]))
    return ""
