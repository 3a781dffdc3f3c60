"""A scenario from JSON's plain values. All that is wrong is said at once, each with its path: `queues[0].calls[3]`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from wfm.core.errors import BadInput
from wfm.staffing.rules.simulation.document import LONGEST_DAY_MIN, Node, shown
from wfm.staffing.rules.simulation.scenario import (
    MAX_AGENTS,
    MAX_CALLS_A_DAY,
    NO_SPREAD,
    Callback,
    Duration,
    Group,
    Queue,
    Routing,
    Scenario,
    Shift,
)

T = TypeVar("T")
_SHAPES = {"exponential": (), "lognormal": ("cv",), "gamma": ("cv",), "erlang": ("phases",), "constant": ()}


def read_scenario(document: object) -> Scenario:
    """The scenario that a JSON document tells. Raises BadInput("simulation.scenario") with all that is wrong in it."""
    errors: list[str] = []
    scenario = _Part(document, "", errors).scenario()
    if errors or scenario is None:
        raise BadInput("simulation.scenario", "Das Szenario ist so nicht zu rechnen.", errors=errors)
    return scenario


class _Part(Node):
    """A part of a scenario as the document has it."""

    def scenario(self) -> Scenario | None:
        known = {"name", "seed", "start", "end", "interval_minutes", "routing", "busy_day_cv", "queues", "groups"}
        if not self.is_object(known, {"start", "end", "interval_minutes", "queues", "groups"}):
            return None
        before = len(self.errors)
        start, end = self["start"].time(), self["end"].time()
        step = self["interval_minutes"].number(1, LONGEST_DAY_MIN)
        if len(self.errors) > before:
            return None
        if end <= start or (end - start) % step or end - start > LONGEST_DAY_MIN:
            self["end"].wrong("muss nach start liegen, um ganze Intervalle und höchstens 7 Tage.")
            return None
        intervals = round((end - start) / step)
        day = _Day(start * 60, step * 60, intervals)
        queues = self["queues"].each(lambda node: node.queue(day), most=200)
        names = {queue.name: index for index, queue in enumerate(queues) if queue}
        groups = self["groups"].each(lambda node: node.group(day, names), most=5_000)
        self["queues"].different([queue.name for queue in queues if queue])
        self["groups"].different([group.name for group in groups if group])
        routing: Routing = self.get("routing", "most_specialised").one_of("most_specialised", "longest_idle")
        scenario = Scenario(
            tuple(queue for queue in queues if queue),
            tuple(group for group in groups if group),
            intervals,
            day.interval_s,
            routing,
            self.get("busy_day_cv", 0).number(0, 2),
            int(self.get("seed", 1).whole(0, 2**63 - 1)),
            self.get("name", "").text(empty=True),
            day.start_s,
        )
        if len(self.errors) == before:
            self._check_whole(scenario)
        return scenario

    def _check_whole(self, scenario: Scenario) -> None:
        if scenario.expected_calls > MAX_CALLS_A_DAY:
            self["queues"].wrong(f"{scenario.expected_calls:.0f} Anrufe am Tag, höchstens {MAX_CALLS_A_DAY}.")
        agents = [sum(s.agents for s in group.shifts) or max(group.agents, default=0) for group in scenario.groups]
        if not sum(agents):
            self["groups"].wrong("niemand nimmt an diesem Tag Anrufe an (keine Agenten).")
        if sum(agents) > MAX_AGENTS:
            self["groups"].wrong(f"{sum(agents)} Agenten, höchstens {MAX_AGENTS}.")
        served = {
            queue for group, most in zip(scenario.groups, agents, strict=True) if most for queue, _ in group.skills
        }
        for index, queue in enumerate(scenario.queues):
            if index not in served and any(agents):
                self["queues"][index].wrong(f"{queue.name}: keine Gruppe mit Agenten hat sie in skills.")

    def queue(self, day: _Day) -> Queue | None:
        known = {
            "name", "calls", "calls_per_hour", "handling", "patience", "threshold_s", "priority", "busy_day_cv",
            "waiting_at_start", "callback",
        }  # fmt: skip
        if not self.is_object(known, {"name", "handling"}):
            return None
        if ("calls" in self.value) == ("calls_per_hour" in self.value):
            self.wrong("braucht entweder calls (je Intervall) oder calls_per_hour.")
            return None
        if "calls" in self.value:
            calls = self["calls"].by_interval(day, lambda node: node.number(0, MAX_CALLS_A_DAY))
        else:
            rate = self["calls_per_hour"].number(0, MAX_CALLS_A_DAY)
            calls = (rate * day.interval_s / 3600,) * day.intervals
        patience, callback = self.get("patience", None), self.get("callback", None)
        return Queue(
            self["name"].text(),
            calls,
            self["handling"].duration(),
            None if patience.value is None else patience.duration(),
            self.get("threshold_s", 20).number(0, 86_400),
            int(self.get("priority", 1).whole(1, 100)),
            self.get("busy_day_cv", 0).number(0, 2),
            int(self.get("waiting_at_start", 0).whole(0, 10_000)),
            None if callback.value is None else callback.offer(),
        )

    def duration(self) -> Duration:
        """A number is the mean of an exponential one."""
        if not isinstance(self.value, dict):
            return Duration("exponential", self.number(0, 86_400, above=True))
        kind = self.get("distribution", "exponential").one_of(*_SHAPES, "empirical")
        if kind == "empirical":
            self.is_object({"distribution", "values_s"}, {"values_s"})
            values = self.get("values_s", []).each(lambda node: node.number(0, 86_400), most=100_000)
            if values and not any(values):
                self["values_s"].wrong("alle Werte sind 0.")
            return Duration("empirical", values_s=tuple(values))
        shape = _SHAPES.get(kind, ())
        if not self.is_object({"distribution", "mean_s", *shape}, {"mean_s", *shape}):
            return Duration("exponential", 1)
        mean = self["mean_s"].number(0, 86_400, above=True)
        if kind == "erlang":
            return Duration("gamma", mean, 1 / math.sqrt(self["phases"].whole(1, 1_000)))
        cv = self["cv"].number(0, 10) if shape else 1.0
        if shape and cv <= NO_SPREAD:
            return Duration("constant", mean)
        return Duration(kind, mean, cv)

    def offer(self) -> Callback | None:
        if not self.is_object({"offer_after_s", "accepted"}, {"offer_after_s", "accepted"}):
            return None
        return Callback(self["offer_after_s"].number(0, 86_400), self["accepted"].number(0, 1))

    def group(self, day: _Day, queues: dict[str, int]) -> Group | None:
        if not self.is_object({"name", "skills", "agents", "shifts"}, {"name", "skills"}):
            return None
        if ("agents" in self.value) == ("shifts" in self.value):
            self.wrong("braucht entweder agents (eine Zahl oder je Intervall) oder shifts.")
            return None
        skills = self["skills"].skills(queues)
        if "shifts" in self.value:
            shifts = self["shifts"].each(lambda node: node.shift(day), most=MAX_AGENTS)
            return Group(self["name"].text(), skills, shifts=tuple(shift for shift in shifts if shift))
        agents = self["agents"]
        if not isinstance(agents.value, list):
            return Group(self["name"].text(), skills, (int(agents.whole(0, MAX_AGENTS)),) * day.intervals)
        return Group(self["name"].text(), skills, agents.by_interval(day, lambda node: int(node.whole(0, MAX_AGENTS))))

    def skills(self, queues: dict[str, int]) -> tuple[tuple[int, int], ...]:
        """A list of queues, all alike, or an object of queues with their priorities."""
        if isinstance(self.value, dict):
            skills = {name: int(self[name].whole(1, 100)) for name in self.value}
        else:
            named = self.each(lambda node: node.text(), most=200)
            self.different(named)
            skills = dict.fromkeys(named, 1)
        if not skills:
            self.wrong("ist leer.")
        for name in skills.keys() - queues.keys():
            self.wrong(f"„{name}“ ist keine Warteschlange dieses Szenarios.")
        return tuple((queues[name], priority) for name, priority in skills.items() if name in queues)

    def shift(self, day: _Day) -> Shift | None:
        if not self.is_object({"start", "end", "agents", "breaks"}, {"start", "end"}):
            return None
        start, end = self.span(day.start_s, day.end_s)
        breaks = self.get("breaks", []).each(lambda node: node.pause(start, end), most=20, least=0)
        for (_, ends), (begins, _) in zip(sorted(breaks), sorted(breaks)[1:], strict=False):
            if begins < ends:
                self["breaks"].wrong("zwei Pausen überschneiden sich.")
        agents = int(self.get("agents", 1).whole(1, MAX_AGENTS))
        moved = tuple((begins - day.start_s, ends - day.start_s) for begins, ends in breaks)
        return Shift(start - day.start_s, end - day.start_s, agents, moved)

    def pause(self, earliest: float, latest: float) -> tuple[float, float]:
        if not self.is_object({"start", "end"}, {"start", "end"}):
            return earliest, earliest
        return self.span(earliest, latest)

    def span(self, earliest: float, latest: float) -> tuple[float, float]:
        """Start and end in seconds, one after the other, inside what surrounds them."""
        before = len(self.errors)
        start, end = self["start"].time() * 60, self["end"].time() * 60
        if len(self.errors) == before and not earliest <= start < end <= latest:
            bounds = f"{clock(earliest)} bis {clock(latest)}"
            self.wrong(f"{clock(start)} bis {clock(end)} ist keine Spanne innerhalb von {bounds}.")
        return start, end

    def by_interval(self, day: _Day, read: Callable[[_Part], T]) -> tuple[T, ...]:
        if not isinstance(self.value, list) or len(self.value) != day.intervals:
            found = len(self.value) if isinstance(self.value, list) else shown(self.value)
            self.wrong(f"muss eine Liste mit einem Wert je Intervall sein: {day.intervals}, nicht {found}.")
            return ()
        return tuple(read(self[index]) for index in range(day.intervals))


class _Day:
    """Begin, step and end of the scenario's day, in seconds since midnight."""

    def __init__(self, start_s: float, interval_s: float, intervals: int) -> None:
        self.start_s, self.interval_s, self.intervals = start_s, interval_s, intervals
        self.end_s = start_s + interval_s * intervals


def clock(seconds: float) -> str:
    """HH:MM, hours running on beyond 24."""
    minutes = round(seconds / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
