"""From stored inputs to the result of a settlement: nothing else goes in, so the same bytes come out years later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from wfm.billing.models import Settlement
from wfm.billing.rules.allocation import carry_over, in_order, instalments
from wfm.billing.rules.cycle import Cycle, TrueUp
from wfm.billing.rules.ledger import Charge
from wfm.billing.rules.periods import in_force
from wfm.billing.rules.run import Run, as_result, divide
from wfm.billing.rules.stored_run import from_stored
from wfm.billing.service.restating import Restated
from wfm.core.errors import Conflict
from wfm.core.intervals import Days


def recompute(settlement: Settlement) -> bytes:
    """The hash of what the stored inputs give today: it is `result_hash`, or something was tampered with."""
    return digest(result_of(settlement.kind, settlement.inputs))


def digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON of a document."""
    return hashlib.sha256(
        json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).digest()


def require_unchanged(settlement: Settlement) -> None:
    """Raises Conflict("settlement.tampered") if stored inputs and stored result no longer belong together."""
    if settlement.kind != "reversal" and recompute(settlement) != settlement.result_hash:
        message = "Das Ergebnis passt nicht mehr zu dem, woraus es gerechnet wurde: So wird nichts berechnet."
        raise Conflict("settlement.tampered", message)


def result_of(kind: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The result of stored inputs: pure, so that the same inputs give the same bytes."""
    run = from_stored(inputs["run"])
    divided = divide(run)
    result = as_result(divided)
    if kind == "advance":
        return result | {"charges": _instalment(run, divided.cents, inputs)}
    restated = [Restated.from_json(each) for each in inputs.get("earlier", ())]
    corrections = _sum_up(each.differences() for each in restated)
    charges = []
    involved = {*divided.cents, *corrections, *inputs.get("carried", {}), *inputs.get("advances", {})}
    for partner in sorted(involved, key=in_order):
        charges.append(_charge_of(partner, divided.cents.get(partner, 0), corrections.get(partner, 0), run, inputs))
    return result | {"charges": charges, "earlier_cost_cents": sum(each.cost_cents for each in restated)}


def _charge_of(partner: str, own: int, corrected: int, run: Run, inputs: Mapping[str, Any]) -> dict[str, Any]:
    advances = inputs.get("advances", {}).get(partner, 0)
    agreed = inputs["cycle"].get(partner)
    cycle = Cycle.from_json(agreed) if agreed else Cycle()
    open_ = own - advances
    year = run.period.start.year
    carried_to: dict[str, int] = {}
    if cycle.true_up is TrueUp.CARRY_OVER and inputs.get("advances_of"):
        parts = carry_over(open_, cycle.carry_over_years)
        carried_to = {str(year + number): cents for number, cents in enumerate(parts, 1)}
    charge = Charge(
        partner, own + corrected, advances, sum(carried_to.values()), inputs.get("carried", {}).get(partner, 0)
    )
    return {
        "partner": partner,
        "own": own,
        "corrections": corrected,
        "share": charge.share,
        "advances": charge.advances,
        "carried": charge.carried,
        "carried_to": carried_to,
        "due_of_earlier": charge.due_of_earlier,
        "due": charge.due,
    }


def _instalment(run: Run, planned: Mapping[str, int], inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The partners' parts of one instalment: the share of the year in as many parts as fall into their time."""
    number = inputs["instalment"]
    charges = []
    for partner, cents in planned.items():
        cycle = Cycle.from_json(inputs["cycle"][partner])
        if not 1 <= number <= cycle.advances:
            continue
        year = run.period.start.year
        held = [each for each in range(1, cycle.advances + 1) if _pays_in(run, partner, cycle.part(year, each))]
        if number in held:
            part = instalments(cents, len(held))[held.index(number)]
            charges.append(_plain_charge(partner, part))
    return charges


def _pays_in(run: Run, partner: str, part: Days) -> bool:
    """Whether the partner is a member, and no more in the pilot, on any day of a part of the year."""
    return any(
        keys.partner == partner and in_force(part, keys.start, keys.end) is not None
        for group in run.groups
        if group.variant != "V0"
        for keys in group.partners
    )


def _plain_charge(partner: str, cents: int) -> dict[str, Any]:
    return {
        "partner": partner, "own": cents, "corrections": 0, "share": cents, "advances": 0, "carried": 0,
        "carried_to": {}, "due_of_earlier": 0, "due": cents,
    }  # fmt: skip


def _sum_up(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        for partner, cents in part.items():
            found[partner] = found.get(partner, 0) + cents
    return found
