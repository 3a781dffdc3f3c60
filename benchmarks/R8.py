"""R8: the worked examples of the settlement, to the cent; what is divided sums to the whole; same input, same bytes.

The cents expected are those of `tests/billing/worked.py`, computed apart from the product. Cases drawn by chance
(`R8_CASES`, default 5,000) look for one whose shares and remainder are not its total, or whose bytes depend on the
order of partners.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from datetime import date
from typing import Any

from benchmarks.harness import report
from tests.billing.worked import EXAMPLES, WORKED
from wfm.billing.rules.case import Case, PartnerKeys
from wfm.billing.rules.shares import as_document
from wfm.billing.rules.variants import settle
from wfm.billing.schemas import CaseSchema
from wfm.core.intervals import Days

CASES = int(os.environ.get("R8_CASES", "5000"))
PERIOD = Days(date(2026, 1, 1), date(2027, 1, 1))
#: Of these nothing may remain with the host.
FULL = ("V1", "V5", "V7")


def main() -> None:
    wrong = [name for name in WORKED if not as_worked(name)]
    report("R8.worked", len(wrong), 0, at_most=True, examples=len(WORKED), wrong=wrong)
    chance = random.Random(8)
    lost = order = 0
    for _ in range(CASES):
        case = drawn(chance)
        shares = settle(case)
        whole = sum(shares.cents.values()) + shares.remainder_cents == case.total_cents
        lost += not whole or (case.variant in FULL and shares.remainder_cents != 0)
        mixed = replace(case, partners=tuple(chance.sample(case.partners, len(case.partners))))
        order += json.dumps(as_document(shares)) != json.dumps(as_document(settle(mixed)))
    report("R8.whole", lost, 0, at_most=True, cases=CASES)
    report("R8.bytes", order, 0, at_most=True, cases=CASES)


def as_worked(name: str) -> bool:
    """Cents, remainder, and the bytes of the result that lies beside the case."""
    case = CaseSchema().load(json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")))
    shares = settle(case)
    found = tuple(shares.cents[keys.partner] for keys in case.partners), shares.remainder_cents
    text = json.dumps(as_document(shares), ensure_ascii=False, indent=2) + "\n"
    return found == WORKED[name] and text == (EXAMPLES / f"{name}.result.json").read_text(encoding="utf-8")


def drawn(chance: random.Random) -> Case:
    """22 partners, some of whom join within the year; a cost of up to 10^12 cents."""
    partners = tuple(
        PartnerKeys(
            "REGION" if number == 22 else f"032410{number:02d}",
            inhabitants=None if number == 22 else chance.randrange(5_000, 600_000),
            calls=chance.randrange(1, 100_000),
            handle_s=chance.randrange(1, 20_000_000),
            started_minutes=chance.randrange(1, 500_000),
            start=date(2026, chance.randrange(1, 13), chance.randrange(1, 29)) if chance.random() < 0.2 else None,
            weight=chance.randrange(1, 50_000) if number == 22 else None,
        )
        for number in range(1, 23)
    )
    total = chance.choice((1, chance.randrange(10**6, 10**9), 10**12))
    variant, parameters = chance.choice(choices(chance, total))
    return Case(variant, PERIOD, total, partners, parameters)


def choices(chance: random.Random, total: int) -> list[tuple[str, dict[str, Any]]]:
    base = chance.randrange(total + 1)
    return [
        ("V1", {"pro_rata": "days"}),
        ("V1", {"pro_rata": "months"}),
        (
            "V2",
            {"price_per_call_cents": chance.randrange(1_000), "ceiling_cents_per_inhabitant": chance.randrange(100)},
        ),
        ("V3", {"price_per_minute_cents": "120.5", "unit": chance.choice(("second", "started_minute"))}),
        ("V4", {"base_cents": base, "usage_cents": total - base}),
        ("V5", {"plan_cents": chance.randrange(10**9)}),
        ("V6", {"classes": [{"below": 20_000, "cents": 1_000_001}], "above_cents": 2_000_003}),
        ("V7", {"weights": {"inhabitants": "0.30", "calls": "0.50", "handle_s": "0.20"}, "floor_cents": total // 50}),
    ]


if __name__ == "__main__":
    main()
