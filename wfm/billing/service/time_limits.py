"""Until when is to be paid and may be objected, as agreed with each partner when a settlement was reckoned."""

from __future__ import annotations

from datetime import date, timedelta

from wfm.billing.models import Settlement
from wfm.billing.rules.cycle import Cycle
from wfm.core.clock import berlin_day


def periods(settlement: Settlement, partner: str) -> dict[str, int]:
    """Payment and objection periods in days, as agreed with this partner when it was reckoned."""
    agreed: dict[str, dict[str, int]] = settlement.inputs["cycle"]
    return agreed[partner]


def due_on(settlement: Settlement, partner: str, today: date) -> date:
    """The instalment's agreed day if it lies ahead, else the period for payment from today."""
    agreed = settlement.inputs["cycle"][partner]
    latest = today + timedelta(days=agreed["payment_days"])
    if settlement.kind != "advance" or settlement.instalment is None:
        return latest
    return max(Cycle.from_json(agreed).due_on(settlement.period.start.year)[settlement.instalment - 1], latest)


def objection_ends(settlement: Settlement, partner: str) -> date | None:
    """The last day on which the partner may object; None before it was sent."""
    if settlement.sent_at is None:
        return None
    return berlin_day(settlement.sent_at) + timedelta(days=periods(settlement, partner)["objection_days"])
