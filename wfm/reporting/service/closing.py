"""Closing a month: one person asks, another one closes, and from then on it never changes.

Reopening does not exist: what is found later is a correction, booked with the next month that closes.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.core.clock import now
from wfm.core.db import after_commit
from wfm.core.errors import BadInput, Conflict, NotAllowed, RuleBroken, Sentence
from wfm.core.intervals import Month
from wfm.directory.service.plans import wait_for_others
from wfm.queues.service.kept_attributions import keep_attributions
from wfm.queues.service.projection import write_touched_days
from wfm.reporting.models import MonthOverride, MonthState
from wfm.reporting.obstacles import find_obstacles
from wfm.reporting.rules.closing import MAY_BE_OVERRIDDEN, Obstacle, Override, standing
from wfm.reporting.service import corrections, freezing
from wfm.telephony.models import System
from wfm.telephony.service.intake import lock_system


def ask_to_close(session: Session, viewer: Viewer, month: Month, reasons: Mapping[str, str]) -> MonthState:
    """Ask for a month to be closed. `reasons`: kind of obstacle -> why this person answers for all there are of it.

    Asking again replaces what was asked before. Raises RuleBroken while an obstacle stands that nobody answers for,
    BadInput for a reason without text or of a kind that nobody may answer for, Conflict for a closed month.
    """
    _require_person(viewer)
    for kind, reason in reasons.items():
        if not MAY_BE_OVERRIDDEN.get(kind):
            message = Sentence("Für „%(kind)s“ kann niemand einstehen.", kind=kind)
            raise BadInput("month.override", message, field="reasons", kind=kind)
        if not reason.strip():
            message = Sentence("Für „%(kind)s“ fehlt die Begründung.", kind=kind)
            raise BadInput("month.reason", message, field="reasons", kind=kind)
    state = _locked(session, month)
    if state.state == "closed":
        raise Conflict("month.closed", Sentence("Der Monat %(month)s ist abgeschlossen.", month=month))
    found = find_obstacles(session, month)
    answered = [one for one in found if one.kind in reasons]
    _refuse(month, standing(found, [Override(one.kind, one.key, one.count, reasons[one.kind]) for one in answered]))
    _forget_overrides(session, month)
    for one in answered:
        session.add(
            MonthOverride(
                month=month.first,
                kind=one.kind,
                key=one.key,
                count=one.count,
                reason=reasons[one.kind].strip(),
                made_by=viewer.actor,
                made_at=now(),
            )
        )
    state.asked_by, state.asked_at = viewer.actor, now()
    session.flush()
    details = {"overridden": [{"kind": one.kind, "key": one.key, "count": one.count} for one in answered]}
    record(session, viewer.actor, "month.asked", object_kind="month", object_id=month, details=details)
    return state


def withdraw(session: Session, viewer: Viewer, month: Month) -> MonthState:
    """Take back that a month was to be closed, or refuse it: either person may. A month nobody asked for stays so."""
    _require_person(viewer)
    state = _locked(session, month)
    if state.state == "closed":
        raise Conflict("month.closed", Sentence("Der Monat %(month)s ist abgeschlossen.", month=month))
    if state.asked_by is not None:
        state.asked_by = state.asked_at = None
        _forget_overrides(session, month)
        record(session, viewer.actor, "month.withdrawn", object_kind="month", object_id=month)
    return state


def close_month(session: Session, viewer: Viewer, month: Month) -> MonthState:
    """Close a month that another person asked for: freeze its sums, book what waits for it, for good.

    Nothing is read, counted or mapped meanwhile, and all obstacles are looked for anew. Closing a closed month does
    nothing. Raises RuleBroken if nobody asked or an obstacle stands, NotAllowed for whoever asked, Conflict if an
    objection was accepted since: two people know of all that is booked.
    """
    _require_person(viewer)
    state = _locked(session, month)
    if state.state == "closed":
        return state
    if state.asked_by is None:
        message = Sentence("Den Abschluss von %(month)s hat noch niemand beantragt.", month=month)
        raise RuleBroken("month.not_asked", message)
    if state.asked_by == viewer.actor:
        raise NotAllowed(
            "month.four_eyes", "Wer den Abschluss beantragt hat, kann ihn nicht bestätigen: das tut eine zweite Person."
        )
    _hold_still(session)
    if state.asked_at and corrections.entered_since(session, month, state.asked_at):
        since = "Seit dem Antrag ist eine Berichtigung dazugekommen, die hier gebucht würde: bitte neu beantragen."
        raise Conflict("month.corrected_since", since)
    overrides = session.scalars(select(MonthOverride).where(MonthOverride.month == month.first)).all()
    answered = [Override(one.kind, one.key, one.count, one.reason) for one in overrides]
    _refuse(month, standing(find_obstacles(session, month), answered))
    counted_by = freezing.versions(session, month)
    freezing.freeze(session, month)
    booked = corrections.book(session, month)
    keep_attributions(session, [*month.days, *booked])
    state.closed_by, state.closed_at, state.versions = viewer.actor, now(), counted_by
    state.content_hash = freezing.hash_of(session, month, counted_by)
    state.state = "closed"
    session.flush()
    details = {"content_hash": state.content_hash.hex(), "corrections": len(booked), "asked_by": state.asked_by}
    record(session, viewer.actor, "month.closed", object_kind="month", object_id=month, details=details)
    after_commit(session, "reporting.make_month_files")
    return state


def _require_person(viewer: Viewer) -> None:
    viewer.require("months.close")
    if viewer.person_id is None:
        message = "Einen Monat schließen zwei Personen ab; dieser Zugangsschlüssel gehört keiner."
        raise NotAllowed("month.no_person", message)


def _locked(session: Session, month: Month) -> MonthState:
    """The month's row, made if there is none, locked; months are closed one after the other."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('wfm.closing'))"))
    session.execute(insert(MonthState).values(month=month.first).on_conflict_do_nothing())
    chosen = select(MonthState).where(MonthState.month == month.first).with_for_update()
    return session.scalars(chosen.execution_options(populate_existing=True)).one()


def _hold_still(session: Session) -> None:
    """Until the end of the transaction no mapping changes, no call is folded, no day is counted."""
    wait_for_others(session)
    for system_id in session.scalars(select(System.id).order_by(System.id)).all():
        lock_system(session, system_id)
    write_touched_days(session)
    session.execute(text("LOCK TABLE touched_day IN SHARE ROW EXCLUSIVE MODE"))


def _refuse(month: Month, obstacles: list[Obstacle]) -> None:
    if obstacles:
        raise RuleBroken(
            "month.obstacles",
            Sentence(
                "Der Monat %(month)s kann noch nicht abgeschlossen werden (Hindernisse: %(count)s). %(first)s",
                month=month,
                count=len(obstacles),
                first=obstacles[0].text,
            ),
            obstacles=[
                {
                    "kind": one.kind,
                    "key": one.key,
                    "count": one.count,
                    "text": one.text,
                    "may_be_overridden": one.may_be_overridden,
                }
                for one in obstacles
            ],
        )


def _forget_overrides(session: Session, month: Month) -> None:
    session.execute(text("DELETE FROM month_override WHERE month = :month"), {"month": month.first})
