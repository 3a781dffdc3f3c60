"""The directory read as values: look-up tables for rules. `listings` has the form of the import files, `seen` what a
viewer may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, func, literal, select, text
from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.directory.models import (
    AgentAlias,
    AreaCode,
    DialledNumber,
    Holiday,
    MappingChange,
    OpeningHours,
    Partner,
    PartnerProfile,
    Queue,
    QueuePartner,
    Service,
    SpecialDay,
    TargetVersion,
)
from wfm.directory.rules.attribution import AttributionTables
from wfm.directory.rules.calendar import Calendar
from wfm.directory.rules.calendar import SpecialDay as SpecialHours
from wfm.directory.rules.dated import DatedMap
from wfm.directory.rules.targets import Target

#: All that `attribution_tables` reads, as one short text.
_DIGEST = " || ".join(
    f"coalesce((SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t), '-')"
    for table in ("dialled_number", "queue_partner", "area_code", "service")
)
_known: tuple[str, AttributionTables] | None = None


def attribution_tables(session: Session) -> AttributionTables:
    """Every mapping the call projection asks, in one value: read again by a process only when one of them has changed,
    since a telephone system tells of calls every few seconds and mappings change every few weeks."""
    global _known
    digest = _digest(session)
    if _known is not None and _known[0] == digest:
        return _known[1]
    tables = _read_attribution(session)
    if _digest(session) == digest:  # nobody changed them in between
        _known = digest, tables
    return tables


def _digest(session: Session) -> str:
    return str(session.scalar(text(f"SELECT {_DIGEST}")))


def _read_attribution(session: Session) -> AttributionTables:
    codes = select(AreaCode.code, func.array_agg(AreaCode.partner), func.bool_and(AreaCode.attributable)).group_by(
        AreaCode.code
    )
    services = session.execute(select(Service.leika_key, Service.tag)).all()
    return AttributionTables(
        numbers=DatedMap(_rows(session, DialledNumber.number, DialledNumber.valid, DialledNumber.partner)),
        queues=DatedMap(_rows(session, QueuePartner.queue, QueuePartner.valid, QueuePartner.partner)),
        area_codes={
            code: partners[0] if attributable and len(partners) == 1 else None
            for code, partners, attributable in session.execute(codes)
        },
        services=frozenset(key for key, _ in services),
        tags={tag: key for key, tag in services if tag is not None},
    )


def agent_names(session: Session) -> DatedMap[tuple[str, str], str]:
    """What each telephone system calls a person -> the one name: asked by (system, alias) and day."""
    return DatedMap(
        ((alias.system, alias.alias), alias.valid, alias.agent) for alias in session.scalars(select(AgentAlias))
    )


def queue_names(session: Session) -> dict[str, bool]:
    """The names of all queues that are known, and whether anybody has described them."""
    return dict(cursor(session, flush=False).execute("SELECT name, mapped FROM queue").fetchall())


def wrapup_seconds(session: Session) -> dict[str, int]:
    """The wrap-up time configured for each queue that has one: the limit when wrap-up has to be inferred."""
    rows = session.execute(select(Queue.name, Queue.wrapup_s).where(Queue.wrapup_s.is_not(None)))
    return {name: seconds for name, seconds in rows if seconds is not None}


def calendar(session: Session) -> Calendar:
    """The effective calendar of the centre and all queues."""
    return Calendar(
        hours=DatedMap(
            ((row.queue, row.weekday), row.valid, row.periods) for row in session.scalars(select(OpeningHours))
        ),
        special_days={
            (row.queue, row.day): SpecialHours(row.name, row.periods) for row in session.scalars(select(SpecialDay))
        },
        holidays=dict(_rows(session, Holiday.day, Holiday.name)),
    )


def target_versions(session: Session) -> list[Target]:
    """Every version of every definition of service level."""
    return [row.as_target() for row in session.scalars(select(TargetVersion))]


def targets_on(session: Session, day: date) -> list[Target]:
    """The version of each definition of service level that holds on a day, by name."""
    rows = session.scalars(select(TargetVersion).order_by(TargetVersion.name))
    return [row.as_target() for row in rows if day in row.valid]


def partner_names(session: Session) -> dict[str, str]:
    """Names of all partners by key, in the order of keys: municipalities by AGS, then the Region."""
    return dict(sorted(_rows(session, Partner.key, Partner.name)))


def service_names(session: Session) -> dict[str, str]:
    """LeiKa key -> what the service is called."""
    return dict(_rows(session, Service.leika_key, Service.name))


def queue_labels(session: Session) -> dict[str, str]:
    """What people call each queue, by the telephone system's name."""
    return dict(sorted(_rows(session, Queue.name, Queue.label)))


def pending_changes(session: Session) -> Sequence[MappingChange]:
    """Changed mappings whose calls have not been derived again, oldest first."""
    return session.scalars(select(MappingChange).where(~MappingChange.done).order_by(MappingChange.id)).all()


def _rows(session: Session, *columns: Any) -> Sequence[Any]:
    return session.execute(select(*columns)).all()


def partner_data(session: Session, partner: str, day: date) -> dict[str, Any]:
    """What is on file of a partner on a day: how many `numbers` are its, and of when its own count of calls is."""
    numbers = (
        select(func.count(DialledNumber.id))
        .where(DialledNumber.partner == partner, DialledNumber.valid.op("@>")(literal(day, Date)))
        .scalar_subquery()
    )
    counted = select(func.max(PartnerProfile.as_of)).where(PartnerProfile.partner == partner).scalar_subquery()
    row = session.execute(select(numbers, counted)).one()
    return {"numbers": row[0], "profile_as_of": row[1]}
