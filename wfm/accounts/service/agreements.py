"""Agreements with the staff council: proposed, signed, ended. Nothing of them is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.models import StaffAgreement
from wfm.accounts.rules import Viewer
from wfm.accounts.rules.purposes import Agreement, check_proposal, check_signature
from wfm.accounts.service.audit import record
from wfm.core.clock import berlin_day, now
from wfm.core.errors import Conflict, NotAllowed, NotFound

KIND = "staff_agreement"


def propose_agreement(
    session: Session,
    viewer: Viewer,
    *,
    reference: str,
    scope: str,
    reason: str,
    first_day: date,
    last_day: date,
    agents: Collection[str] = (),
) -> StaffAgreement:
    """Ask the staff council for an agreement; it opens nothing before they have signed. Raises BadInput."""
    viewer.require("agreements.propose")
    check_proposal(scope, first_day, last_day, berlin_day(now()))
    proposed = StaffAgreement(
        reference=reference,
        scope=scope,
        agents=sorted(set(agents)),
        reason=reason,
        first_day=first_day,
        last_day=last_day,
        proposed_by=viewer.actor,
        proposed_at=now(),
    )
    session.add(proposed)
    session.flush()
    details = {"scope": scope, "first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    record(session, viewer.actor, "agreement.proposed", object_kind=KIND, object_id=proposed.id, details=details)
    return proposed


def sign_agreement(session: Session, viewer: Viewer, agreement_id: int) -> StaffAgreement:
    """Sign for the staff council. Raises NotAllowed for anybody else, Conflict for what was signed or is over."""
    agreement = _get(session, agreement_id)
    check_signature(viewer, agreement.proposed_by)
    if agreement.signed_at is not None:
        raise Conflict("agreement.signed", "Diese Vereinbarung ist schon unterzeichnet.")
    if agreement.ended_at is not None or agreement.last_day < berlin_day(now()):
        raise Conflict("agreement.over", "Diese Vereinbarung ist beendet oder abgelaufen.")
    agreement.signed_by, agreement.signed_at = viewer.actor, now()
    record(session, viewer.actor, "agreement.signed", object_kind=KIND, object_id=agreement.id)
    return agreement


def end_agreement(session: Session, viewer: Viewer, agreement_id: int) -> StaffAgreement:
    """End an agreement at once, or withdraw or refuse a proposal: either side may. Ending it again changes nothing."""
    if not (viewer.may("agreements.propose") or viewer.may("agreements.sign")):
        raise NotAllowed("agreement.not_yours", "Eine Vereinbarung beenden die, die sie geschlossen haben.")
    agreement = _get(session, agreement_id)
    if agreement.ended_at is None:
        agreement.ended_by, agreement.ended_at = viewer.actor, now()
        record(session, viewer.actor, "agreement.ended", object_kind=KIND, object_id=agreement.id)
    return agreement


def list_agreements(session: Session) -> Sequence[StaffAgreement]:
    """All there ever were, newest first."""
    return session.scalars(select(StaffAgreement).order_by(StaffAgreement.id.desc())).all()


def agreements_in_force(session: Session, today: date) -> list[Agreement]:
    """What holds today, as rules reckon with it."""
    found = (as_rule(agreement) for agreement in list_agreements(session))
    return [agreement for agreement in found if agreement.in_force(today)]


def as_rule(agreement: StaffAgreement) -> Agreement:
    """The agreement as `rules.purposes` knows it."""
    return Agreement(
        agreement.reference,
        agreement.scope,
        frozenset(agreement.agents),
        agreement.first_day,
        agreement.last_day,
        signed_on=agreement.signed_at and berlin_day(agreement.signed_at),
        ended=agreement.ended_at is not None,
    )


def _get(session: Session, agreement_id: int) -> StaffAgreement:
    agreement = session.get(StaffAgreement, agreement_id, with_for_update=True)
    if agreement is None:
        raise NotFound("agreement.unknown", "Diese Vereinbarung gibt es nicht.")
    return agreement
