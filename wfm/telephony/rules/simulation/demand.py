"""Who calls when, about what: the calls of a day before anybody answers them."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence, Set
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import accumulate
from random import Random

from wfm.core.clock import BERLIN
from wfm.telephony.rules.simulation.callers import caller_number
from wfm.telephony.rules.simulation.calls import Call
from wfm.telephony.rules.simulation.centre import (
    HANNOVER_KEY,
    MUNICIPAL_SERVICES,
    NUMBER_115,
    REGIONAL_SERVICES,
    REGISTRY_NUMBER,
    REGISTRY_SERVICES,
    Service,
    main_number,
    queue_of,
    services_of,
)
from wfm.telephony.rules.simulation.scenario import REGION, Partner, Scenario, Surge

OPENS, CLOSES, HALF_HOUR_S = time(8), time(18), 1800

WEEKDAY = (1.22, 1.07, 0.96, 1.07, 0.68)
MONTH = (1.08, 1.03, 1.03, 0.99, 1.03, 1.04, 0.98, 0.98, 1.04, 0.99, 0.97, 0.84)
AFTER_A_HOLIDAY, BRIDGE_DAY, CHRISTMAS_WEEK = 1.22, 0.72, 0.6
BUSY_DAY_SPREAD = 0.07
# Calls by half hour from 08:00; Friday's offices close at noon, Thursday's in the evening.
HALF_HOURS = (58, 74, 82, 84, 80, 76, 68, 60, 50, 44, 42, 46, 50, 48, 42, 36, 26, 18, 10, 6)
FRIDAY = (1,) * 9 + (0.8, 0.6) + (0.4,) * 9
THURSDAY = (1,) * 11 + (1.15,) * 4 + (1.5,) * 5

ORDINARY = 0.95  # share of a year's calls that no surge brings and nobody repeats
REGION_SHARE = 0.10
SIZE_EXPONENT = 0.92  # the citizens of a small town call a little more often than its size says
KNOWN_SERVICE = 0.85  # share of callers who choose a service in the voice menu
MUNICIPAL_MIX = list(accumulate(service.share for service in MUNICIPAL_SERVICES))
REGIONAL_MIX = list(accumulate(service.share for service in REGIONAL_SERVICES))
DIALS_REGISTRY = 0.6  # share of Hannover's callers about births and marriages who know the registry's own number


class Demand:
    """The calls that a scenario expects on a day, and those that a seeded day really brings."""

    def __init__(self, scenario: Scenario, closed: Set[date]) -> None:
        self.scenario = scenario
        self.closed = closed
        self._weight_of_year = cache(self._sum_of_weights)

    def is_open(self, day: date) -> bool:
        """Monday to Friday without holidays, Christmas Eve and New Year's Eve."""
        return day.weekday() < 5 and day not in self.closed and (day.month, day.day) not in ((12, 24), (12, 31))

    def expected_calls(self, day: date) -> float:
        """Ordinary calls of a day from the partners that have joined; 0 when closed."""
        if not self.is_open(day):
            return 0.0
        members = sum(self._shares[partner.key] for partner in self.scenario.members(day))
        return ORDINARY * self.scenario.calls_per_year * members * self._weight(day) / self._weight_of_year(day.year)

    def by_half_hour(self, day: date) -> list[float]:
        """Ordinary calls of a day in the half hours from opening to closing."""
        if not (expected := self.expected_calls(day)):
            return [0.0] * len(HALF_HOURS)
        profile = _profile(day.weekday())
        return [expected * share / sum(profile) for share in profile]

    def busy_day(self) -> list[float]:
        """Calls by half hour on a strong Monday with all partners: what the staff is sized for."""
        return [self.scenario.calls_per_year / 250 * 1.4 * share / sum(HALF_HOURS) for share in HALF_HOURS]

    def calls(self, day: date, rng: Random) -> list[Call]:
        """The calls that come in on a day, in order of time."""
        ordinary = self.expected_calls(day)
        if not ordinary:
            return []
        busy = math.exp(BUSY_DAY_SPREAD * rng.gauss(0, 1))
        maker = _CallMaker(self.scenario, day, rng)
        members = self.scenario.members(day)
        calls = maker.calls(poisson(rng, ordinary * busy), members, self._cumulated(members), None)
        for surge in self.scenario.surges:
            if strength := surge.strength(day):
                callers = [partner for partner in members if not surge.partners or partner.key in surge.partners]
                cumulated = self._cumulated(callers)
                share = cumulated[-1] / self._cumulated(members)[-1] if callers else 0.0
                calls += maker.calls(poisson(rng, ordinary * share * strength), callers, cumulated, surge)
        calls.sort(key=lambda call: call.at)
        return calls

    @cached_property
    def _shares(self) -> dict[str, float]:
        sizes = {p.key: (p.inhabitants or 0) ** SIZE_EXPONENT for p in self.scenario.partners if p.key != REGION}
        total = sum(sizes.values())
        region = REGION_SHARE if len(sizes) < len(self.scenario.partners) else 0.0
        return {REGION: region} | {key: (1 - region) * size / total for key, size in sizes.items()}

    def _cumulated(self, partners: Sequence[Partner]) -> list[float]:
        return list(accumulate(self._shares[partner.key] for partner in partners))

    def _weight(self, day: date) -> float:
        weight = WEEKDAY[day.weekday()] * _season(day)
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        if day.weekday() == 4 and before in self.closed:
            return weight * BRIDGE_DAY
        if day.weekday() == 0 and after in self.closed:
            return weight * BRIDGE_DAY
        last_working_day = before - timedelta(days=2) if day.weekday() == 0 else before
        if (day.month, day.day) > (12, 21) or (day.month, day.day) < (1, 3):
            return weight * CHRISTMAS_WEEK
        return weight * (AFTER_A_HOLIDAY if last_working_day in self.closed else 1.0)

    def _sum_of_weights(self, year: int) -> float:
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        return sum(self._weight(day) for day in days if day.year == year and self.is_open(day))


