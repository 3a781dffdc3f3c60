"""A period's cost divided among partners under different terms: prices first, then what divides, then the host.

Everything a settlement is computed from is a `Run`; the same run gives the same result, years later and anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from wfm.billing.rules.allocation import hamilton, in_order
from wfm.billing.rules.case import Case, Key, PartnerKeys
from wfm.billing.rules.periods import in_force, number_of_days
from wfm.billing.rules.shares import Line, Shares, as_document
from wfm.billing.rules.unattributed import USAGE, Bears, host_bears, spread
from wfm.billing.rules.variants import settle
from wfm.billing.rules.words import money
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.core.rounding import half_up

#: A price, a ceiling or a class says what is paid, whatever the cost.
PRICES = frozenset({"V2", "V3", "V6"})
#: These divide a sum; only one of them can have the rest of a period's cost.
DIVIDES = frozenset({"V1", "V4", "V5", "V7"})


class Remainder(StrEnum):
    """Where cost goes that the variant doesn't cover (or covers twice): the true-up to the actual cost."""

    HOST = "host"
    SHARES = "shares"
    """To the partners in proportion to their shares."""
    INHABITANTS = "inhabitants"


def pilot_name(partner: str) -> str:
    """A partner's time in the pilot, beside its time as one that pays."""
    return f"{partner} (Pilot)"


@dataclass(frozen=True, slots=True)
class Group:
    """The partners under one version of terms, with what is agreed between them."""

    label: str
    variant: str
    parameters: Mapping[str, Any]
    partners: tuple[PartnerKeys, ...]
    unattributed: Mapping[Key, int] = field(default_factory=dict)
    bears: Bears = Bears.HOST
    remainder: Remainder = Remainder.HOST
    pilot: tuple[PartnerKeys, ...] = ()
    """Partners still in the pilot beside those who take the rest: what would be their part is the host's."""

    @property
    def takes_rest(self) -> bool:
        """Whether these partners have what is left of the cost: by dividing it, or by a true-up of their prices."""
        return self.variant in DIVIDES or (self.remainder is not Remainder.HOST and self.variant != "V0")

    @property
    def everybody(self) -> tuple[PartnerKeys, ...]:
        """All whose part is reckoned. A partner may be in the pilot first and divide later, so the pilot has names of
        its own."""
        return (*self.partners, *(replace(keys, partner=pilot_name(keys.partner)) for keys in self.pilot))


@dataclass(frozen=True, slots=True)
class Run:
    """A period, its cost, and everybody who takes part."""

    period: Days
    cost_cents: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Divided:
    """What each partner owes of the cost, by group; the rest is the host's."""

    cost_cents: int
    groups: tuple[tuple[Group, Shares], ...]

    @property
    def cents(self) -> dict[str, int]:
        """Partner -> cents; a partner that changed terms within the period has the sum."""
        owed: dict[str, int] = {}
        for _, shares in self.groups:
            for partner, cents in shares.cents.items():
                owed[partner] = owed.get(partner, 0) + cents
        return dict(sorted(owed.items(), key=lambda item: in_order(item[0])))

    @property
    def remainder_cents(self) -> int:
        return self.cost_cents - sum(self.cents.values())

    @property
    def borne_by_host_cents(self) -> int:
        """What of the remainder is the host's by agreement: the pilot's part, and that of calls that are nobody's."""
        lines = (line for _, shares in self.groups for line in shares.derivation)
        return sum(line.cents or 0 for line in lines if line.step in ("host_bears", "pilot"))


def divide(run: Run) -> Divided:
    """Divide the cost: prices first, what is left goes to the one group that takes the rest; else it is the host's.

    Raises RuleBroken("settlement.two_allocations") for two groups that would take the rest, and what `settle` raises.
    """
    dividing = [group.label for group in run.groups if group.takes_rest]
    if len(dividing) > 1:
        message = Sentence(
            "Im Zeitraum gelten zwei Umlagen nebeneinander (%(terms)s): Welcher Teil der Kosten auf welche entfällt, "
            "ist nicht vereinbart. Bitte den Zeitraum teilen oder die Vereinbarungen ändern.",
            terms=", ".join(dividing),
        )
        raise RuleBroken("settlement.two_allocations", message, terms=dividing)
    found: dict[int, Shares] = {}
    left = run.cost_cents
    for number, group in sorted(enumerate(run.groups), key=lambda item: item[1].takes_rest):
        # What prices bring beyond the cost is the host's, unless they are agreed to give it back.
        over = left < 0 <= run.cost_cents and group.variant in DIVIDES
        found[number] = _charge(group, run.period, 0 if over else left)
        left -= sum(found[number].cents.values())
    return Divided(run.cost_cents, tuple((group, found[number]) for number, group in enumerate(run.groups)))


