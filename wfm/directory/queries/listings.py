"""Lists in the columns and the spelling of the import files: a list can be edited and imported again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import zip_longest
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from wfm.directory.models import (
    AgentAlias,
    AreaCode,
    DialledNumber,
    OpeningHours,
    Partner,
    PartnerInhabitants,
    PartnerMembership,
    PartnerProfile,
    Queue,
    QueuePartner,
    Service,
    SpecialDay,
    TargetVersion,
)
from wfm.directory.rules.calendar import WEEKDAYS, Periods, clock_text
from wfm.directory.rules.dated import Validity

Listing = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def list_partners(session: Session) -> Listing:
    """Partners, one row for each count of inhabitants or time of membership."""
    counts: dict[str, list[PartnerInhabitants]] = {}
    for entry in session.scalars(select(PartnerInhabitants).order_by(PartnerInhabitants.as_of)):
        counts.setdefault(entry.partner, []).append(entry)
    memberships: dict[str, list[PartnerMembership]] = {}
    for time in session.scalars(select(PartnerMembership).order_by(PartnerMembership.valid)):
        memberships.setdefault(time.partner, []).append(time)
    codes: dict[str, list[str]] = {}
    for code in session.scalars(select(AreaCode).order_by(AreaCode.code)):
        codes.setdefault(code.partner, []).append(code.code + ("" if code.attributable else "*"))
    rows: list[tuple[Any, ...]] = []
    for partner in session.scalars(select(Partner).order_by(Partner.key)):
        own: list[tuple[Any, ...]] = [(c.inhabitants, c.as_of, c.basis, c.source) for c in counts.get(partner.key, [])]
        times = [(m.status, *_days(m.valid)) for m in memberships.get(partner.key, [])]
        area_codes = ";".join(codes.get(partner.key, []))
        for count, membership in zip_longest(own or [("",) * 4], times):
            rows.append(
                (partner.key, partner.name, partner.kind, *(count or ("",) * 4), area_codes, *(membership or ("",) * 3))
            )
    columns = "key name kind inhabitants as_of basis source area_codes status valid_from valid_to"
    return tuple(columns.split()), rows


def list_numbers(session: Session) -> Listing:
    rows = session.scalars(select(DialledNumber).order_by(DialledNumber.number, DialledNumber.valid))
    return ("number", "partner", "valid_from", "valid_to"), [(r.number, r.partner, *_days(r.valid)) for r in rows]


def list_queues(session: Session) -> Listing:
    """Queues, one row for each partner they served; a queue nobody has described yet has its name as its label."""
    statement = (
        select(Queue, QueuePartner)
        .outerjoin(QueuePartner, QueuePartner.queue == Queue.name)
        .order_by(Queue.name, QueuePartner.valid)
    )
    rows: Iterable[Any] = session.execute(statement)
    return ("queue", "label", "wrapup_s", "partner", "valid_from", "valid_to"), [
        (
            queue.name,
            queue.label,
            "" if queue.wrapup_s is None else queue.wrapup_s,
            *((served.partner, *_days(served.valid)) if served else ("",) * 3),
        )
        for queue, served in rows
    ]


def list_services(session: Session) -> Listing:
    rows = session.scalars(select(Service).order_by(Service.leika_key))
    return ("leika_key", "name", "rank", "source", "tag"), [
        (r.leika_key, r.name, "" if r.rank is None else r.rank, r.source, r.tag or "") for r in rows
    ]


def list_hours(session: Session) -> Listing:
    """Weekly hours, then special days; a row for each period, one with empty times for a closed day."""
    week = session.scalars(
        select(OpeningHours).order_by(
            OpeningHours.queue.nulls_first(), OpeningHours.valid, OpeningHours.weekday, OpeningHours.id
        )
    )
    special = session.scalars(select(SpecialDay).order_by(SpecialDay.queue.nulls_first(), SpecialDay.day))
    rows: list[tuple[Any, ...]] = []
    for hours in week:
        weekday = WEEKDAYS[hours.weekday]
        rows += [(hours.queue or "", weekday, "", *times, "", *_days(hours.valid)) for times in _times(hours.periods)]
    for day in special:
        rows += [(day.queue or "", "", day.day, *times, day.name, "", "") for times in _times(day.periods)]
    return ("queue", "weekday", "day", "opens", "closes", "name", "valid_from", "valid_to"), rows


def list_targets(session: Session) -> Listing:
    """Definitions of service level, every version; the share in percent."""
    rows = session.scalars(select(TargetVersion).order_by(TargetVersion.name, TargetVersion.version))
    return ("name", "label", "share", "seconds", "variant", "valid_from", "valid_to", "source"), [
        (
            r.name,
            r.label,
            f"{100 * r.share:.2f}".rstrip("0").rstrip("."),
            r.seconds,
            r.variant,
            *_days(r.valid),
            r.source,
        )
        for r in rows
    ]


def list_aliases(session: Session) -> Listing:
    rows = session.scalars(select(AgentAlias).order_by(AgentAlias.system, AgentAlias.alias, AgentAlias.valid))
    return ("system", "alias", "agent", "valid_from", "valid_to"), [
        (r.system, r.alias, r.agent, *_days(r.valid)) for r in rows
    ]


def list_profiles(session: Session) -> Listing:
    """What partners say of themselves: of each day the newest version."""
    newest = (
        select(PartnerProfile)
        .ext(distinct_on(PartnerProfile.partner, PartnerProfile.as_of))
        .order_by(PartnerProfile.partner, PartnerProfile.as_of, PartnerProfile.version.desc())
    )
    columns = ("partner", "as_of", "calls_a_year", "source", "hours", "services", "wished_start", "queue")
    return columns, [
        (
            *(r.partner, r.as_of, "" if r.calls_a_year is None else r.calls_a_year, r.source, r.hours),
            *(";".join(r.services), r.wished_start or "", r.queue or ""),
        )
        for r in session.scalars(newest)
    ]


LISTS = {
    "partners": list_partners,
    "numbers": list_numbers,
    "queues": list_queues,
    "services": list_services,
    "hours": list_hours,
    "targets": list_targets,
    "aliases": list_aliases,
    "profiles": list_profiles,
}


def own_listing(session: Session, kind: str, partner: str) -> Listing:
    """Of a list only what concerns one partner: itself, its numbers, its queues and the hours that hold for them."""
    columns, rows = LISTS[kind](session)
    if kind == "hours":
        queues = {"", *(row[0] for row in own_listing(session, "queues", partner)[1])}
        return columns, [row for row in rows if row[0] in queues]
    mine = {"partners": "key", "numbers": "partner", "queues": "partner", "profiles": "partner"}.get(kind)
    return columns, rows if mine is None else [row for row in rows if row[columns.index(mine)] == partner]


def _days(validity: Validity) -> tuple[date, date | str]:
    return validity.start, validity.last_day or ""


def _times(periods: Periods) -> list[tuple[str, str]]:
    return [(clock_text(period.opens), clock_text(period.closes)) for period in periods] or [("", "")]
