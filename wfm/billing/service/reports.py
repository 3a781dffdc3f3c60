"""Settlements and the ledger as reports: what page, API, file and terminal show alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.models import CostCentre, CostItem, Settlement, SettlementShare
from wfm.billing.rules.kinds import KINDS
from wfm.billing.rules.states import State, steps
from wfm.billing.service import ledger
from wfm.billing.service.lacking import lacking_now
from wfm.billing.service.reading import shares, undone
from wfm.billing.service.results import recompute
from wfm.billing.service.time_limits import objection_ends
from wfm.core.errors import NotFound
from wfm.core.intervals import Days
from wfm.directory.queries import partner_names
from wfm.reporting.models import MonthState


def settlements(session: Session, viewer: Viewer, *, year: int | None = None) -> list[dict[str, Any]]:
    """All settlements, newest first, with what they come to; of a year if one is named."""
    viewer.require("settlement.read")
    query = select(Settlement).order_by(Settlement.id.desc())
    if year is not None:
        query = query.where(func.extract("year", func.lower(Settlement.period)) == year)
    found = list(session.scalars(query))
    reversed_ = set(session.scalars(undone()))
    due: dict[int, list[SettlementShare]] = {}
    for share in session.scalars(
        select(SettlementShare).where(SettlementShare.settlement_id.in_([each.id for each in found]))
    ):
        due.setdefault(share.settlement_id, []).append(share)
    return [_head(each, reversed_, due.get(each.id, [])) for each in found]


def waiting(session: Session, viewer: Viewer) -> dict[str, int]:
    """What waits for this reader as the second person: months somebody else asked to close, settlements somebody else
    checked, objections."""
    others = MonthState.state == "open", MonthState.asked_by.is_not(None), MonthState.asked_by != viewer.actor
    checked = Settlement.state == State.CHECKED, Settlement.checked_by != viewer.actor
    found = session.execute(
        select(
            select(func.count()).select_from(MonthState).where(*others).scalar_subquery(),
            select(func.count()).select_from(Settlement).where(*checked).scalar_subquery(),
            select(func.count())
            .select_from(SettlementShare)
            .where(SettlementShare.state == "objected")
            .scalar_subquery(),
        )
    ).one()
    return dict(zip(("months", "settlements", "objections"), found, strict=True))


def settlement_report(session: Session, viewer: Viewer, settlement_id: int) -> dict[str, Any]:
    """One settlement with everything it was reckoned from, each partner's part, its entries, and what comes next.

    `holds`: reckoned again from its stored inputs it gives the same bytes. Raises NotFound.
    """
    viewer.require("settlement.read")
    settlement = session.get(Settlement, settlement_id)
    if settlement is None:
        raise NotFound("settlement.unknown", "Diese Abrechnung gibt es nicht.")
    parts = shares(session, settlement_id)
    names = partner_names(session)
    head = _head(settlement, set(session.scalars(undone())), parts)
    going_on = steps(State(settlement.state), shadow=settlement.shadow)
    return head | {
        "holds": settlement.kind == "reversal" or recompute(settlement) == settlement.result_hash,
        "steps": [] if head["reversed"] else [str(step) for step in going_on],
        "lacking": []
        if head["reversed"]
        else [lack.to_json() for lack in lacking_now(session, settlement, parts, names)],
        "reason": settlement.reason,
        "cost_items": _cost_items(session, settlement),
        "inputs": settlement.inputs,
        "result": settlement.result,
        "shares": [_share(settlement, part, names) for part in parts],
        "entries": [
            {
                "id": entry.id,
                "booked_on": entry.booked_on.isoformat(),
                "kind": entry.kind,
                "text": entry.text,
                "lines": [{"account": line.account, "cents": line.cents} for line in lines],
            }
            for entry, lines in ledger.lines_of(session, settlement_id)
        ],
    }


def share_report(session: Session, viewer: Viewer, settlement_id: int, partner: str) -> dict[str, Any]:
    """One partner's part, for whoever may see that partner. Raises NotFound."""
    viewer.require("statements.read")
    viewer.require_partner(partner)
    settlement = session.get(Settlement, settlement_id)
    part = session.get(SettlementShare, (settlement_id, partner))
    if settlement is None or part is None:
        raise NotFound("settlement.unknown", "Diese Abrechnung gibt es nicht.")
    return _share(settlement, part, partner_names(session))


