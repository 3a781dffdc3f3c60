"""Counting what each agent did by day, in the same run as the other facts and from the same stays.

Two ledgers, as everywhere: answers, talk and wrap-up count with the call, on the day it entered the queue, so they
agree with the facts of queues. How the time logged on was spent is true to the clock.

A person's state at a moment is the most occupied over all queues: talking, wrapping up, ready, paused. So nobody is
paused who is still ready in one queue, and nobody rests while talking. Time in two queues counts once. Logged on to an
agent pool (a queue without a name) means ready only where nothing else is known; a pause that names no queue holds for
all of them. Where queues were paused for different reasons, the one told last counts.

Days before `agent_history.whole_from` are not counted again: what would come out is less than what was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.queues.service.projection import touch_days
from wfm.reporting.models import in_closed_month

#: Names by which telephone systems may tell of a person. The name that aliases stand for may be a system's own, too.
_ALIASES = """
    (SELECT system, alias, agent, valid FROM agent_alias
     UNION ALL
     SELECT DISTINCT system, agent, agent, daterange(NULL, NULL) FROM agent_alias n
     WHERE NOT EXISTS (SELECT FROM agent_alias o WHERE o.system = n.system AND o.alias = n.agent))"""

#: Who `t.agent` of system `sy` was on `t.day`: the alias table's name for a person, else the telephone system's.
_PERSON = """coalesce(a.agent, t.agent, '') AS agent, CASE WHEN a.agent IS NULL THEN sy.name ELSE '' END AS system,
             t.agent AS name, sy.id NOT IN (SELECT system_id FROM source WHERE NOT generated) AS generated"""
_NAMED = f"""
    JOIN system sy ON sy.id = t.system_id
    LEFT JOIN {_ALIASES} a ON a.system = sy.name AND a.alias = t.agent AND a.valid @> t.day"""

#: Rows that may be counted and written, since nothing of their day has gone; simulated persons lose nothing.
_WHOLE = "(generated OR day >= coalesce((SELECT whole_from FROM agent_history), '-infinity'))"

_CALLS = f"""
    INSERT INTO fact_agent_calls (day, agent, system, queue, names, generated, answered, talk_s, talk_unknown, wrapup_s)
    SELECT day, agent, system, queue, array_remove(array_agg(DISTINCT name ORDER BY name), NULL), bool_and(generated),
           count(*), coalesce(sum(talk_s), 0), count(*) FILTER (WHERE talk_s IS NULL), coalesce(sum(wrapup), 0)
    FROM (SELECT {_PERSON}, t.day, t.queue, t.talk_s, t.wrapup FROM counted t {_NAMED}
          WHERE t.outcome = 'answered' AND t.day = ANY(%(days)s)) answered
    WHERE {_WHOLE} GROUP BY 1, 2, 3, 4 ON CONFLICT DO NOTHING
