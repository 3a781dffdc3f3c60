"""The agents at their telephones: signing on and off, breaks, after-call work, and who is free."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import Protocol

from wfm.telephony.rules.simulation.agenda import Agenda
from wfm.telephony.rules.simulation.queue_log import MANAGER, NOBODY, QueueLog
from wfm.telephony.rules.simulation.roster import Break, Duty

AFTER_CALL_WORK = "Nachbearbeitung"
AFTER_CALL_SHARE, AFTER_CALL_MEAN_S = 0.06, 150.0
AUTO_PAUSE = "Auto-Pause"
LOOKS_AGAIN_S = 30


class Place(StrEnum):
    """Where an agent is, apart from a pause, which he may key in while he still talks."""

    OUT = "out"
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    WRAPPING_UP = "wrapping up"


class Agent:
    """One agent on duty. `serves` are his queues without one in which the exchange paused him."""

    __slots__ = ("leaving", "name", "pause_length_s", "pause_no", "paused", "place", "queues", "serves")

    def __init__(self, duty: Duty) -> None:
        self.name = duty.agent
        self.queues = self.serves = duty.queues
        self.place = Place.OUT
        self.paused = self.leaving = False
        self.pause_no = 0
        self.pause_length_s = 0.0

    def reachable(self, queue: str) -> bool:
        return self.place is not Place.OUT and not self.paused and queue in self.serves


class Callers(Protocol):
    """What the desks must know of the queues."""

    def give_work(self, at: float, agent: Agent) -> bool: ...
    def waiting_for(self, agent: Agent) -> bool: ...
    def agent_gone(self, at: float, agent: Agent) -> None: ...


class Desks:
    """All agents of a day; whoever has been free longest is called first."""

    def __init__(
        self, duties: Sequence[Duty], opens_at: float, closes_at: float,
        *, callers: Callers, agenda: Agenda, log: QueueLog, rng: Random,
    ) -> None:  # fmt: skip
        self.callers, self.agenda, self.log, self.rng = callers, agenda, log, rng
        self.closes_at = closes_at
        self.agents = [Agent(duty) for duty in duties]
        self.free: list[Agent] = []
        for agent, duty in zip(self.agents, duties, strict=True):
            agenda.at(opens_at + duty.begins_s, self.sign_on, agent)
            agenda.at(opens_at + duty.ends_s, self.sign_off, agent)
            for pause in duty.breaks:
                agenda.at(opens_at + pause.at_s, self.start_break, agent, pause)

    def take_free(self, queue: str) -> Agent | None:
        """The agent for this queue who has been free longest; he is no longer free."""
        for agent in self.free:
            if queue in agent.serves:
                self.free.remove(agent)
                return agent
        return None

    def any_reachable(self, queue: str) -> bool:
        """Is anybody signed on and not on a break, be he busy or not?"""
        return any(agent.reachable(queue) for agent in self.agents)

    def sign_on(self, at: float, agent: Agent) -> None:
        for queue in agent.queues:
            self.log.write(at, MANAGER, queue, agent.name, "ADDMEMBER")
        self.ready(at, agent)

    def sign_off(self, at: float, agent: Agent) -> None:
        """Go home: after the call in hand, and at closing time after the last caller of the own queues."""
        if agent.place is not Place.IDLE:
            agent.leaving = True
        elif at >= self.closes_at and self.callers.waiting_for(agent):
            self.agenda.at(at + LOOKS_AGAIN_S, self.sign_off, agent)
        else:
            self._leave(at, agent)

    def _leave(self, at: float, agent: Agent) -> None:
        if agent.place is Place.OUT:
            return
        for queue in agent.queues:
            self.log.write(at, MANAGER, queue, agent.name, "REMOVEMEMBER")
        self._not_free(agent)
        agent.place = Place.OUT
        self.callers.agent_gone(at, agent)

    def ready(self, at: float, agent: Agent) -> None:
        """The desk is clear: home, on with the break, or the next caller."""
        agent.place = Place.IDLE
        if agent.leaving:
            self.sign_off(at, agent)
        if agent.place is Place.IDLE and not agent.paused and not self.callers.give_work(at, agent):
            self.free.append(agent)

    def call_ended(self, at: float, agent: Agent, wrapup_s: float) -> None:
        """Wrap up; now and then the agent keys in that the case takes longer."""
        agent.place = Place.WRAPPING_UP
        if agent.paused:
            self.agenda.at(at + agent.pause_length_s, self.resume, agent, agent.pause_no)
        elif self.rng.random() < AFTER_CALL_SHARE:
            self._pause(at, agent, AFTER_CALL_WORK, wrapup_s + self.rng.expovariate(1 / AFTER_CALL_MEAN_S))
        self.agenda.at(at + wrapup_s, self.ready, agent)

    def start_break(self, at: float, agent: Agent, pause: Break) -> None:
        """A break that is due: keyed in at once, also during talk, but not while the telephone rings."""
        if agent.place is Place.RINGING:
            self.agenda.at(at + LOOKS_AGAIN_S, self.start_break, agent, pause)
        elif agent.place is not Place.OUT and not agent.leaving:
            self._pause(at, agent, pause.reason, pause.length_s)

    def _pause(self, at: float, agent: Agent, reason: str, length_s: float) -> None:
        """During talk the pause counts from the end of the call."""
        self._write_pause(at, agent, "PAUSE", reason)
        self._not_free(agent)
        agent.paused = True
        agent.pause_no += 1
        agent.pause_length_s = length_s
        if agent.place is not Place.TALKING:
            self.agenda.at(at + length_s, self.resume, agent, agent.pause_no)
        self.callers.agent_gone(at, agent)

    def resume(self, at: float, agent: Agent, pause_no: int) -> None:
        """Back from the break, unless another one took its place or the day is over."""
        if agent.place is Place.OUT or pause_no != agent.pause_no:
            return
        self._write_pause(at, agent, "UNPAUSE", "")
        agent.paused = False
        agent.serves = agent.queues
        if agent.place is Place.IDLE:
            self.ready(at, agent)

    def _write_pause(self, at: float, agent: Agent, event: str, reason: str) -> None:
        self.log.write(at, NOBODY, NOBODY, agent.name, event + "ALL", reason)
        for queue in agent.queues:
            self.log.write(at, NOBODY, queue, agent.name, event, reason)

    def auto_pause(self, at: float, agent: Agent, queue: str) -> None:
        """The exchange pauses an agent who let it ring, in that queue only; he notices after a while."""
        self.log.write(at, NOBODY, queue, agent.name, "PAUSE", AUTO_PAUSE)
        agent.serves = tuple(name for name in agent.serves if name != queue)
        self.agenda.at(at + self.rng.uniform(40, 240), self.end_auto_pause, agent, queue)

    def end_auto_pause(self, at: float, agent: Agent, queue: str) -> None:
        if agent.place is Place.OUT or agent.paused or queue in agent.serves:
            return
        self.log.write(at, NOBODY, queue, agent.name, "UNPAUSE")
        agent.serves = agent.queues
        if agent in self.free and self.callers.give_work(at, agent):
            self.free.remove(agent)

    def _not_free(self, agent: Agent) -> None:
        if agent in self.free:
            self.free.remove(agent)
