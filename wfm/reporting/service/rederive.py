"""Whose call it was, said again after a mapping changed: in open months only, since a closed month never changes."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.directory import service as directory
from wfm.directory.models import MappingChange
from wfm.queues.rules.attribution import attribute
from wfm.queues.service.projection import touch_days

#: kind of mapping -> the column of `call` that it is looked up by.
COLUMNS = {"number": "dialled", "queue": "queue", "tag": "tag", "area_code": "caller_area"}


def rederive(session: Session) -> int:
    """Derive anew the calls that changed mappings concern; returns how many calls are now attributed otherwise.

    Changes are worked off whole, in the order they were made; their calls' days are touched.
    """
    changes = directory.pending_changes(session)
    if not changes:
        return 0
    changed = 0
    for change in changes:
        changed += _derive(session, change)
        if change.kind == "queue":
            _touch_queue(session, change.key, change.since)
    directory.changes_done(session, changes)
    return changed


def _derive(session: Session, change: MappingChange) -> int:
    db = cursor(session)
    tables = directory.attribution_tables(session)
    calls = db.execute(
        f"""SELECT system_id, callid, nth, day, dialled, queue, caller_area, tag, service, partner, likely, method
            FROM call WHERE day >= %s AND {COLUMNS[change.kind]} = %s
              AND NOT EXISTS (SELECT FROM month WHERE state = 'closed' AND month = date_trunc('month', call.day)::date)
            FOR UPDATE""",
        (change.since, change.key),
    ).fetchall()
    updates = []
    touched = set()
    for system_id, callid, nth, day, dialled, queue, area, tag, *before in calls:
        whose = attribute(dialled, queue, area, day, tables)
        after = [tables.service_of_tag(tag) if tag else None, whose.partner, whose.likely, whose.method]
        if after != before:
            updates.append((*after, system_id, callid, nth))
            touched.add(day.toordinal())
    db.executemany(
        """UPDATE call SET service = %s, partner = %s, likely = %s, method = %s
           WHERE system_id = %s AND callid = %s AND nth = %s""",
        updates,
    )
    db.execute(
        """SELECT DISTINCT s.day FROM stay s
           JOIN unnest(%s::int[], %s::text[]) AS c (system_id, callid) USING (system_id, callid)""",
        ([update[4] for update in updates], [update[5] for update in updates]),
    )
    touch_days(session, touched | {day.toordinal() for (day,) in db.fetchall()})
    return len(updates)


def _touch_queue(session: Session, queue: str, since: date) -> None:
    """A queue's configured wrap-up time may have changed, too."""
    found = cursor(session).execute(
        """SELECT DISTINCT day FROM stay WHERE queue = %s AND day >= %s
             AND NOT EXISTS (
               SELECT FROM month WHERE state = 'closed' AND month = date_trunc('month', stay.day)::date)""",
        (queue, since),
    )
    touch_days(session, {day.toordinal() for (day,) in found.fetchall()})