class _CallMaker:
    """Draws single calls of one day."""

    def __init__(self, scenario: Scenario, day: date, rng: Random) -> None:
        self.scenario = scenario
        self.rng = rng
        self.opens_at = datetime.combine(day, OPENS, BERLIN).timestamp()
        self.profile = list(accumulate(_profile(day.weekday())))
        self.homes = [partner for partner in scenario.partners if partner.key != REGION]
        self.inhabitants = list(accumulate(home.inhabitants or 0 for home in self.homes))

    def calls(
        self, number: int, partners: Sequence[Partner], cumulated: Sequence[float], surge: Surge | None
    ) -> list[Call]:
        return [self._call(partners[_draw(self.rng, cumulated)], surge) for _ in range(number)]

    def _call(self, partner: Partner, surge: Surge | None) -> Call:
        rng = self.rng
        service = _service(rng, partner, surge)
        dialled = main_number(partner)
        if rng.random() < self.scenario.share_115:
            dialled = NUMBER_115
        elif partner.key == HANNOVER_KEY and service.tag in REGISTRY_SERVICES and rng.random() < DIALS_REGISTRY:
            dialled = REGISTRY_NUMBER
        home = partner if partner.key != REGION else self.homes[_draw(rng, self.inhabitants)]
        return Call(
            at=self.opens_at + (_draw(rng, self.profile) + rng.random()) * HALF_HOUR_S,
            number=caller_number(rng, home.area_codes[int(rng.random() * len(home.area_codes))]),
            dialled=dialled,
            partner=None if dialled == NUMBER_115 else partner.key,
            service=service,
            tag=service.tag if rng.random() < KNOWN_SERVICE else "",
            first_queue=queue_of(dialled, partner),
        )


def _service(rng: Random, partner: Partner, surge: Surge | None) -> Service:
    services = services_of(partner)
    if surge:
        return next((s for s in services if s.tag == surge.service), Service(surge.service, 0.0, 180))
    return services[_draw(rng, REGIONAL_MIX if services is REGIONAL_SERVICES else MUNICIPAL_MIX)]


@cache
def _profile(weekday: int) -> tuple[float, ...]:
    special: Sequence[float] = {3: THURSDAY, 4: FRIDAY}.get(weekday, (1,) * len(HALF_HOURS))
    return tuple(share * factor for share, factor in zip(HALF_HOURS, special, strict=True))


def _season(day: date) -> float:
    """The month's factor, passing smoothly from the middle of one month to the middle of the next."""
    position = day.month - 1 + (day.day - 15) / 30.5
    left = math.floor(position)
    part = position - left
    return MONTH[left % 12] * (1 - part) + MONTH[(left + 1) % 12] * part


def _draw(rng: Random, cumulated: Sequence[float]) -> int:
    """An index, in proportion to the weights whose running sums are given."""
    return min(bisect(cumulated, rng.random() * cumulated[-1]), len(cumulated) - 1)


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number; from 50 on the normal approximation, which no reader of a queue log could tell apart."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number
