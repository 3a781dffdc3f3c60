"""The life of a settlement: draft, checked, released, sent, objected, final. Two people, and no way back.

What is released has been charged: it is undone by a reversal, a settlement of its own, never by an edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from wfm.core.errors import Conflict, NotAllowed, RuleBroken, Sentence


class State(StrEnum):
    """Where a settlement stands."""

    DRAFT = "draft"
    CHECKED = "checked"
    RELEASED = "released"
    SENT = "sent"
    OBJECTED = "objected"
    FINAL = "final"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What somebody does to a settlement."""

    CHECK = "check"
    RELEASE = "release"
    SEND = "send"
    OBJECT = "object"
    DECIDE = "decide"
    """The last open objection is answered."""
    FINISH = "finish"
    WITHDRAW = "withdraw"


STATES: Mapping[State, Sentence] = {
    State.DRAFT: Sentence("Entwurf"),
    State.CHECKED: Sentence("geprüft"),
    State.RELEASED: Sentence("freigegeben"),
    State.SENT: Sentence("versandt"),
    State.OBJECTED: Sentence("widersprochen"),
    State.FINAL: Sentence("endgültig"),
    State.WITHDRAWN: Sentence("verworfen"),
}

_NEXT: Mapping[tuple[State, Step], State] = {
    (State.DRAFT, Step.CHECK): State.CHECKED,
    (State.CHECKED, Step.RELEASE): State.RELEASED,
    (State.RELEASED, Step.SEND): State.SENT,
    (State.SENT, Step.OBJECT): State.OBJECTED,
    (State.OBJECTED, Step.OBJECT): State.OBJECTED,
    (State.OBJECTED, Step.DECIDE): State.SENT,
    (State.SENT, Step.FINISH): State.FINAL,
    (State.DRAFT, Step.WITHDRAW): State.WITHDRAWN,
    (State.CHECKED, Step.WITHDRAW): State.WITHDRAWN,
}
#: A shadow settlement is looked at and never charged.
OF_SHADOWS = frozenset({Step.CHECK, Step.WITHDRAW})
#: In these a settlement stands in the ledger.
CHARGED = frozenset({State.RELEASED, State.SENT, State.OBJECTED, State.FINAL})


def steps(state: State, *, shadow: bool = False) -> list[Step]:
    """What can be done next."""
    return [step for (at, step) in _NEXT if at is state and (not shadow or step in OF_SHADOWS)]


def after(state: State, step: Step, *, shadow: bool = False) -> State:
    """The state that a step leads to. Raises Conflict("settlement.state") where it can't be taken.

    A shadow settlement is looked at and never charged: RuleBroken("settlement.shadow").
    """
    if shadow and step not in OF_SHADOWS:
        raise RuleBroken("settlement.shadow", "Eine Schattenabrechnung wird nur angesehen, nie berechnet.")
    if (state, step) not in _NEXT:
        message = Sentence("Das geht nicht mehr: Die Abrechnung ist %(state)s.", state=STATES[state])
        raise Conflict("settlement.state", message, state=str(state))
    return _NEXT[state, step]


def second_person(first: str | None, second: str) -> None:
    """Refuse that one person does both. Raises NotAllowed("settlement.four_eyes")."""
    if first == second:
        message = "Geprüft haben Sie selbst: Freigeben muss eine zweite Person."
        raise NotAllowed("settlement.four_eyes", message)