"""


def _each(expression: str) -> str:
    """An SQL expression for each of the six states."""
    return ", ".join(map(expression.format, range(1, 7)))


def _seconds(times: str) -> str:
    """The whole seconds in an SQL set of times."""
    return f"(SELECT coalesce(round(extract(epoch FROM sum(upper(r) - lower(r)))), 0) FROM unnest({times}) r)"


#: States by how occupied they are: 1 talking, 2 wrapping up, 3 paused everywhere, 4 ready in a queue, 5 paused in a
#: queue, 6 logged on to a pool. From 3 on somebody is logged on. When a person was in each is a set of times; what was
#: spent more occupied is taken away from it, and from a pause the pauses told later.
_TIME = f"""
    WITH told AS (
      SELECT p.system_id, p.agent, p.queue, p.reason, p.starts_at, coalesce(p.ends_at, w.watermark) AS ends_at,
             CASE WHEN p.state = 'paused' THEN CASE p.queue WHEN '' THEN 3 ELSE 5 END
                  ELSE CASE p.queue WHEN '' THEN 6 ELSE 4 END END AS state
      FROM agent_span p JOIN (SELECT system_id, max(watermark) AS watermark FROM source GROUP BY 1) w USING (system_id)
      WHERE p.starts_at < %(to)s AND (p.starts_at >= %(from)s::timestamptz - interval '24 hours'
                                      OR p.ends_at IS NULL OR p.ends_at - p.starts_at > interval '24 hours')
      UNION ALL SELECT system_id, agent, '', '', answered_at, talk_ended_at, 1
                FROM counted WHERE talk_s > 0 AND agent IS NOT NULL
      UNION ALL SELECT system_id, agent, '', '', talk_ended_at, talk_ended_at + make_interval(secs => wrapup), 2
                FROM counted WHERE wrapup > 0 AND agent IS NOT NULL
    ), t AS (  -- cut at midnights: the session's time zone is Berlin's
      SELECT *, tstzrange(starts_at, greatest(starts_at, ends_at))
                * tstzrange(day::timestamptz, (day + 1)::timestamptz) AS during
      FROM (SELECT *, starts_at::date + generate_series(0, (ends_at - interval '1 microsecond')::date - starts_at::date)
                        AS day FROM told) by_day WHERE day = ANY(%(days)s)
    ), piece AS MATERIALIZED (
      SELECT {_PERSON}, t.day, t.state, t.queue, t.reason, t.starts_at AS told_at, t.during FROM t {_NAMED}
    ), person AS (
      SELECT agent, system, day, bool_and(generated) AS generated, array_agg(DISTINCT name ORDER BY name) AS names,
             array_remove(array_agg(DISTINCT queue ORDER BY queue), '') AS queues,
             {_each("coalesce(range_agg(during) FILTER (WHERE state = {0}), '{{}}') AS in{0}")}
      FROM piece GROUP BY 1, 2, 3
    ), busy AS MATERIALIZED (
      SELECT agent, system, day, generated, names, queues, in3 + in4 + in5 + in6 AS logged_on, in1 AS talking,
             in2 - in1 AS wrapping_up, in3 - in2 - in1 AS paused,
             (in4 + (in6 - in5)) - in3 - in2 - in1 AS ready, in5 - in4 - in3 - in2 - in1 AS paused_in_queue
      FROM person
    ), paused AS (
      SELECT agent, system, day, reason, round(extract(epoch FROM sum(upper(r) - lower(r))))::int AS seconds
      FROM (SELECT agent, system, day, state, reason, during, range_agg(during) OVER later AS told_later
            FROM piece WHERE state IN (3, 5)
            WINDOW later AS (PARTITION BY agent, system, day, state ORDER BY told_at DESC, reason
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) p
      JOIN busy USING (agent, system, day),
      unnest(CASE state WHEN 3 THEN busy.paused ELSE paused_in_queue END * during::tstzmultirange
             - coalesce(told_later, '{{}}')) r
      GROUP BY 1, 2, 3, 4
    ), pauses AS (
      SELECT agent, system, day, jsonb_object_agg(reason, seconds) AS reasons, sum(seconds) AS seconds
      FROM paused GROUP BY 1, 2, 3
    ), spent AS (
      SELECT agent, system, day, generated, names, queues, {_seconds("ready")} AS ready,
             {_seconds("talking * logged_on")} AS talking, {_seconds("wrapping_up * logged_on")} AS wrapping_up
      FROM busy WHERE NOT isempty(logged_on)
    )
    INSERT INTO fact_agent_time (day, agent, system, names, generated, queues, logged_on_s, paused_s,
                                 ready_s, talking_s, wrapping_up_s)
    SELECT day, agent, system, names, generated, queues, coalesce(seconds, 0) + ready + talking + wrapping_up,
           coalesce(reasons, '{{}}'), ready, talking, wrapping_up
    FROM spent LEFT JOIN pauses USING (agent, system, day)
    WHERE {_WHOLE} ON CONFLICT DO NOTHING
"""

#: Days of which a person was known by a name that stands for somebody else now.
_RENAMED = f"""
    SELECT DISTINCT day FROM (
      SELECT day, agent, system, generated, unnest(names) AS name FROM fact_agent_calls
      UNION SELECT day, agent, system, generated, unnest(names) FROM fact_agent_time) f
    WHERE {_WHOLE} AND NOT {in_closed_month("day")} AND CASE WHEN system = ''
      THEN NOT EXISTS (SELECT FROM {_ALIASES} a WHERE a.alias = f.name AND a.agent = f.agent AND a.valid @> f.day)
      ELSE EXISTS (SELECT FROM {_ALIASES} a WHERE a.alias = f.name AND a.system = f.system AND a.valid @> f.day) END
"""


def count_agents(session: Session, parameters: Mapping[str, Any]) -> None:
    """Count the agents of these days anew, from the stays that `facts.count_days` has read."""
    db = cursor(session)
    for table in ("fact_agent_calls", "fact_agent_time"):
        db.execute(f"DELETE FROM {table} WHERE day = ANY(%(days)s) AND {_WHOLE}", parameters)
    db.execute(_CALLS, parameters)
    db.execute(_TIME, parameters)


def touch_renamed(session: Session) -> None:
    """Touch the days of agents whom the directory knows otherwise than when their days were counted."""
    touch_days(session, {day.toordinal() for (day,) in cursor(session).execute(_RENAMED).fetchall()})
