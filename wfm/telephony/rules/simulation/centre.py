"""The centre as assumed: its queues, the services people ask for, the numbers they dial.

Names of queues and the numbers of Hannover, Langenhagen, Lehrte, Burgdorf and Garbsen are those of the Asterisk
capture that ships with the project. No subscriber number in Germany begins with 0: nobody can have one of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from wfm.telephony.rules.simulation.scenario import REGION, Partner


@dataclass(frozen=True, slots=True)
class Queue:
    """How a queue treats its callers; times in seconds.

    `max_waiting`: a caller beyond it is refused. `head_start_s`: counted as waited, when an agent chooses between
    queues. `closes_empty`: callers are refused or sent away when no agent is at a telephone. `autopause`: an agent
    who lets it ring is paused.
    """

    name: str
    max_wait_s: int
    overflow: str | None
    max_waiting: int
    wrapup_s: int
    head_start_s: int = 0
    closes_empty: bool = False
    autopause: bool = False


HANNOVER = "hannover_allgemein"
SURROUNDINGS = "umland"
REGIONAL = "region"
REGISTRY = "standesamt"
SERVICE_115 = "servicecenter_115"
QUEUES = (
    Queue(HANNOVER, 300, None, max_waiting=12, wrapup_s=15),
    Queue(SURROUNDINGS, 150, HANNOVER, max_waiting=12, wrapup_s=15),
    Queue(REGIONAL, 180, HANNOVER, max_waiting=8, wrapup_s=20),
    Queue(REGISTRY, 240, None, max_waiting=5, wrapup_s=30, head_start_s=60, closes_empty=True),
    Queue(SERVICE_115, 300, None, max_waiting=12, wrapup_s=15, head_start_s=15, autopause=True),
)

# What one agent answers; the staff repeats this list. The registry hangs on few: now and then it closes for want
# of an agent.
SKILLS = (
    (HANNOVER, SERVICE_115, SURROUNDINGS),
    (SURROUNDINGS, REGIONAL, SERVICE_115),
    (HANNOVER, REGISTRY, SERVICE_115),
    (SERVICE_115, HANNOVER, SURROUNDINGS, REGIONAL),
    (REGIONAL, SURROUNDINGS),
)


@dataclass(frozen=True, slots=True)
class Service:
    """What calls are about: share of a partner's calls, mean talk in seconds, spread (sigma of the logarithm).

    The tag is ours, no LeiKa key: the product learns by import which service a tag means.
    """

    tag: str
    share: float
    talk_s: float
    spread: float = 0.6

    @property
    def log_mean(self) -> float:
        """The parameter of the lognormal whose mean is `talk_s`."""
        return math.log(self.talk_s) - self.spread**2 / 2


# Talk of 150 to 240 s is a planning assumption; connecting a caller to a desk takes less.
SWITCHBOARD = "vermittlung"
MUNICIPAL_SERVICES = (
    Service("personalausweis", 0.13, 170),
    Service("reisepass", 0.08, 165),
    Service("wohnsitz_anmeldung", 0.12, 195),
    Service("meldebescheinigung", 0.05, 150),
    Service("fuehrungszeugnis", 0.03, 150),
    Service("gewerbe", 0.04, 215),
    Service("grundsteuer", 0.05, 220),
    Service("hundesteuer", 0.03, 155),
    Service("wohngeld", 0.05, 240),
    Service("kita", 0.06, 210),
    Service("bauamt", 0.05, 230),
    Service("parken", 0.06, 175),
    Service("fundbuero", 0.03, 150, 0.5),
    Service("wahl", 0.01, 150),
    Service("eheschliessung", 0.03, 240),
    Service("geburtsurkunde", 0.04, 185),
    Service(SWITCHBOARD, 0.14, 75, 0.5),
)
REGIONAL_SERVICES = (
    Service("kfz_zulassung", 0.28, 195),
    Service("fuehrerschein", 0.19, 205),
    Service("abfall", 0.17, 160),
    Service("elterngeld", 0.09, 240),
    Service("schwerbehinderung", 0.08, 235),
    Service("jagd_waffen", 0.03, 220),
    Service("gesundheitsamt", 0.06, 190),
    Service(SWITCHBOARD, 0.10, 75, 0.5),
)
REGISTRY_SERVICES = frozenset({"eheschliessung", "geburtsurkunde"})

NUMBER_115 = "115"
REGISTRY_NUMBER = "495110000300"
HANNOVER_KEY = "03241001"
MAIN_NUMBERS = {
    HANNOVER_KEY: "495110000168",
    "03241003": "495136000010",
    "03241005": "495131000020",
    "03241010": "495110000400",
    "03241011": "495132000050",
    REGION: "495110000616",
}


def services_of(partner: Partner) -> tuple[Service, ...]:
    return REGIONAL_SERVICES if partner.key == REGION else MUNICIPAL_SERVICES


def main_number(partner: Partner) -> str:
    """The number of the town hall as the exchange sees it: area code, 0000, last two digits of the AGS."""
    return MAIN_NUMBERS.get(partner.key) or f"49{partner.area_codes[0][1:]}0000{partner.key[-2:]}"


def dialled_numbers(partners: Iterable[Partner]) -> list[tuple[str, str]]:
    """Every number that leads into the centre, with the key of the partner it belongs to; 115 belongs to none."""
    numbers = []
    for partner in partners:
        numbers.append((main_number(partner), partner.key))
        if partner.key == HANNOVER_KEY:
            numbers.append((REGISTRY_NUMBER, partner.key))
    return numbers


def queue_of(number: str, partner: Partner) -> str:
    """The queue into which the exchange leads a dialled number."""
    if number == NUMBER_115:
        return SERVICE_115
    if number == REGISTRY_NUMBER:
        return REGISTRY
    if partner.key == REGION:
        return REGIONAL
    return HANNOVER if partner.key in (HANNOVER_KEY, "03241010") else SURROUNDINGS
