"""Whose call it was, said again after a mapping changed: in open months only, since a closed month never changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.core.intervals import Month
from wfm.directory import service as directory
from wfm.directory.rules.attribution import AttributionTables
from wfm.directory.service import Touched
from wfm.directory.service.plans import ALIAS
from wfm.queues.rules.attribution import attribute
from wfm.queues.service.projection import touch_days
from wfm.reporting.models import in_closed_month
from wfm.reporting.service.agent_facts import touch_renamed
from wfm.telephony.models import System
from wfm.telephony.service.intake import lock_system

#: kind of mapping -> the column of `call` that it is looked up by.
COLUMNS = {"number": "dialled", "queue": "queue", "tag": "tag", "area_code": "caller_area"}


def rederive(session: Session) -> int | None:
    """Derive anew the calls that changed mappings concern; returns how many calls are now attributed otherwise.

    None: no mapping has changed. The days of calls and agents concerned are touched. No system is projected meanwhile:
    a batch that looked a mapping up before it changed is committed when its calls are looked for, and none does so
    later.
    """
    if not directory.pending_changes(session):
        return None
    for system_id in session.scalars(select(System.id).order_by(System.id)).all():
        lock_system(session, system_id)
    changes = directory.pending_changes(session)
    changed = 0
    for kind in COLUMNS:
        since: dict[str, date] = {}
        for change in changes:
            if change.kind == kind:
                since[change.key] = min(since.get(change.key, change.since), change.since)
        if since:
            changed += _derive(session, kind, since)
            if kind == "queue":
                _touch_queues(session, since)
    if any(change.kind == ALIAS for change in changes):
        touch_renamed(session)
    directory.changes_done(session, changes)
    return changed


def concerned(session: Session, touched: Iterable[Touched]) -> list[tuple[Month, int, bool]]:
    """How many calls of each month look up a changed mapping, and whether the month is closed, so that they stay."""
    by_kind: dict[str, list[Touched]] = {}
    for change in touched:
        if change.kind in COLUMNS:
            by_kind.setdefault(change.kind, []).append(change)
    if not by_kind:
        return []
    calls, parameters = [], []
    for kind, changes in by_kind.items():
        calls.append(
            f"""SELECT system_id, callid, nth, day FROM call
                JOIN unnest(%s::text[], %s::date[]) AS m (key, since) ON m.key = call.{COLUMNS[kind]}
                WHERE day >= m.since"""
        )
        parameters += [[change.key for change in changes], [change.since for change in changes]]
    found = cursor(session).execute(
        f"""SELECT date_trunc('month', day::timestamp)::date AS month, count(*), bool_or({in_closed_month("day")})
            FROM ({" UNION ".join(calls)}) AS concerned GROUP BY 1 ORDER BY 1""",
        parameters,
    )
    return [(Month.of(month), count, closed) for month, count, closed in found.fetchall()]


def _derive(session: Session, kind: str, since: dict[str, date]) -> int:
    """Derive anew the calls that have one of these keys, each from its day on; month by month, so memory is bounded."""
    oldest, newest = cursor(session).execute("SELECT min(day), max(day) FROM call").fetchone()  # type: ignore[misc]
    if oldest is None:
        return 0
    tables = directory.attribution_tables(session)
    month, last = Month.of(max(oldest, min(since.values()))), Month.of(newest)
    changed = 0
    while month <= last:
        changed += _derive_month(session, kind, since, month, tables)
        month = month.next
    return changed


def _derive_month(session: Session, kind: str, since: dict[str, date], month: Month, tables: AttributionTables) -> int:
    """The calls of a month; those of one day that are alike are attributed once."""
    db = cursor(session)
    alike = db.execute(
        f"""SELECT DISTINCT day, dialled, queue, caller_area, tag
            FROM call JOIN unnest(%s::text[], %s::date[]) AS m (key, since) ON m.key = call.{COLUMNS[kind]}
            WHERE day >= m.since AND day >= %s AND day < %s AND NOT {in_closed_month("day")}""",
        (list(since), list(since.values()), month.first, month.next.first),
    ).fetchall()
    if not alike:
        return 0
    derived = []
    for day, dialled, queue, area, tag in alike:
        whose = attribute(dialled, queue, area, day, tables)
        service = tables.service_of_tag(tag) if tag else None
        derived.append((day, dialled, queue, area, tag, service, whose.partner, whose.likely, whose.method))
    count, days = db.execute(
        """WITH derived AS (
             SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::text[],
                                  %s::text[], %s::text[], %s::text[], %s::text[])
               AS d (day, dialled, queue, caller_area, tag, service, partner, likely, method)
           ), changed AS (
             UPDATE call c SET service = d.service, partner = d.partner, likely = d.likely, method = d.method
             FROM derived d
             WHERE c.day = d.day AND c.dialled = d.dialled AND c.queue = d.queue AND c.tag = d.tag
               AND coalesce(c.caller_area, '') = coalesce(d.caller_area, '')
               AND (c.service, c.partner, c.likely, c.method)
                   IS DISTINCT FROM (d.service, d.partner, d.likely, d.method)
             RETURNING c.system_id, c.callid, c.nth, c.day
           )
           SELECT (SELECT count(*) FROM changed),
                  array(SELECT day FROM changed
                        UNION SELECT s.day FROM changed JOIN stay s USING (system_id, callid, nth))""",
        [list(column) for column in zip(*derived, strict=True)],
    ).fetchone()  # type: ignore[misc]  # an aggregate always gives a row
    touch_days(session, {day.toordinal() for day in days})
    return int(count)


def _touch_queues(session: Session, since: dict[str, date]) -> None:
    """The queues' configured wrap-up times may have changed, too."""
    found = cursor(session).execute(
        f"""SELECT DISTINCT day FROM stay JOIN unnest(%s::text[], %s::date[]) AS m (key, since) ON m.key = stay.queue
            WHERE day >= m.since AND NOT {in_closed_month("day")}""",
        (list(since), list(since.values())),
    )
    touch_days(session, {day.toordinal() for (day,) in found.fetchall()})
