"""Counting facts: touched days anew from stays, in one statement a ledger; then checking that the ledgers agree.

A day is always counted whole, so a late event corrects exactly what it must and nothing depends on how often a day is
counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.queues.service.projection import write_touched_days
from wfm.reporting.models import in_closed_month, in_final_month
from wfm.reporting.rules.short_calls import SHORT_TALK
from wfm.reporting.rules.waits import WAIT_CLASSES
from wfm.reporting.service import corrections
from wfm.reporting.service.agent_facts import count_agents
from wfm.reporting.service.invariants import INVARIANTS
from wfm.reporting.service.wrapup import STAYS_WITH_WRAPUP

#: So many days are counted in one go: bounds memory, and lets other work in between.
DAYS_AT_ONCE = 60

SUM_COLUMNS = """
    offered, answered, abandoned, left_timeout, left_key, left_empty, left_withdrawn, lost, open, refused,
    answered_by_class, abandoned_by_class, wait_s_answered, wait_s_abandoned, longest_wait_s,
    wait_unknown_answered, wait_unknown_unanswered, talk_s, talk_unknown, wrapup_s, wrapup_reported, wrapup_inferred,
    wrapup_inferred_s"""


def _outcomes(*outcomes: str) -> str:
    return ", ".join(f"count(*) FILTER (WHERE s.outcome = '{outcome}')" for outcome in outcomes)


def _classes(outcome: str) -> str:
    return ", ".join(
        f"count(*) FILTER (WHERE s.outcome = '{outcome}' AND s.wait_s <= {limit})" for limit in WAIT_CLASSES
    )


#: Sums over stays `s`, in the order of SUM_COLUMNS. The longest wait is that of stays whose end was seen.
_SUMS = f"""
    count(*) FILTER (WHERE s.outcome <> 'refused'),
    {_outcomes("answered", "abandoned", "timeout", "key", "empty", "withdrawn", "lost", "open", "refused")},
    ARRAY[{_classes("answered")}], ARRAY[{_classes("abandoned")}],
    coalesce(sum(s.wait_s) FILTER (WHERE s.outcome = 'answered'), 0),
    coalesce(sum(s.wait_s) FILTER (WHERE s.outcome = 'abandoned'), 0),
    max(s.wait_s), count(*) FILTER (WHERE s.outcome = 'answered' AND s.wait_s IS NULL),
    count(*) FILTER (WHERE s.outcome NOT IN ('answered', 'lost', 'open', 'refused') AND s.wait_s IS NULL),
    coalesce(sum(s.talk_s), 0), count(*) FILTER (WHERE s.outcome = 'answered' AND s.talk_s IS NULL),
    coalesce(sum(s.wrapup), 0), count(*) FILTER (WHERE s.wrapup_source = 'reported'),
    count(*) FILTER (WHERE s.wrapup_source = 'inferred'),
    coalesce(sum(s.wrapup) FILTER (WHERE s.wrapup_source = 'inferred'), 0)"""


def _or_nothing(column: str) -> str:
    if column == "longest_wait_s":
        return column
    nothing = f"array_fill(0, ARRAY[{len(WAIT_CLASSES)}])" if column.endswith("_by_class") else "0"
    return f"coalesce({column}, {nothing})"


#: The same columns, also for an interval or a day in which no stay entered.
_SUMS_OR_NOTHING = ", ".join(map(_or_nothing, SUM_COLUMNS.replace(",", "").split()))

#: Neighbouring days are read as well: talk and wrap-up of the day before may reach into those to count.
_STAYS = f"CREATE TEMP TABLE counted ON COMMIT DROP AS {STAYS_WITH_WRAPUP}"

_INTERVALS = f"""
    WITH entry AS (
      SELECT date_bin('15 minutes', s.entered_at, 'epoch') AS starts_at, s.queue, s.day, {_SUMS}
      FROM counted s WHERE s.day = ANY(%(days)s) AND s.queue <> '' GROUP BY 1, 2, 3
    ), present AS (
      SELECT * FROM agent_span
      WHERE starts_at >= %(from)s::timestamptz - interval '24 hours' AND starts_at < %(to)s
      UNION ALL  -- the few long ones have an index of their own, so that a day's count need not read all history
      SELECT * FROM agent_span
      WHERE starts_at < %(from)s::timestamptz - interval '24 hours'
        AND (ends_at IS NULL OR ends_at - starts_at > interval '24 hours')
    ), busy AS (
      SELECT queue, answered_at AS origin, answered_at AS a, talk_ended_at AS b, 'talk' AS what
      FROM counted WHERE talk_s > 0
      UNION ALL
      SELECT queue, talk_ended_at, talk_ended_at, talk_ended_at + make_interval(secs => wrapup), 'wrapup'
      FROM counted WHERE wrapup > 0
      UNION ALL
      SELECT p.queue, p.starts_at, greatest(p.starts_at, %(from)s), least(coalesce(p.ends_at, w.watermark), %(to)s),
             p.state
      FROM present p JOIN (SELECT system_id, max(watermark) AS watermark FROM source GROUP BY 1) w USING (system_id)
      WHERE p.queue <> '' AND coalesce(p.ends_at, w.watermark) > %(from)s
    ), pieces AS (
      SELECT queue, what, origin, a, b,
             generate_series(date_bin('15 minutes', a, 'epoch'), b - interval '1 microsecond', '15 minutes') AS quarter
      FROM busy
    ), lengths AS (  -- in whole seconds since the origin, so that the pieces of a talk sum up to it
      SELECT queue, what, quarter, date_trunc('second', least(b, quarter + interval '15 minutes') - origin)
                                   - date_trunc('second', greatest(a, quarter) - origin) AS length
      FROM pieces
    ), here AS MATERIALIZED (
      SELECT quarter AS starts_at, queue, quarter::date AS day,
             sum(length) FILTER (WHERE what = 'talk') AS talk,
             sum(length) FILTER (WHERE what = 'wrapup') AS wrapup,
             sum(length) FILTER (WHERE what IN ('ready', 'paused')) AS staffed,
             sum(length) FILTER (WHERE what = 'paused') AS paused
      FROM lengths GROUP BY 1, 2
    )
    INSERT INTO fact_interval (starts_at, queue, day, {SUM_COLUMNS},
                               talk_here_s, wrapup_here_s, staffed_here_s, paused_here_s)
    SELECT coalesce(e.starts_at, h.starts_at), coalesce(e.queue, h.queue), coalesce(e.day, h.day), {_SUMS_OR_NOTHING},
           coalesce(extract(epoch FROM talk), 0), coalesce(extract(epoch FROM wrapup), 0),
           coalesce(extract(epoch FROM staffed), 0), coalesce(extract(epoch FROM paused), 0)
    FROM (SELECT * FROM entry) AS e (starts_at, queue, day, {SUM_COLUMNS})
    FULL JOIN (SELECT * FROM here WHERE day = ANY(%(days)s)) h ON h.starts_at = e.starts_at AND h.queue = e.queue
