"""Memberships in the directory follow agreements: pilot under V0, full under all others, left after the last day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Date, cast, select
from sqlalchemy.orm import Session

from wfm.billing.models import Agreement, Terms
from wfm.billing.rules.allocation import in_order
from wfm.core.intervals import Days
from wfm.directory import service as directory
from wfm.directory.models import Partner, PartnerMembership
from wfm.directory.rules.dated import ONE_DAY


def follow(session: Session, agreements: Iterable[Agreement], by: str) -> None:
    """Enter what new or changed agreements say: from the first day on, and `left` from the day after the last unless
    another agreement follows at once. What the directory says of other days stays as it is."""
    for agreement in sorted(agreements, key=lambda one: one.valid.start):
        if _status_on(session, agreement.partner, agreement.valid.start) != _wanted(session, agreement):
            _note(session, agreement.partner, _wanted(session, agreement), agreement.valid.start, by)
        last_day = agreement.valid.last_day
        if last_day is None:
            continue
        after = last_day + ONE_DAY
        on_that_day = Agreement.valid.op("@>")(cast(after, Date))
        goes_on = session.scalar(select(Agreement.id).where(Agreement.partner == agreement.partner, on_that_day))
        if goes_on is None and _status_on(session, agreement.partner, after) in ("pilot", "full"):
            _note(session, agreement.partner, "left", after, by)


def differences(session: Session, days: Days) -> list[tuple[str, date, str, str | None]]:
    """Where the directory, changed by hand, says something else than an agreement on its first day within these days:
    partner, day, what the agreement means, what the directory says."""
    found = []
    for agreement in session.scalars(select(Agreement)):
        day = max(agreement.valid.start, days.start)
        if day not in agreement.valid or day >= days.end:
            continue
        wanted, known = _wanted(session, agreement), _status_on(session, agreement.partner, day)
        if wanted != known:
            found.append((agreement.partner, day, wanted, known))
    return sorted(found, key=lambda one: (in_order(one[0]), one[1]))


def _wanted(session: Session, agreement: Agreement) -> str:
    terms = session.get_one(Terms, agreement.terms_id)
    return "pilot" if terms.variant == "V0" else "full"


def _status_on(session: Session, partner: str, day: date) -> str | None:
    rows = session.scalars(select(PartnerMembership).where(PartnerMembership.partner == partner))
    return next((row.status for row in rows if day in row.valid), None)


def _note(session: Session, partner: str, status: str, first: date, by: str) -> None:
    known = session.get_one(Partner, partner)
    rows = session.scalars(select(PartnerMembership).where(PartnerMembership.partner == partner))
    later = min((row.valid.start for row in rows if row.valid.start > first), default=None)
    until = "" if later is None else (later - ONE_DAY).isoformat()
    entry = {"status": status, "valid_from": first.isoformat(), "valid_to": until}
    directory.enter(session, "partners", [{"key": known.key, "name": known.name, "kind": known.kind} | entry], by=by)
