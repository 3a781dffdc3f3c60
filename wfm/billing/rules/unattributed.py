"""Calls that could be attributed to no partner: who bears them is agreed, and done before settling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from wfm.billing.rules.allocation import hamilton, in_order
from wfm.billing.rules.case import Key, PartnerKeys, no_inhabitants
from wfm.billing.rules.periods import in_force, number_of_days
from wfm.billing.rules.shares import Line
from wfm.billing.rules.words import count
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.core.rounding import half_up

USAGE = (Key.CALLS, Key.HANDLE_S, Key.STARTED_MINUTES)


class Bears(StrEnum):
    """Who bears unattributed usage."""

    HOST = "host"
    USAGE = "usage"
    INHABITANTS = "inhabitants"


@dataclass(frozen=True, slots=True)
class Spread:
    """Partners with their part of the unattributed usage added, and how it came about."""

    partners: tuple[PartnerKeys, ...]
    derivation: tuple[Line, ...]


def spread(partners: tuple[PartnerKeys, ...], unattributed: Mapping[Key, int], bears: Bears, period: Days) -> Spread:
    """Add unattributed usage to the partners' own: each key by itself, in whole calls, seconds and minutes (Hamilton).

    In proportion to the attributed usage of the same key, or to inhabitants in force. If the host bears it, partners
    stay as they are; of a cost that is divided in full take `host_bears` off first.
    Raises RuleBroken("settlement.all_unattributed") if nothing is attributed that it could be in proportion to, and
    "settlement.keys" if a partner lacks the key.
    """
    if bears is Bears.HOST:
        return Spread(partners, ())
    added: dict[str, dict[Key, int]] = {keys.partner: {} for keys in partners}
    lines = []
    for key in USAGE:
        if not unattributed.get(key):
            continue
        weights = _inhabitants(partners, period) if bears is Bears.INHABITANTS else _attributed(partners, key)
        for partner, part in hamilton(unattributed[key], weights).items():
            own = _known(next(keys for keys in partners if keys.partner == partner), key)
            added[partner][key] = own + part.cents
            text = Sentence(
                "%(partner)s: %(own)s %(key)s + %(part)s von %(all)s nicht zugeordneten",
                partner=partner,
                own=count(own),
                key=str(key),
                part=count(part.cents),
                all=count(unattributed[key]),
            )
            quantities: dict[str, int | str] = {
                "key": str(key), "own": own, "unattributed": unattributed[key], "weight": weights[partner],
                "weights": sum(weights.values()), "added": part.cents,
            }  # fmt: skip
            lines.append(Line("unattributed", partner, text, quantities, str(part.quota)))
    return Spread(tuple(keys.with_usage(added[keys.partner]) for keys in partners), tuple(lines))


def host_bears(total_cents: int, attributed: int, unattributed: int) -> int:
    """What the host bears of a cost for the usage nobody could be named for, half up: C u / (a + u).

    Raises RuleBroken("settlement.all_unattributed") if nothing is attributed.
    """
    if not attributed:
        raise _all_unattributed(Sentence("Nutzung"))
    return half_up(Fraction(total_cents * unattributed, attributed + unattributed))


def _attributed(partners: tuple[PartnerKeys, ...], key: Key) -> dict[str, int]:
    weights = {keys.partner: _known(keys, key) for keys in partners}
    if not any(weights.values()):
        raise _all_unattributed(str(key))
    return weights


def _inhabitants(partners: tuple[PartnerKeys, ...], period: Days) -> dict[str, int]:
    weights = {}
    for keys in sorted(partners, key=lambda keys: in_order(keys.partner)):
        if keys.size is None:
            raise RuleBroken("settlement.keys", no_inhabitants(keys.partner, Bears.INHABITANTS))
        weights[keys.partner] = keys.size * number_of_days(in_force(period, keys.start, keys.end))
    return weights


def _known(keys: PartnerKeys, key: Key) -> int:
    value = getattr(keys, key)
    if value is None:
        message = Sentence("%(partner)s: %(key)s fehlt; nicht zugeordnete Nutzung lässt sich so nicht verteilen.",
                           partner=keys.partner, key=str(key))  # fmt: skip
        raise RuleBroken("settlement.keys", message)
    assert isinstance(value, int)
    return value


def _all_unattributed(key: str) -> RuleBroken:
    message = Sentence(
        "Im Zeitraum ist keinem Partner etwas zugeordnet (%(key)s): Nach zugeordneter Nutzung lässt sich nichts "
        "verteilen. Bitte zuerst zuordnen oder eine andere Regel vereinbaren.",
        key=key,
    )
    return RuleBroken("settlement.all_unattributed", message)