"""

#: Seconds logged on and paused, of days before agents' states are known: as they were counted then.
_KEPT = """CREATE TEMP TABLE kept ON COMMIT DROP AS
    SELECT starts_at, queue, day, staffed_here_s, paused_here_s FROM fact_interval
    WHERE day = ANY(%(days)s) AND day < (SELECT known_from FROM agent_history) AND staffed_here_s > 0"""
_PUT_BACK = f"""
    INSERT INTO fact_interval (starts_at, queue, day, {SUM_COLUMNS},
                               talk_here_s, wrapup_here_s, staffed_here_s, paused_here_s)
    SELECT k.starts_at, k.queue, k.day, {_SUMS_OR_NOTHING}, 0, 0, k.staffed_here_s, k.paused_here_s
    FROM kept k LEFT JOIN LATERAL (SELECT {SUM_COLUMNS} FROM fact_interval WHERE false) nothing ON true
    ON CONFLICT (starts_at, queue) DO UPDATE SET
      staffed_here_s = greatest(fact_interval.staffed_here_s, excluded.staffed_here_s),
      paused_here_s = greatest(fact_interval.paused_here_s, excluded.paused_here_s)
"""

#: A call of which some talk is unknown is not known to be short.
_SHORT = ", ".join(
    f"count(*) FILTER (WHERE c.answered AND u.callid IS NULL AND c.talk_s < {limit})" for limit in SHORT_TALK
)

_DAYS = f"""
    WITH stays AS (
      SELECT s.day, coalesce(c.partner, ''), coalesce(c.likely, ''), s.queue, coalesce(c.service, ''), c.method, {_SUMS}
      FROM counted s JOIN call c USING (system_id, callid, nth)
      WHERE s.day = ANY(%(days)s) GROUP BY 1, 2, 3, 4, 5, 6
    ), untold AS (
      SELECT DISTINCT system_id, callid, nth FROM counted WHERE outcome = 'answered' AND talk_s IS NULL
    ), calls AS (
      SELECT c.day, coalesce(c.partner, '') AS partner, coalesce(c.likely, '') AS likely, c.queue,
             coalesce(c.service, '') AS service, c.method, count(*) AS calls,
             count(*) FILTER (WHERE c.answered) AS calls_answered, count(*) FILTER (WHERE c.refused) AS calls_refused,
             sum((c.talk_s + 59) / 60) AS started_minutes, count(*) FILTER (WHERE so.generated) AS generated,
             ARRAY[{_SHORT}] AS answered_calls_by_talk
      FROM call c JOIN source so ON so.id = c.source_id
      LEFT JOIN untold u ON (u.system_id, u.callid, u.nth) = (c.system_id, c.callid, c.nth)
      WHERE c.day = ANY(%(days)s) GROUP BY 1, 2, 3, 4, 5, 6
    )
    INSERT INTO fact_day (day, partner, likely, queue, service, method, {SUM_COLUMNS},
                          calls, calls_answered, calls_refused, started_minutes, generated, answered_calls_by_talk)
    SELECT day, partner, likely, queue, service, method, {_SUMS_OR_NOTHING}, coalesce(calls, 0),
           coalesce(calls_answered, 0), coalesce(calls_refused, 0), coalesce(started_minutes, 0),
           coalesce(generated, 0), coalesce(answered_calls_by_talk, array_fill(0, ARRAY[{len(SHORT_TALK)}]))
    FROM (SELECT * FROM stays) AS s (day, partner, likely, queue, service, method, {SUM_COLUMNS})
    FULL JOIN calls USING (day, partner, likely, queue, service, method)
