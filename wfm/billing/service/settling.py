"""The life of a settlement after it was reckoned: checked, released, sent, objected to, final; or reversed.

Releasing charges it: from then on it stands in the ledger and only a reversal undoes it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.billing.models import Settlement, SettlementShare
from wfm.billing.rules.kinds import KINDS
from wfm.billing.rules.ledger import Charge, advances_charged, cost_borne, reversed_entry, settled
from wfm.billing.rules.states import CHARGED, State, Step, after, second_person
from wfm.billing.service import lacking, ledger, resting
from wfm.billing.service.reading import days_of, locked, months_named, require_standing, shares
from wfm.billing.service.results import require_unchanged
from wfm.billing.service.tax_ledger import TAX
from wfm.billing.service.time_limits import due_on, objection_ends
from wfm.core.clock import berlin_day, now
from wfm.core.errors import BadInput, Conflict, NotAllowed, NotFound, RuleBroken, Sentence
from wfm.reporting.service.settled_months import set_settled

KIND = "settlement"


def check(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """Somebody vouches for it: the first of two people."""
    viewer.require("settlement.write")
    _require_person(viewer)
    settlement = _step(session, viewer, settlement_id, Step.CHECK)
    settlement.checked_at, settlement.checked_by = now(), viewer.actor
    return settlement


def release(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """The second of two people: it is charged, and stands in the ledger from now on.

    Raises RuleBroken("document.incomplete") if documents could not be written of it.
    """
    viewer.require("settlement.release")
    _require_person(viewer)
    resting.one_at_a_time(session)
    settlement = locked(session, settlement_id)
    second_person(settlement.checked_by, viewer.actor)
    require_unchanged(settlement)
    if not settlement.shadow:
        resting.may_be_released(session, settlement)
        lacking.require_complete(session, settlement)
    _move(session, viewer, settlement, Step.RELEASE)
    settlement.released_at, settlement.released_by = now(), viewer.actor
    _charge(session, settlement, viewer.actor)
    return settlement


def send(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """The documents have gone out: payment and objection periods begin. What is reversed goes out no more."""
    viewer.require("settlement.write")
    settlement = locked(session, settlement_id)
    require_standing(session, settlement)
    _move(session, viewer, settlement, Step.SEND)
    settlement.sent_at = now()
    today = berlin_day(now())
    for share in shares(session, settlement.id):
        share.due_on = share.due_on or due_on(settlement, share.partner, today)
    return settlement


def object_to(session: Session, viewer: Viewer, settlement_id: int, partner: str, reason: str) -> SettlementShare:
    """A partner objects, within its period. Finance may note an objection that came by letter."""
    if not viewer.may("settlement.write"):
        viewer.require("statements.object")
        viewer.require_partner(partner)
    if not reason.strip():
        raise BadInput("settlement.objection", "Bitte nennen Sie den Grund des Widerspruchs.", field="reason")
    settlement = locked(session, settlement_id)
    if settlement.sent_at is None and not viewer.may("settlement.write"):
        raise NotFound("settlement.unknown", "Diese Abrechnung gibt es nicht.")  # not yet, for them
    require_standing(session, settlement)
    share = _share(session, settlement_id, partner)
    last = objection_ends(settlement, partner)
    if last is not None and berlin_day(now()) > last:
        message = Sentence("Die Widerspruchsfrist ist am %(day)s abgelaufen.", day=f"{last:%d.%m.%Y}")
        raise RuleBroken("settlement.objection_late", message)
    if share.state == "objected":
        raise Conflict("settlement.objected", "Ein Widerspruch dieses Partners liegt schon vor.")
    if share.decided_at is not None:
        raise Conflict("settlement.decided", "Über den Widerspruch dieses Partners ist schon entschieden.")
    _move(session, viewer, settlement, Step.OBJECT, partner=partner)
    share.state, share.objection = "objected", reason.strip()
    share.objected_at, share.objected_by = now(), viewer.actor
    return share


def decide(
    session: Session, viewer: Viewer, settlement_id: int, partner: str, *, accepted: bool, reason: str
) -> SettlementShare:
    """Answer an objection. Accepting it says that figures are to be corrected: by entries, never in this settlement.

    Usage by a correction of the months concerned, cost by one more cost item, anything else by a reversal.
    """
    viewer.require("settlement.release")
    if not reason.strip():
        raise BadInput("settlement.decision", "Bitte begründen Sie die Entscheidung.", field="reason")
    settlement = locked(session, settlement_id)
    share = _share(session, settlement_id, partner)
    if share.state != "objected":
        raise Conflict("settlement.not_objected", "Von diesem Partner liegt kein Widerspruch vor.")
    share.state = "accepted" if accepted else "rejected"
    share.decision, share.decided_at, share.decided_by = reason.strip(), now(), viewer.actor
    session.flush()
    details = {"partner": partner, "accepted": accepted}
    record(session, viewer.actor, "settlement.decided", object_kind=KIND, object_id=settlement_id, details=details)
    if all(each.state != "objected" for each in shares(session, settlement_id)):
        settlement.state = after(State(settlement.state), Step.DECIDE)
    return share


def finish(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """Final, once every objection period is over: from now on its months' calls need not be kept."""
    viewer.require("settlement.write")
    settlement = locked(session, settlement_id)
    require_standing(session, settlement)
    ends = [objection_ends(settlement, share.partner) for share in shares(session, settlement_id)]
    last = max((day for day in ends if day is not None), default=None)
    if last is not None and berlin_day(now()) <= last:
        message = Sentence("Widersprochen werden kann noch bis zum %(day)s.", day=f"{last:%d.%m.%Y}")
        raise RuleBroken("settlement.objection_open", message)
    _move(session, viewer, settlement, Step.FINISH)
    settlement.final_at = now()
    for share in shares(session, settlement_id):
        if share.state == "open":
            share.state = "final"
    if settlement.kind == "annual":
        set_settled(session, days_of(settlement), settlement.final_at)
    return settlement


