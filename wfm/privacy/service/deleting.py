"""What is deleted outright when its time is over: unreadable lines, calls of settled months, sums and files, names that
are over, sign-ins, what runs noted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day
from wfm.core.db import cursor, transaction
from wfm.core.intervals import Month
from wfm.privacy.rules.free_text import without_numbers, without_numbers_in
from wfm.privacy.rules.retention import is_final
from wfm.reporting.models import MonthState, in_final_month
from wfm.telephony.rules.events import unpack_ref
from wfm.telephony.service.intake import lock_system

BATCH = 1_000
_REAL = "st.id = q.stream_id AND so.id = st.source_id AND NOT so.generated"
_UNREADABLE = f"""FROM quarantine q, stream st, source so
    WHERE {_REAL} AND q.received_at < %(before)s AND (q.state = 'open' OR q.detail <> '')"""


def mask_quarantine(before: datetime) -> int:
    """Take numbers out of what quarantine itself holds: details that quote a line, and lines that are nowhere else."""
    total, after = 0, 0
    while True:
        with transaction() as session:
            db = cursor(session)
            rows = db.execute(
                f"""SELECT q.id, q.detail, q.payload FROM quarantine q, stream st, source so
                    WHERE {_REAL} AND q.received_at < %s AND q.id > %s ORDER BY q.id LIMIT {BATCH}""",
                (before, after),
            ).fetchall()
            for row_id, detail, payload in rows:
                new = without_numbers(detail), None if payload is None else without_numbers_in(payload)
                if new != (detail, payload):
                    db.execute("UPDATE quarantine SET detail = %s, payload = %s WHERE id = %s", (*new, row_id))
                    total += 1
        if len(rows) < BATCH:
            return total
        after = rows[-1][0]


def count_quarantine(session: Session, before: datetime) -> int:
    return _count(session, f"SELECT count(*) {_UNREADABLE}", before)


def drop_quarantine(before: datetime) -> int:
    """Empty unreadable lines whose time is over. That they were unreadable, when and why, stays with the reports.

    What could be read after all is left as it is (it has its own time), and so is the line that goes on in half a one.
    Where good rows stood has no use then either.
    """
    with transaction() as session:
        db = cursor(session)
        db.execute(
            f"""UPDATE raw_event r SET payload = '' {_UNREADABLE}
                AND q.state <> 'read' AND q.reason <> 'half_line'
                AND r.stream_id = q.stream_id AND r.position = q.position""",
            {"before": before},
        )
        db.execute("DELETE FROM delivery WHERE received_at < %(before)s", {"before": before})
        db.execute(
            f"""UPDATE quarantine SET detail = '', payload = CASE WHEN payload IS NOT NULL THEN ''::bytea END,
                                      state = CASE state WHEN 'open' THEN 'dropped' ELSE state END
                WHERE id IN (SELECT q.id {_UNREADABLE})""",
            {"before": before},
        )
        return db.rowcount


def final_months(session: Session, settled_before: datetime | None = None) -> list[Month]:
    """Months of which nothing can change any more, settled before an instant."""
    return [
        Month.of(row.month)
        for row in session.scalars(select(MonthState).order_by(MonthState.month))
        if is_final(row.state, row.settled_at)
        and (settled_before is None or (row.settled_at is not None and row.settled_at < settled_before))
    ]


#: Calls of a month, but for those with a stay in a month that is not final.
_CALLS = f"""FROM call c WHERE c.day >= %(first)s AND c.day < %(end)s AND NOT EXISTS (
    SELECT FROM stay s WHERE (s.system_id, s.callid, s.nth) = (c.system_id, c.callid, c.nth)
      AND NOT {in_final_month("s.day")})"""


def _days(month: Month) -> dict[str, date]:
    return {"first": month.first, "end": month.next.first}


def count_calls(session: Session, settled_before: datetime) -> int:
    total = 0
    for month in final_months(session, settled_before):
        total += int(cursor(session).execute(f"SELECT count(*) {_CALLS}", _days(month)).fetchone()[0])  # type: ignore[index]
    return total


def delete_calls(settled_before: datetime) -> int:
    """Delete calls and stays of final months, and empty the raw lines they were made of; the lines' hashes stay."""
    with transaction() as session:
        months = final_months(session, settled_before)
    total = 0
    for month in months:
        while True:
            with transaction() as session:
                done = _delete_some(session, month)
            if not done:
                break
            total += done
    return total