"""


def recount(session: Session, *, limit: int = DAYS_AT_ONCE) -> int:
    """Count up to `limit` touched days anew, oldest first; returns how many days it were (0: nothing left to do).

    Facts of a closed month stay: what a late event would change of them waits as a correction.
    """
    write_touched_days(session)
    taken = (
        cursor(session)
        .execute(
            f"""DELETE FROM touched_day
                WHERE day IN (SELECT day FROM touched_day ORDER BY day LIMIT %s FOR UPDATE SKIP LOCKED)
                RETURNING day, {in_closed_month("day")}, {in_final_month("day")}""",
            (limit,),
        )
        .fetchall()
    )
    if days := sorted(day for day, closed, _ in taken if not closed):
        count_days(session, days)
    # Calls of a final month may be gone: nothing is left to compare its facts with.
    if closed_days := sorted(day for day, closed, final in taken if closed and not final):
        _compare_closed(session, closed_days)
    return len(taken)


def _compare_closed(session: Session, days: Sequence[date]) -> None:
    """Count days of closed months on trial, and keep as corrections in what they differ from what was frozen."""
    with corrections.frozen(session, days):
        trial = session.begin_nested()
        count_days(session, days)
        found = corrections.differences(session, days)
        trial.rollback()
    corrections.replace_waiting(session, days, found)


def count_days(session: Session, days: Sequence[date]) -> None:
    """Count the facts of these days anew and check that they agree."""
    db = cursor(session)
    read = sorted({day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)})
    first, last = min(days), max(days)
    parameters = {"days": list(days), "read": read, "from": first, "to": last + timedelta(days=1)}
    db.execute("SET LOCAL work_mem = '64MB'")  # sorts and sums of two months without files
    db.execute("SET LOCAL timezone = 'Europe/Berlin'")  # so that a day in the parameters begins at midnight in Berlin
    db.execute(_STAYS, parameters)
    db.execute(_KEPT, parameters)
    db.execute("DELETE FROM fact_interval WHERE day = ANY(%(days)s)", parameters)
    db.execute(_INTERVALS, parameters)
    db.execute(_PUT_BACK)
    db.execute("DELETE FROM fact_day WHERE day = ANY(%(days)s)", parameters)
    db.execute(_DAYS, parameters)
    count_agents(session, parameters)
    db.execute("DELETE FROM broken_invariant WHERE day = ANY(%(days)s)", parameters)
    for rule, query in INVARIANTS.items():
        broken = db.execute(query, parameters).fetchall()
        db.executemany(
            "INSERT INTO broken_invariant (day, rule, detail) VALUES (%s, %s, %s)",
            [(day, rule, f"{queue or '-'}: {one} against {other}") for day, queue, one, other in broken],
        )
    db.execute("DROP TABLE counted, kept")
    db.execute("SET LOCAL timezone = 'UTC'")
