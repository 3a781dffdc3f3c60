"""A citizen's call and its stays in queues, as the simulation knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wfm.telephony.rules.simulation.centre import Service


class State(StrEnum):
    """Where a stay stands; WAITING, or how it ended (answered also while talk goes on)."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    KEY = "key"
    EMPTY = "empty"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True, eq=False)
class Stay:
    """One stay of a call in one queue. Instants are seconds since 1970; waits and talk are the log's whole seconds."""

    call: Call
    queue: str
    entered: float
    position: int
    state: State = State.WAITING
    agent: str = ""
    connected: float = 0.0
    attempt: int = 0
    wait_s: int = 0
    talk_s: int = 0


@dataclass(slots=True, eq=False)
class Call:
    """A citizen's call: who dials what about which service, and the stays that come of it.

    `partner` is None for 115: the number does not tell. `tag` is what the log says about the service ("" where the
    caller did not choose one in the voice menu). A call without stays was refused by `first_queue`.
    """

    at: float
    number: str
    dialled: str
    partner: str | None
    service: Service
    tag: str
    first_queue: str
    callid: str = ""
    stays: list[Stay] = field(default_factory=list)
