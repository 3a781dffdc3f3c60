"""A period's cost over all terms in force: first what is priced, then the one that divides, the rest is the host's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from wfm.billing.rules.allocation import half_up, in_order
from wfm.billing.rules.case import Case, Key
from wfm.billing.rules.shares import Line, Shares
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.rules.unattributed import Bears
from wfm.billing.rules.variants import settle
from wfm.billing.rules.words import money
from wfm.core.errors import RuleBroken, Sentence

Amounts = Mapping[Key, int]


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case of one version of terms. Its partners have their part of the unattributed usage, unless the host bears
    it: then `attributed` and `unattributed` say how much of the usage that is. `derivation` tells how it was spread.
    """

    terms: TermsVersion
    case: Case
    attributed: Amounts
    unattributed: Amounts
    derivation: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of one version of terms: `case` with the total and parameters that were really divided."""

    terms: TermsVersion
    case: Case
    shares: Shares
    host_cents: int
    """Borne by the host for usage of nobody, taken off before dividing."""
    derivation: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """All of a period. Cents of all and the remainder sum to the total."""

    total_cents: int
    parts: tuple[Settled, ...]

    @property
    def cents(self) -> dict[str, int]:
        """What each partner owes, by AGS with the Region last."""
        found: dict[str, int] = {}
        for part in self.parts:
            for partner, cents in part.shares.cents.items():
                found[partner] = found.get(partner, 0) + cents
        return dict(sorted(found.items(), key=lambda owed: in_order(owed[0])))

    @property
    def remainder_cents(self) -> int:
        """What the host bears."""
        return self.total_cents - sum(self.cents.values())


def settle_together(total_cents: int, cases: Sequence[PreparedCase]) -> Together:
    """Settle a period: variants with prices (V0, V2, V3, V6) first, in the order of names and versions; what is left of
    the cost goes to the terms that divide; what is left then remains with the host.

    Raises RuleBroken("settlement.two_dividing") if two versions divide, and what `variants.settle` raises.
    """
    dividing = [one for one in cases if one.terms.divides]
    if len(dividing) > 1:
        message = Sentence(
            "Im Zeitraum sind zwei Regelungen in Kraft, die Kosten aufteilen: %(first)s und %(second)s. Bitte die Zeit "
            "davor und danach getrennt abrechnen.",
            first=dividing[0].terms.title,
            second=dividing[1].terms.title,
        )
        raise RuleBroken("settlement.two_dividing", message)
    priced = sorted((one for one in cases if not one.terms.divides), key=lambda o: (o.terms.name, o.terms.version))
    left, parts = total_cents, list[Settled]()
    for one in (*priced, *dividing):
        settled = _settle(one, left)
        parts.append(settled)
        left -= sum(settled.shares.cents.values())
    return Together(total_cents, tuple(parts))


def _settle(one: PreparedCase, total: int) -> Settled:
    case, lines, host = replace(one.case, total_cents=total), list(one.derivation), 0
    if one.terms.divides and one.terms.counting.unattributed is Bears.HOST:
        parameters, host = _host_bears(one, case)
        case = replace(case, total_cents=total - host, parameters=parameters)
        if host:
            text = Sentence(
                "Für nicht zugeordnete Anrufe trägt der Träger %(cents)s von %(total)s vorab.",
                cents=money(host),
                total=money(total),
            )
            lines.append(Line("host", None, text, {"total_cents": total}, cents=host))
    return Settled(one.terms, case, settle(case), host, tuple(lines))


def _host_bears(one: PreparedCase, case: Case) -> tuple[dict[str, Any], int]:
    """Parameters and amount of what the host bears: of each key's part of the cost C u / (a + u), half up once. Nothing
    under V1, which asks for no usage."""
    given = dict(case.parameters)
    if one.terms.variant == "V4":
        host = half_up(given["usage_cents"] * _share(one, Key.HANDLE_S))
        return given | {"usage_cents": given["usage_cents"] - host}, host
    if one.terms.variant == "V5":
        part = _share(one, Key.HANDLE_S)
        plan = given["plan_cents"]
        return given | {"plan_cents": plan - half_up(plan * part)}, half_up(case.total_cents * part)
    if one.terms.variant == "V7":
        weights = {Key(name): Fraction(str(weight)) for name, weight in given["weights"].items() if weight is not None}
        part = sum(
            (w * _share(one, key) for key, w in weights.items() if w and key is not Key.INHABITANTS), Fraction(0)
        )
        return given, half_up(case.total_cents * part)
    return given, 0


def _share(one: PreparedCase, key: Key) -> Fraction:
    nobody, all_ = one.unattributed.get(key, 0), one.attributed.get(key, 0) + one.unattributed.get(key, 0)
    if nobody and not one.attributed.get(key, 0):
        message = "Im Zeitraum ist keinem Partner etwas zugeordnet. Bitte zuerst Anrufe zuordnen."
        raise RuleBroken("settlement.all_unattributed", message)
    return Fraction(nobody, all_) if all_ else Fraction(0)
