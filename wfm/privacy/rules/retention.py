"""Classes of data, how long each is kept, and what may be agreed.

Days are proposals to be changed by agreement with the staff council, no values from a law (domain.md section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from wfm.core.errors import BadInput, NotFound, Sentence

#: What the list says where nothing was agreed yet.
PROPOSAL = "Vorschlag, durch Vereinbarung zu ändern; keine gesetzliche Frist"


class DataClass(NamedTuple):
    """A class of data: its German name, since when its days count, and its bounds; all in days."""

    title: str
    counted_from: str
    default: int
    least: int
    most: int


CLASSES: Mapping[str, DataClass] = {
    "caller_number": DataClass("Rufnummer der Anrufenden in Rohzeilen", "Empfang", 1, 0, 30),
    "caller_key": DataClass("Geltung eines Schlüssels für Rufnummern-Prüfwerte", "Beginn", 30, 7, 92),
    "repeat_calls": DataClass("Schlüssel für Rufnummern-Prüfwerte nach seiner Geltung", "Ende der Geltung", 30, 0, 365),
    "raw_event": DataClass("Rohzeile mit Prüfwert der Rufnummer und Namen der Agenten", "Empfang", 30, 1, 365),
    "quarantine": DataClass("Nicht lesbare Rohzeilen", "Empfang", 90, 7, 365),
    "agent_state": DataClass("Zustände der Agenten (angemeldet, Pause)", "Ereignis", 90, 7, 730),
    "stay": DataClass("Anrufe und Aufenthalte mit Pseudonym", "endgültige Abrechnung des Monats", 30, 0, 3_650),
    "settlement": DataClass("Summen je Viertelstunde und Tag ohne Personen", "Ende des Tages", 3_653, 365, 7_305),
    "forecast": DataClass("Prognosen, wie sie gerechnet wurden", "Rechnung", 1_096, 90, 3_653),
    "report_file": DataClass("Monatsberichte als Datei", "Ende des Monats", 3_653, 365, 7_305),
    "agent_alias": DataClass("Namen der Agenten in Telefonanlagen", "letzter Tag ihrer Gültigkeit", 90, 7, 3_653),
    "import_draft": DataClass("Hochgeladene Dateien, die niemand übernommen hat", "Empfang", 1, 1, 30),
    "account": DataClass("Name und Anmeldename gesperrter Konten", "Sperrung", 730, 30, 3_653),
    "login_session": DataClass("Beendete Anmeldungen", "Ende der Anmeldung", 30, 1, 365),
    "audit": DataClass("Zugriffsprotokoll", "Eintrag", 730, 365, 3_653),
}

#: Classes that must not be kept longer than another one: keys and numbers longer than the lines they belong to, states
#: longer than the names that say whose they are, the audit trail longer than the names of those who stand in it.
NOT_LONGER_THAN = (
    ("caller_number", "raw_event"),
    ("repeat_calls", "raw_event"),
    ("agent_state", "agent_alias"),
    ("audit", "account"),
)


def check(days: Mapping[str, int], data_class: str, basis: str) -> None:
    """Refuse days of a class that are out of bounds or do not fit those of the others; `days` has them all."""
    known = CLASSES.get(data_class)
    if known is None:
        message = Sentence(
            "Eine Datenklasse „%(data_class)s“ gibt es nicht; es gibt %(known)s.",
            data_class=data_class,
            known=", ".join(CLASSES),
        )
        raise NotFound("retention.unknown", message, data_class=data_class)
    if not basis.strip():
        raise BadInput("retention.basis", "Bitte die Grundlage angeben (Vereinbarung, Datum, Ziffer).", field="basis")
    if not known.least <= days[data_class] <= known.most:
        message = Sentence(
            "%(title)s: %(days)s Tage; möglich sind %(least)s bis %(most)s.",
            title=Sentence(known.title),
            days=days[data_class],
            least=known.least,
            most=known.most,
        )
        raise BadInput("retention.days", message, field="days", least=known.least, most=known.most)
    for shorter, longer in NOT_LONGER_THAN:
        if data_class in (shorter, longer) and days[shorter] > days[longer]:
            message = Sentence(
                "„%(title)s“ (%(days)s Tage) darf nicht länger sein als „%(other)s“ (%(other_days)s).",
                title=Sentence(CLASSES[shorter].title),
                days=days[shorter],
                other=Sentence(CLASSES[longer].title),
                other_days=days[longer],
            )
            raise BadInput("retention.order", message, field="days", shorter=shorter, longer=longer)


def is_final(state: str, settled_at: datetime | None) -> bool:
    """Whether nothing of a month can change any more: closed, and its annual settlement is final.

    Settlement sets `settled_at`; until it exists no month is final, and no stay is deleted.
    """
    return state == "closed" and settled_at is not None