def ledger_report(session: Session, viewer: Viewer, days: Days) -> dict[str, Any]:
    """The journal of some days, and the balances at their end, which sum to zero."""
    viewer.require("settlement.read")
    balances = ledger.balances(session, days.last)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "lines": [
            row | {"booked_on": row["booked_on"].isoformat()} for row in ledger.journal(session, days.start, days.last)
        ],
        "balances": [{"account": account, "cents": cents} for account, cents in balances.items()],
        "sum_cents": sum(balances.values()),
    }


def _head(settlement: Settlement, reversed_: Collection[int | None], parts: list[SettlementShare]) -> dict[str, Any]:
    at_a_price = settlement.kind == "period"  # it divides no cost
    return {
        "id": settlement.id,
        "kind": settlement.kind,
        "title": KINDS[settlement.kind],
        "from": settlement.period.start.isoformat(),
        "to": _iso(settlement.period.end),
        "instalment": settlement.instalment,
        "state": settlement.state,
        "shadow": settlement.shadow,
        "reversed": settlement.id in reversed_,
        "reverses": settlement.reverses,
        "partners": len(parts),
        "cost_cents": None if at_a_price else settlement.result.get("cost_cents"),
        "share_cents": sum(part.cents for part in parts),
        "due_cents": sum(part.due_cents for part in parts),
        "remainder_cents": None if at_a_price else settlement.result.get("remainder_cents"),
        "objections": sum(part.state == "objected" for part in parts),
        "result_hash": settlement.result_hash.hex(),
        "made_at": settlement.made_at.isoformat(),
        "made_by": settlement.made_by,
        "checked_by": settlement.checked_by,
        "released_by": settlement.released_by,
        "sent_at": settlement.sent_at and settlement.sent_at.isoformat(),
        "objection_until": _iso(_objections_end(settlement, parts)),
        "final_at": settlement.final_at and settlement.final_at.isoformat(),
    }


def _share(settlement: Settlement, part: SettlementShare, names: Mapping[str, str]) -> dict[str, Any]:
    charges = (each for each in settlement.result.get("charges", ()) if each["partner"] == part.partner)
    charge: Mapping[str, Any] = next(charges, {})
    return {
        "partner": part.partner,
        "name": names.get(part.partner, part.partner),
        "share_cents": part.cents,
        "advances_cents": part.advances_cents,
        "due_cents": part.due_cents,
        "corrections_cents": charge.get("corrections", 0),
        "carried_cents": charge.get("carried", 0),
        "due_of_earlier_cents": charge.get("due_of_earlier", 0),
        "by_treatment": part.by_treatment,
        "due_on": _iso(part.due_on),
        "state": part.state,
        "objection": part.objection,
        "objected_at": part.objected_at and part.objected_at.isoformat(),
        "objected_by": part.objected_by,
        "objection_until": _iso(objection_ends(settlement, part.partner)),
        "decision": part.decision,
        "decided_at": part.decided_at and part.decided_at.isoformat(),
        "decided_by": part.decided_by,
    }


def _objections_end(settlement: Settlement, parts: list[SettlementShare]) -> date | None:
    """The last day on which any partner may object; None before it was sent."""
    return max((day for part in parts if (day := objection_ends(settlement, part.partner))), default=None)


def _cost_items(session: Session, settlement: Settlement) -> list[dict[str, Any]]:
    """What the cost that was divided is made of. Items are never changed, so these are those of then."""
    query = (
        select(CostItem, CostCentre.name)
        .join(CostCentre, CostCentre.key == CostItem.cost_centre)
        .where(CostItem.id.in_(settlement.inputs.get("cost", {}).get("items", ())))
        .order_by(CostItem.month, CostItem.id)
    )
    return [
        {
            "id": item.id,
            "month": f"{item.month:%Y-%m}",
            "cost_centre": name,
            "kind": item.kind,
            "stage": item.stage,
            "cents": item.cents,
            "share": str(item.share),
            "note": item.note,
        }
        for item, name in session.execute(query)
    ]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