def _charge(group: Group, period: Days, cents: int) -> Shares:
    spread_ = spread(group.everybody, group.unattributed, group.bears, period)
    kept, parameters = _kept_by_host(group, cents)
    case = Case(group.variant, period, cents - kept, spread_.partners, parameters)
    shares = settle(case)
    lines = list(spread_.derivation)
    if kept:
        text = Sentence(
            "Nicht zugeordnete Nutzung trägt der Träger: %(kept)s von %(total)s.", kept=money(kept), total=money(cents)
        )
        lines.append(Line("host_bears", None, text, {"total_cents": cents}, cents=kept))
    owed, more = _true_up(group, period, shares)
    for partner in sorted((keys.partner for keys in group.pilot), key=in_order):
        part = owed.pop(pilot_name(partner))
        text = Sentence("%(partner)s ist im Pilot: %(part)s trägt der Träger.", partner=partner, part=money(part))
        more.append(Line("pilot", partner, text, {}, cents=part))
    return Shares(cents, owed, (*lines, *shares.derivation, *more))


def _kept_by_host(group: Group, cents: int) -> tuple[int, Mapping[str, Any]]:
    """What of a cost that is divided by usage stays with the host for usage of nobody, and the parameters without it.

    Each key by itself: the part of the cost that it divides, times unattributed over all. V1 divides by none.
    """
    if group.bears is not Bears.HOST or not any(group.unattributed.values()):
        return 0, group.parameters
    match group.variant:
        case "V5":
            return _of_key(group, Key.HANDLE_S, cents), group.parameters
        case "V4":
            usage = group.parameters.get("usage_cents")
            if not isinstance(usage, int):
                return 0, group.parameters  # reading the parameters says so
            kept = _of_key(group, Key.HANDLE_S, usage)
            return kept, {**group.parameters, "usage_cents": usage - kept}
        case "V7":
            weights = group.parameters.get("weights")
            parts = weights if isinstance(weights, Mapping) else {}
            return half_up(
                sum(
                    (Fraction(str(parts[key])) * _quota(group, key) * cents for key in USAGE if key in parts),
                    Fraction(0),
                )
            ), group.parameters
    return 0, group.parameters


def _of_key(group: Group, key: Key, cents: int) -> int:
    return host_bears(cents, sum(keys.usage(key) for keys in group.everybody), group.unattributed.get(key, 0))


def _quota(group: Group, key: Key) -> Fraction:
    nobody = group.unattributed.get(key, 0)
    everybody = nobody + sum(keys.usage(key) for keys in group.everybody)
    return Fraction(nobody, everybody) if everybody else Fraction(0)


def _true_up(group: Group, period: Days, shares: Shares) -> tuple[dict[str, int], list[Line]]:
    """Give the remainder to the partners, where that is agreed; a surplus goes back to them the same way."""
    owed, missing = dict(shares.cents), shares.remainder_cents
    if group.remainder is Remainder.HOST or not missing or group.variant == "V0":
        return owed, []
    weights: dict[str, int]
    if group.remainder is Remainder.SHARES:
        weights = {partner: max(cents, 0) for partner, cents in owed.items()}
    else:
        weights = {
            keys.partner: (keys.size or 0) * number_of_days(in_force(period, keys.start, keys.end))
            for keys in group.everybody
        }
    lines = []
    for partner, part in hamilton(missing, weights).items():
        owed[partner] += part.cents
        text = Sentence(
            "%(partner)s: Ausgleich auf die tatsächlichen Kosten %(part)s von %(missing)s",
            partner=partner,
            part=money(part.cents),
            missing=money(missing),
        )
        quantities: dict[str, int | str] = {"missing_cents": missing, "weight": weights[partner]}
        lines.append(Line("remainder_to_partners", partner, text, quantities, str(part.quota), part.cents))
    return owed, lines


def as_result(divided: Divided) -> dict[str, Any]:
    """The result as it is stored and hashed: JSON's plain values."""
    return {
        "cost_cents": divided.cost_cents,
        "shares": [{"partner": partner, "cents": cents} for partner, cents in divided.cents.items()],
        "remainder_cents": divided.remainder_cents,
        "groups": [
            {"terms": group.label, "variant": group.variant, **as_document(shares)} for group, shares in divided.groups
        ],
    }


def as_stored(run: Run) -> dict[str, Any]:
    """The run as JSON's plain values: `from_stored` gives it back."""
    return {
        "period": {"from": run.period.start.isoformat(), "to": run.period.end.isoformat()},
        "cost_cents": run.cost_cents,
        "groups": [
            {
                "terms": group.label,
                "variant": group.variant,
                "parameters": dict(group.parameters),
                "unattributed": {str(key): value for key, value in group.unattributed.items()},
                "bears": str(group.bears),
                "remainder": str(group.remainder),
                "partners": _stored_partners(group.partners),
                "pilot": _stored_partners(group.pilot),
            }
            for group in run.groups
        ],
    }


def _stored_partners(partners: tuple[PartnerKeys, ...]) -> list[dict[str, Any]]:
    return [_stored_keys(keys) for keys in sorted(partners, key=lambda keys: in_order(keys.partner))]


def _stored_keys(keys: PartnerKeys) -> dict[str, Any]:
    return {
        "partner": keys.partner,
        "inhabitants": keys.inhabitants,
        "calls": keys.calls,
        "handle_s": keys.handle_s,
        "started_minutes": keys.started_minutes,
        "from": keys.start and keys.start.isoformat(),
        "to": keys.end and keys.end.isoformat(),
        "weight": keys.weight,
        "amount_cents": keys.amount_cents,
    }