def _delete_some(session: Session, month: Month) -> int:
    db = cursor(session)
    wanted = f"SELECT c.system_id, c.callid, c.nth, c.events, c.also {_CALLS} LIMIT {BATCH}"
    found = db.execute(wanted, _days(month)).fetchall()
    if not found:
        return 0
    for system_id in sorted({row[0] for row in found}):
        lock_system(session, system_id)
    keys = [[row[column] for row in found] for column in range(3)]
    for table in ("stay", "kept_wrapup", "call"):
        db.execute(
            f"""DELETE FROM {table} t USING unnest(%s::int[], %s::text[], %s::int[]) AS n (system_id, callid, nth)
                WHERE t.system_id = n.system_id AND t.callid = n.callid AND t.nth = n.nth""",
            keys,
        )
    ids = [(system_id, name) for system_id, callid, _, _, also in found for name in (callid, *(also or ()))]
    db.execute(
        """DELETE FROM kept_attribution k USING unnest(%s::int[], %s::text[]) AS n (system_id, callid)
           WHERE k.system_id = n.system_id AND k.callid = n.callid
             AND NOT EXISTS (SELECT FROM call c WHERE c.system_id = n.system_id AND c.callid = n.callid)""",
        [list(column) for column in zip(*ids, strict=True)],
    )
    places = [unpack_ref(ref) for row in found for ref in row[3]]
    db.execute(
        """UPDATE raw_event r SET payload = '' FROM unnest(%s::int[], %s::bigint[]) AS n (stream_id, position)
           WHERE r.stream_id = n.stream_id AND r.position = n.position""",
        ([stream for stream, _ in places], [position for _, position in places]),
    )
    return len(found)


_OF_MONTHS = f"(month + interval '1 month')::date <= %(day)s AND {in_final_month('month')}"
_OF_DAYS = f"day < %(day)s AND {in_final_month('day')}"
#: Table of sums -> which of its rows are old enough to go. Corrections go with their month, never before its sums.
_SUMS = {
    "fact_interval": _OF_DAYS,
    "fact_day": _OF_DAYS,
    "fact_month": _OF_MONTHS,
    "fact_month_partner": _OF_MONTHS,
    "usage_correction": "date_trunc('month', day::timestamp) + interval '1 month' <= %(day)s"
    f" AND {in_final_month('day')} AND {in_final_month('booked_in')}",
}


def count_sums(session: Session, before: datetime) -> int:
    counts = (f"(SELECT count(*) FROM {table} WHERE {old})" for table, old in _SUMS.items())
    return _count(session, f"SELECT {' + '.join(counts)}", before)


def delete_sums(session: Session, before: datetime) -> int:
    """Delete sums of final months that are older than even those are kept."""
    return sum(_delete(session, f"DELETE FROM {table} WHERE {old}", before) for table, old in _SUMS.items())


_FILES = f"FROM report_file WHERE {_OF_MONTHS}"


def count_files(session: Session, before: datetime) -> int:
    return _count(session, f"SELECT count(*) {_FILES}", before)


def delete_files(session: Session, before: datetime) -> int:
    """Delete files of final months that ended before an instant: what they show goes with the sums, or before."""
    return _delete(session, f"DELETE {_FILES}", before)


#: Names that are over, unless a call or state of their time still bears one: it could not be told whose it is.
_ALIASES = """FROM agent_alias a WHERE upper(a.valid) <= %(day)s
    AND NOT EXISTS (SELECT FROM stay s JOIN system y ON y.id = s.system_id
                    WHERE y.name = a.system AND s.day <@ a.valid AND s.agent IS NOT NULL)
    AND NOT EXISTS (SELECT FROM agent_span p JOIN system y ON y.id = p.system_id
                    WHERE y.name = a.system AND p.agent = a.alias
                      AND (p.starts_at AT TIME ZONE 'Europe/Berlin')::date <@ a.valid)"""


def count_aliases(session: Session, before: datetime) -> int:
    return _count(session, f"SELECT count(*) {_ALIASES}", before)


def delete_aliases(session: Session, before: datetime) -> int:
    """Delete what telephone systems called people until a day before an instant."""
    return _delete(session, f"DELETE {_ALIASES}", before)


_SESSIONS = "FROM login_session WHERE coalesce(ended_at, ends_at) < %(before)s"


def count_sessions(session: Session, before: datetime) -> int:
    return _count(session, f"SELECT count(*) {_SESSIONS}", before)


def delete_sessions(session: Session, before: datetime) -> int:
    """Delete sign-ins that ended before an instant, with what they say of browsers."""
    return _delete(session, f"DELETE {_SESSIONS}", before)


_RUNS = "FROM retention_run WHERE started_at < %(before)s"


def count_runs(session: Session, before: datetime) -> int:
    return _count(session, f"SELECT count(*) {_RUNS}", before)


def delete_runs(session: Session, before: datetime) -> int:
    """Delete what runs of long ago noted."""
    return _delete(session, f"DELETE {_RUNS}", before)


def _count(session: Session, query: str, before: datetime) -> int:
    values = {"before": before, "day": berlin_day(before)}
    return int(cursor(session).execute(query, values).fetchone()[0])  # type: ignore[index]


def _delete(session: Session, statement: str, before: datetime) -> int:
    db = cursor(session)
    db.execute(statement, {"before": before, "day": berlin_day(before)})
    return db.rowcount