def withdraw(session: Session, viewer: Viewer, settlement_id: int) -> Settlement:
    """A draft, or what was checked, is not wanted after all."""
    viewer.require("settlement.write")
    return _step(session, viewer, settlement_id, Step.WITHDRAW)


def reverse(session: Session, viewer: Viewer, settlement_id: int, reason: str) -> Settlement:
    """A reversal of what was charged, as a draft: two people release it as any other."""
    viewer.require("settlement.write")
    if not reason.strip():
        raise BadInput("settlement.reversal", "Bitte nennen Sie den Grund des Stornos.", field="reason")
    settlement = locked(session, settlement_id)
    if settlement.state not in CHARGED or settlement.kind == "reversal":
        raise Conflict("settlement.state", "Stornieren lässt sich nur, was berechnet ist.")
    resting.may_be_reversed(session, settlement)
    alive = session.scalar(
        select(Settlement.id).where(Settlement.reverses == settlement_id, Settlement.state != State.WITHDRAWN)
    )
    if alive is not None:
        raise Conflict("settlement.reversed", "Diese Abrechnung wird schon storniert.")
    reversal = Settlement(
        kind="reversal",
        period=settlement.period,
        instalment=settlement.instalment,
        state=State.DRAFT,
        inputs={"reverses": settlement.id, "result_hash": settlement.result_hash.hex(), **_cycle(settlement)},
        result={},
        result_hash=settlement.result_hash,
        reverses=settlement.id,
        reason=reason.strip(),
        made_at=now(),
        made_by=viewer.actor,
    )
    session.add(reversal)
    session.flush()
    session.add_all(
        SettlementShare(
            settlement_id=reversal.id,
            partner=share.partner,
            cents=-share.cents,
            advances_cents=-share.advances_cents,
            due_cents=-share.due_cents,
            by_treatment={name: -cents for name, cents in share.by_treatment.items()},
            state="open",
        )
        for share in shares(session, settlement_id)
    )
    record(session, viewer.actor, "settlement.reversal", object_kind=KIND, object_id=reversal.id, fields=["reverses"])
    return reversal


# ---- inside ----------------------------------------------------------------------------------------------------------


def _charge(session: Session, settlement: Settlement, by: str) -> None:
    """The entries that make a settlement owed, or undo it."""
    title = f"{KINDS[settlement.kind]} {months_named(settlement)}"
    post = partial(ledger.post, session, booked_on=berlin_day(now()), by=by, settlement_id=settlement.id)
    if settlement.kind == "reversal":
        assert settlement.reverses is not None
        for entry, lines in ledger.lines_of(session, settlement.reverses):
            if entry.kind == TAX:  # what its documents take back is posted with them
                continue
            post(reversed_entry(lines), kind="reversal", text=f"{title}: {entry.text}")
        set_settled(session, days_of(settlement), None)
        return
    if settlement.kind in ("advance", "period"):
        cents = {share.partner: share.cents for share in shares(session, settlement.id)}
        post(advances_charged(cents), kind=settlement.kind, text=title)
        return
    result = settlement.result
    cost = result["cost_cents"] + result["earlier_cost_cents"]
    post(cost_borne(cost), kind="cost", text=f"Kosten {months_named(settlement)}")
    charges = [
        Charge(each["partner"], each["share"], each["advances"], each["carried"], each["due_of_earlier"])
        for each in result["charges"]
    ]
    post(settled(charges, cost), kind="settlement", text=title)


def _cycle(settlement: Settlement) -> dict[str, Any]:
    return {"cycle": settlement.inputs["cycle"]}


def _require_person(viewer: Viewer) -> None:
    """Two tokens in one hand are not two people."""
    if viewer.person_id is None:
        message = "Prüfen und freigeben kann nur ein Mensch: angemeldet, oder mit einem eigenen Schlüssel."
        raise NotAllowed("settlement.no_person", message)


def _share(session: Session, settlement_id: int, partner: str) -> SettlementShare:
    share = session.get(SettlementShare, (settlement_id, partner))
    if share is None:
        raise NotFound("settlement.unknown", "Diese Abrechnung gibt es nicht.")
    return share


def _step(session: Session, viewer: Viewer, settlement_id: int, step: Step) -> Settlement:
    settlement = locked(session, settlement_id)
    _move(session, viewer, settlement, step)
    return settlement


def _move(session: Session, viewer: Viewer, settlement: Settlement, step: Step, **details: Any) -> None:
    settlement.state = after(State(settlement.state), step, shadow=settlement.shadow)
    record(
        session, viewer.actor, f"settlement.{step}", object_kind=KIND, object_id=settlement.id, details=details or None
    )
