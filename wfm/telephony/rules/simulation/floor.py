"""A day on the floor: callers wait, telephones ring, people talk, calls go elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from uuid import UUID

from wfm.telephony.rules.simulation.agenda import Agenda
from wfm.telephony.rules.simulation.callers import patience_s
from wfm.telephony.rules.simulation.calls import Call, State, Stay
from wfm.telephony.rules.simulation.centre import (
    HANNOVER,
    QUEUES,
    REGIONAL,
    REGISTRY,
    REGISTRY_SERVICES,
    SWITCHBOARD,
    Queue,
)
from wfm.telephony.rules.simulation.desks import Agent, Desks, Place
from wfm.telephony.rules.simulation.queue_log import NOBODY, QueueLog
from wfm.telephony.rules.simulation.roster import Duty

NO_ANSWER_SHARE, NO_ANSWER_S, BUSY_SHARE, BUSY_S = 0.025, 15.0, 0.01, 1.0
RING_S = (1.0, 7.0)
KEY_SHARE, WITHDRAWN_SHARE = 0.015, 0.003
KEY_AFTER_S, WITHDRAWN_AFTER_S = (15, 120), (40, 150)
TO_A_DESK, TO_A_QUEUE, WITH_ANNOUNCEMENT = 0.07, 0.02, 0.01
SWITCHBOARD_TO_A_DESK = 0.75
LATE_TRANSFER_SHARE = 5 / 60  # observed: the second ENTERQUEUE stands before the BLINDTRANSFER of the first stay
CLOCKS_DIFFER_SHARE = 11 / 2211  # observed: the hold repeated at the end is one second longer
CALLER_ENDS_SHARE = 0.55
REDIALS_SHARE, REDIALS_MEAN_S = 0.3, 900.0
LEFT = {State.TIMEOUT: "EXITWITHTIMEOUT", State.EMPTY: "EXITEMPTY", State.ABANDONED: "ABANDON"}


class Floor:
    """One day of the centre, from the first agent's sign-on until the last one has gone home.

    Afterwards `log` holds the day's lines in order of time, `calls` what really happened.
    """

    def __init__(
        self, calls: Sequence[Call], duties: Sequence[Duty], opens_at: float, closes_at: float, rng: Random
    ) -> None:
        self.rng = rng
        self.closes_at = closes_at
        self.log = QueueLog()
        self.agenda = Agenda()
        self.calls: list[Call] = []
        self.queues = {queue.name: queue for queue in QUEUES}
        self.ringing: dict[Stay, tuple[Agent, float, str]] = {}  # whose telephone, since when, its channel
        self.waiting: dict[str, list[Stay]] = {queue.name: [] for queue in QUEUES}
        self.desks = Desks(duties, opens_at, closes_at, callers=self, agenda=self.agenda, log=self.log, rng=rng)
        for call in calls:
            self.agenda.at(call.at, self.dial, call)

    def run(self) -> None:
        self.agenda.run()

    # Callers come

    def dial(self, at: float, call: Call) -> None:
        self.calls.append(call)
        call.callid = self.log.channel(at)
        queue = self.queues[call.first_queue]
        self.log.write(at, call.callid, queue.name, NOBODY, "DID", call.dialled)
        if self.accepts(queue):
            self.enter(at, call, queue)
        else:
            self.redial(at, call)

    def accepts(self, queue: Queue) -> bool:
        """A full queue refuses callers, some also when nobody is there to answer."""
        if len(self.waiting[queue.name]) >= queue.max_waiting:
            return False
        return not queue.closes_empty or self.desks.any_reachable(queue.name)

    def enter(self, at: float, call: Call, queue: Queue) -> None:
        line = self.waiting[queue.name]
        stay = Stay(call, queue.name, at, len(line) + 1)
        line.append(stay)
        call.stays.append(stay)
        self.log.write(at, call.callid, queue.name, NOBODY, "ENTERQUEUE", call.tag, call.number, stay.position, "")
        after_s, how = self._leaves_unserved(queue)
        self.agenda.at(at + after_s, self.leave, stay, how)
        if agent := self.desks.take_free(queue.name):
            self.ring(at, stay, agent)

    def _leaves_unserved(self, queue: Queue) -> tuple[float, State]:
        """After how many seconds this caller leaves, and how, if nobody answers before."""
        rng = self.rng
        ends = [(patience_s(rng), State.ABANDONED), (float(queue.max_wait_s), State.TIMEOUT)]
        if rng.random() < KEY_SHARE:
            ends.append((rng.uniform(*KEY_AFTER_S), State.KEY))
        if rng.random() < WITHDRAWN_SHARE:
            ends.append((rng.uniform(*WITHDRAWN_AFTER_S), State.WITHDRAWN))
        return min(ends)

    def redial(self, at: float, call: Call) -> None:
        """Some who were not served try again the same day."""
        again = at + self.rng.expovariate(1 / REDIALS_MEAN_S)
        if again < self.closes_at and self.rng.random() < REDIALS_SHARE:
            self.agenda.at(again, self.dial, replace(call, at=again, callid="", stays=[]))

    # Telephones ring

    def give_work(self, at: float, agent: Agent) -> bool:
        """Ring a free agent for the caller who has waited longest, head starts counted in."""
        heads = [stay for name in agent.serves for stay in self.waiting[name] if stay not in self.ringing]
        if not heads:
            return False
        stay = min(heads, key=lambda stay: stay.entered - self.queues[stay.queue].head_start_s)
        self.ring(at, stay, agent)
        return True

    def ring(self, at: float, stay: Stay, agent: Agent) -> None:
        rng = self.rng
        agent.place = Place.RINGING
        stay.attempt += 1
        self.ringing[stay] = (agent, at, self.log.channel(at))
        fate = rng.random()
        if fate < NO_ANSWER_SHARE:
            self.agenda.at(at + NO_ANSWER_S, self.no_answer, stay, stay.attempt)
        elif fate < NO_ANSWER_SHARE + BUSY_SHARE:
            self.agenda.at(at + BUSY_S, self.no_answer, stay, stay.attempt)
        else:
            self.agenda.at(at + rng.uniform(*RING_S), self.connect, stay, stay.attempt)

    def no_answer(self, at: float, stay: Stay, attempt: int) -> None:
        """The agent lets it ring or declines; the caller stays at the head of the line."""
        if stay not in self.ringing or stay.attempt != attempt:
            return
        agent, since, _ = self.ringing.pop(stay)
        self.log.write(at, stay.call.callid, stay.queue, agent.name, "RINGNOANSWER", round((at - since) * 1000))
        if self.queues[stay.queue].autopause:
            self.desks.auto_pause(at, agent, stay.queue)
        if other := self.desks.take_free(stay.queue):
            self.ring(at, stay, other)
        self.desks.ready(at, agent)

    def waiting_for(self, agent: Agent) -> bool:
        return any(self.waiting[name] for name in agent.queues)

    # Callers leave

    def leave(self, at: float, stay: Stay, how: State) -> None:
        """The caller leaves the queue unserved, unless he talks or has gone already."""
        if stay.state is not State.WAITING:
            return
        rung = self.ringing.pop(stay, None)
        if rung and how in (State.ABANDONED, State.TIMEOUT):
            event = "RINGCANCELED" if how is State.ABANDONED else "RINGNOANSWER"
            self.log.write(at, stay.call.callid, stay.queue, rung[0].name, event, round((at - rung[1]) * 1000))
        line = self.waiting[stay.queue]
        position = line.index(stay) + 1
        line.remove(stay)
        stay.state = how
        stay.wait_s = int(at) - int(stay.entered)
        self._write_leaving(at, stay, position)
        self._after_leaving(at, stay)
        if rung:
            self.desks.ready(at, rung[0])

    def _write_leaving(self, at: float, stay: Stay, position: int) -> None:
        data: tuple[object, ...] = (position, stay.position, stay.wait_s)
        event = LEFT.get(stay.state, "WITHDRAW")
        if stay.state is State.KEY:
            event, data = "EXITWITHKEY", (1, *data)
        elif stay.state is State.WITHDRAWN:
            data = (*data, "callback")
        self.log.write(at, stay.call.callid, stay.queue, NOBODY, event, *data)

    def _after_leaving(self, at: float, stay: Stay) -> None:
        overflow = self.queues[stay.queue].overflow
        if stay.state is State.ABANDONED:
            self.redial(at, stay.call)
        elif stay.state is State.TIMEOUT and overflow:
            self.pass_on(at, stay.call, overflow)

    def pass_on(self, at: float, call: Call, queue: str) -> None:
        """Into another queue, if that one accepts the caller; else he hears an announcement and the call ends."""
        if self.accepts(self.queues[queue]):
            self.log.write(at, call.callid, queue, NOBODY, "DID", call.dialled)
            self.enter(at, call, self.queues[queue])

    def agent_gone(self, at: float, agent: Agent) -> None:
        """Callers are sent away from a queue that closes when its last agent goes."""
        for name in agent.queues:
            if self.queues[name].closes_empty and self.waiting[name] and not self.desks.any_reachable(name):
                for stay in list(self.waiting[name]):
                    self.leave(at, stay, State.EMPTY)

    # People talk

    def connect(self, at: float, stay: Stay, attempt: int) -> None:
        if stay not in self.ringing or stay.attempt != attempt:
            return
        agent, since, channel = self.ringing.pop(stay)
        self.waiting[stay.queue].remove(stay)
        agent.place = Place.TALKING
        stay.state, stay.agent, stay.connected = State.ANSWERED, agent.name, at
        stay.wait_s = int(at) - int(stay.entered)
        ring_s = int(at) - int(since)
        self.log.write(at, stay.call.callid, stay.queue, agent.name, "CONNECT", stay.wait_s, channel, ring_s)
        service = stay.call.service
        talk_s = max(4.0, self.rng.lognormvariate(service.log_mean, service.spread))
        self.agenda.at(at + talk_s, self.end_talk, stay, agent)

    def end_talk(self, at: float, stay: Stay, agent: Agent) -> None:
        rng = self.rng
        stay.talk_s = int(at) - int(stay.connected)
        desk_share = SWITCHBOARD_TO_A_DESK if stay.call.service.tag == SWITCHBOARD else TO_A_DESK
        fate = rng.random()
        target = self._right_queue(stay) if fate < TO_A_QUEUE else None
        if target and self.accepts(self.queues[target]):
            self._transfer_to_queue(at, stay, target)
        elif fate < TO_A_QUEUE + desk_share:
            self._write_end(at, stay, "BLINDTRANSFER", 9001 + int(rng.random() * 40), "transfer")
        elif fate < TO_A_QUEUE + desk_share + WITH_ANNOUNCEMENT:
            bridge = UUID(int=rng.getrandbits(128), version=4)
            self._write_end(at, stay, "ATTENDEDTRANSFER", "BRIDGE", bridge)
        else:
            self._write_end(at, stay, "COMPLETECALLER" if rng.random() < CALLER_ENDS_SHARE else "COMPLETEAGENT")
        self.desks.call_ended(at, agent, self.queues[stay.queue].wrapup_s)

    def _write_end(self, at: float, stay: Stay, event: str, *data: object) -> None:
        hold_s = stay.wait_s + (self.rng.random() < CLOCKS_DIFFER_SHARE)
        self.log.write(at, stay.call.callid, stay.queue, stay.agent, event, *data, hold_s, stay.talk_s, stay.position)

    def _transfer_to_queue(self, at: float, stay: Stay, target: str) -> None:
        exten = (f"q{target}", "transfer")
        if self.rng.random() < LATE_TRANSFER_SHARE:
            self.pass_on(at, stay.call, target)
            self._write_end(at, stay, "BLINDTRANSFER", *exten)
        else:
            self._write_end(at, stay, "BLINDTRANSFER", *exten)
            self.pass_on(at, stay.call, target)

    def _right_queue(self, stay: Stay) -> str:
        """Where a caller should have come out: the registry, the Region's offices, or once more the same queue."""
        if stay.call.service.tag in REGISTRY_SERVICES and stay.queue != REGISTRY:
            return REGISTRY
        return REGIONAL if stay.queue != REGIONAL and self.rng.random() < 0.5 else HANNOVER
