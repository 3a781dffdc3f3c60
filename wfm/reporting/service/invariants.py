"""Sums that must agree on every day, however they were reckoned."""

from __future__ import annotations

#: What must agree on every day; each query gives the days on which it does not. docs/concepts.md tells them in words.
INVARIANTS = {
    "offered = answered + abandoned + left + lost + open": """
        SELECT day, queue, offered, whole
        FROM (SELECT *, answered + abandoned + left_timeout + left_key + left_empty + left_withdrawn + lost + open
                        AS whole FROM fact_interval WHERE day = ANY(%(days)s)) f
        WHERE offered <> whole""",
    "stays by interval = stays by day": """
        SELECT day, queue, coalesce(i.n, 0), coalesce(d.n, 0)
        FROM (SELECT day, queue, sum(offered + refused + answered + talk_s + wrapup_s) AS n
              FROM fact_interval WHERE day = ANY(%(days)s) GROUP BY 1, 2) i
        FULL JOIN (SELECT day, queue, sum(offered + refused + answered + talk_s + wrapup_s) AS n
                   FROM fact_day WHERE day = ANY(%(days)s) AND queue <> '' GROUP BY 1, 2) d USING (day, queue)
        WHERE coalesce(i.n, 0) <> coalesce(d.n, 0)""",
    "talk by entry = talk where it happened": """
        SELECT day, '', coalesce(f.n, 0), coalesce(s.n, 0)
        FROM (SELECT day, sum(talk_here_s) AS n FROM fact_interval WHERE day = ANY(%(days)s) GROUP BY 1) f
        FULL JOIN (
          SELECT day, extract(epoch FROM sum(
                   date_trunc('second', least(talk_ended_at, (day + 1)::timestamptz) - answered_at)
                   - date_trunc('second', greatest(answered_at, day::timestamptz) - answered_at))) AS n
          FROM (SELECT answered_at, talk_ended_at, first + generate_series(0, last - first) AS day
                FROM (SELECT *, answered_at::date AS first, (talk_ended_at - interval '1 microsecond')::date AS last
                      FROM counted WHERE talk_s > 0 AND queue <> '') talk) by_day
          WHERE day = ANY(%(days)s) GROUP BY 1) s USING (day)
        WHERE coalesce(f.n, 0) <> coalesce(s.n, 0)""",
    "calls counted = calls there are": """
        SELECT day, '', coalesce(f.n, 0), coalesce(c.n, 0)
        FROM (SELECT day, sum(calls) AS n FROM fact_day WHERE day = ANY(%(days)s) GROUP BY 1) f
        FULL JOIN (SELECT day, count(*) AS n FROM call WHERE day = ANY(%(days)s) GROUP BY 1) c USING (day)
        WHERE coalesce(f.n, 0) <> coalesce(c.n, 0)""",
    "answers by agent = answers by queue": """
        SELECT day, queue, coalesce(a.n, 0), coalesce(q.n, 0)
        FROM (SELECT day, queue, sum(answered + talk_s + talk_unknown + wrapup_s) AS n FROM fact_agent_calls
              WHERE day = ANY(%(days)s) AND queue <> '' GROUP BY 1, 2) a
        FULL JOIN (SELECT day, queue, sum(answered + talk_s + talk_unknown + wrapup_s) AS n FROM fact_interval
                   WHERE day = ANY(%(days)s) GROUP BY 1, 2) q USING (day, queue)
        WHERE coalesce(a.n, 0) <> coalesce(q.n, 0)
          AND day >= coalesce((SELECT whole_from FROM agent_history), '-infinity')""",
    "time logged on = talking + wrapping up + ready + paused": """
        SELECT day, '', logged_on_s, whole
        FROM (SELECT day, logged_on_s, talking_s + wrapping_up_s + ready_s + (
                       SELECT coalesce(sum(value::int), 0) FROM jsonb_each_text(paused_s)) AS whole
              FROM fact_agent_time WHERE day = ANY(%(days)s)) f
        WHERE logged_on_s <> whole""",
}
