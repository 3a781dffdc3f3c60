"""What figures are looked at for, and what of persons each purpose may show.

Figures of persons are shown for a purpose or not at all. What happened to one person before today is closed by default:
only an agreement that the staff council has signed opens it, for its days, its figures and its people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from wfm.accounts.rules import Role, Viewer
from wfm.core.errors import BadInput, NotAllowed, Sentence


class Purpose(StrEnum):
    """What figures are looked at for."""

    DAY = "day"
    PLANNING = "planning"
    SETTLEMENT = "settlement"
    OWN = "own"
    AGREEMENT = "agreement"


class Persons(StrEnum):
    """What of persons may be shown."""

    NAMED = "named"
    GROUPS = "groups"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """One purpose: for whom (a permission), what of persons, from how long ago, and as finely as what."""

    title: str
    text: str
    permission: str
    persons: Persons
    age: str
    grain: str


PURPOSES: Mapping[Purpose, PurposeRule] = {
    Purpose.DAY: PurposeRule(
        "Den Tag führen",
        "Wer ist jetzt da und womit beschäftigt: um Warteschlangen heute zu besetzen. Keine Vergangenheit.",
        "persons.read",
        Persons.NAMED,
        "nur heute",
        "der Augenblick",
    ),
    Purpose.PLANNING: PurposeRule(
        "Planen",
        "Wie viele wann gebraucht werden: Zahlen von Gruppen, nie von Personen, nie von weniger als der kleinsten "
        "Gruppe, und keine zweite Zahl, aus der sich eine solche errechnen ließe.",
        "groups.read",
        Persons.GROUPS,
        "abgeschlossene Monate",
        "Monat und Woche",
    ),
    Purpose.SETTLEMENT: PurposeRule(
        "Abrechnen",
        "Was die Partner genutzt haben: Anrufe und Sekunden. Personen kommen nicht vor; hinter einem Anruf steht ein "
        "Pseudonym.",
        "usage.read",
        Persons.NONE,
        "alle Monate",
        "Monat und Anruf, ohne Personen",
    ),
    Purpose.OWN: PurposeRule(
        "Eigene Zahlen",
        "Wer Anrufe annimmt, sieht die eigenen Zahlen und das Mittel der anderen, nie die einer anderen Person. Keine "
        "Rangliste.",
        "own.read",
        Persons.NAMED,
        "solange aufbewahrt",
        "Tag und Woche",
    ),
    Purpose.AGREEMENT: PurposeRule(
        "Nach Vereinbarung",
        "Zahlen einzelner Personen aus der Vergangenheit: nur solange eine Vereinbarung gilt, die der Personalrat "
        "unterzeichnet hat, nur für ihre Tage, ihre Zahlen und ihre Personen.",
        "persons.read",
        Persons.NAMED,
        "die Tage der Vereinbarung",
        "Tag",
    ),
}

#: What an agreement may open: its name for people, and the figures of a person that it shows.
_CALLS, _TIME = ("answered", "talk_s", "talk_unknown", "wrapup_s"), ("logged_on_s", "ready_s", "paused_s")
SCOPES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "calls": ("Anrufe, Gespräch und Nachbearbeitung", _CALLS),
    "time": ("Angemeldete Zeit und Pausen (ohne Grund)", _TIME),
    "calls_and_time": ("Anrufe und Zeiten", _CALLS + _TIME),
}
#: An agreement ends at the latest after so many days: what is needed for longer is agreed anew.
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the staff council and the centre have agreed on; `agents` empty means everybody who takes calls."""

    reference: str
    scope: str
    agents: frozenset[str]
    first_day: date
    last_day: date
    signed_on: date | None
    ended: bool

    @property
    def open_from(self) -> date | None:
        """The first day that it opens, None before it is signed. Never one before the signature, whatever was agreed:
        people worked on those days in the belief that nobody would look."""
        return self.signed_on and max(self.first_day, self.signed_on)

    def in_force(self, today: date) -> bool:
        """Whether it holds today: signed, not ended, inside its days."""
        return not self.ended and self.open_from is not None and self.open_from <= today <= self.last_day

    def covers(self, day: date, today: date) -> bool:
        """Whether it shows figures of that day to somebody who looks today."""
        return self.in_force(today) and self.open_from is not None and self.open_from <= day <= today

    def concerns(self, agent: str) -> bool:
        return not self.agents or agent in self.agents

    def opens(self, agent: str, day: date, today: date) -> bool:
        """Whether it shows this person's figures of that day to somebody who looks today."""
        return self.concerns(agent) and self.covers(day, today)


def may_see_person(
    viewer: Viewer, agent: str, purpose: Purpose, day: date, today: date, agreements: Iterable[Agreement] = ()
) -> bool:
    """Whether somebody may see one person's figures of a day for this purpose. What no line allows is refused."""
    if not viewer.may(PURPOSES[purpose].permission) or PURPOSES[purpose].persons is not Persons.NAMED or day > today:
        return False
    if purpose is Purpose.OWN:
        return viewer.agent is not None and viewer.agent == agent
    if purpose is Purpose.DAY:
        return day == today
    return any(agreement.opens(agent, day, today) for agreement in agreements)


def opened_figures(agreements: Iterable[Agreement], agent: str, day: date, today: date) -> frozenset[str]:
    """The figures of a person's day that agreements in force open."""
    opening = (agreement for agreement in agreements if agreement.opens(agent, day, today))
    return frozenset(figure for agreement in opening for figure in SCOPES[agreement.scope][1])


def check_proposal(scope: str, first_day: date, last_day: date, today: date) -> None:
    """Refuse an agreement that could never hold, or would hold for ever. Raises BadInput."""
    if scope not in SCOPES:
        raise BadInput("agreement.scope", "Diesen Umfang gibt es nicht.", field="scope")
    if last_day < first_day:
        raise BadInput("agreement.days", "Der letzte Tag liegt vor dem ersten.", field="last_day")
    if last_day < today:
        raise BadInput("agreement.past", "Der letzte Tag ist schon vorbei.", field="last_day")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise BadInput(
            "agreement.long",
            Sentence("Eine Vereinbarung gilt höchstens %(days)s Tage.", days=LONGEST_DAYS),
            field="last_day",
        )


def check_signature(viewer: Viewer, proposed_by: str) -> None:
    """Refuse a signature of anybody but the staff council, or of whoever proposed. Raises NotAllowed."""
    viewer.require("agreements.sign")
    if viewer.role is not Role.STAFF_COUNCIL or viewer.person_id is None:
        raise NotAllowed("agreement.not_council", "Unterzeichnen kann nur eine Person des Personalrats.")
    if viewer.actor == proposed_by:
        raise NotAllowed("agreement.own", "Wer eine Vereinbarung vorgeschlagen hat, kann sie nicht unterzeichnen.")
