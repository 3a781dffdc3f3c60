"""Stays with their wrap-up: what facts of queues and of agents are both counted from."""

from __future__ import annotations

_STAY = """system_id, callid, nth, stay_no, day, queue, agent, entered_at, outcome, answered_at, talk_ended_at,
           wait_s, talk_s"""

#: Stays of the days to read, with their wrap-up: as reported; else, where the queue has a configured wrap-up time, that
#: time cut off at the agent's next call, pause, end of a pause or leaving (the log itself has no wrap-up event). In a
#: closed month the times hold that were configured when it closed (`month.versions`). Once the agent is a pseudonym
#: that can't be told any more: then what was kept holds.
STAYS_WITH_WRAPUP = f"""
    WITH s AS MATERIALIZED (
      SELECT s.*, s.answered_at + make_interval(secs => s.talk_s) AS talk_ended_at,
             CASE WHEN s.talk_s IS NOT NULL AND s.agent IS NOT NULL AND q.wrapup_s > 0 AND k.wrapup_s IS NULL
                  THEN q.wrapup_s END AS wrapup_max, k.wrapup_s AS kept
      FROM stay s LEFT JOIN month m ON m.state = 'closed' AND m.month = date_trunc('month', s.day::timestamp)::date
      LEFT JOIN LATERAL (
        SELECT CASE WHEN m.versions IS NULL THEN queue.wrapup_s ELSE (m.versions -> 'wrapup_s' ->> queue.name)::int END
               AS wrapup_s FROM queue WHERE queue.name = s.queue) q ON true
      LEFT JOIN kept_wrapup k ON (k.system_id, k.callid, k.nth, k.stay_no) = (s.system_id, s.callid, s.nth, s.stay_no)
                             AND k.answered_at = s.answered_at
      WHERE s.day = ANY(%(read)s)
    ), followed AS (
      SELECT s.*, lead(s.answered_at) OVER (PARTITION BY s.system_id, s.agent ORDER BY s.answered_at) AS next_call
      FROM s WHERE s.answered_at IS NOT NULL AND s.agent IS NOT NULL
        AND EXISTS (SELECT FROM s WHERE wrapup_max IS NOT NULL)
    ), inferred AS (
      SELECT f.*, (SELECT min(c.at) FROM agent_span p, LATERAL (
                     SELECT p.starts_at WHERE p.state = 'paused' UNION ALL SELECT p.ends_at) AS c (at)
                   WHERE p.system_id = f.system_id AND p.agent = f.agent
                     AND p.starts_at >= f.talk_ended_at - interval '24 hours'
                     AND p.starts_at < f.talk_ended_at + make_interval(secs => f.wrapup_max)
                     AND c.at >= f.talk_ended_at
                     AND c.at < f.talk_ended_at + make_interval(secs => f.wrapup_max)) AS next_change
      FROM followed f WHERE wrapup_max IS NOT NULL
    )
    SELECT {_STAY}, coalesce(wrapup_s, kept, 0) AS wrapup,
           CASE WHEN wrapup_s IS NOT NULL THEN 'reported' WHEN kept IS NOT NULL THEN 'inferred' ELSE 'none' END
             AS wrapup_source
    FROM s WHERE wrapup_max IS NULL
    UNION ALL
    SELECT {_STAY}, coalesce(
             wrapup_s,
             greatest(0, least(wrapup_max, extract(epoch FROM least(next_call, next_change) - talk_ended_at)::int))),
           CASE WHEN wrapup_s IS NULL THEN 'inferred' ELSE 'reported' END
    FROM inferred
"""
