"""Has everything arrived? The ledger by source and quarter of an hour, and the list of gaps that every report carries.

A gap is a stretch of time whose figures may still change, or of which something is known to be missing. No gaps means
complete.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN
from wfm.core.db import cursor
from wfm.core.intervals import Days

#: kind of gap -> what it is, for people.
KINDS = {
    "missing": "Ereignisse sind verloren: {detail}",
    "unreadable": "{count} Zeilen sind nicht lesbar (Quarantäne)",
    "never": "{count} Anrufe kennt nur eine nachrangige Quelle; bei dieser Quelle kamen sie nie an",
    "unprojected": "{count} Rohereignisse sind noch nicht ausgewertet",
    "uncounted": "Der Tag wird noch gezählt",
    "broken": "Summen stimmen nicht überein: {detail}",
}

#: By quarter of an hour, calls unknown to the first source of their system, though it was heard before and after.
_NEVER = """
    SELECT first.id AS source_id, first.name, missed.*
    FROM (SELECT DISTINCT ON (so.system_id) so.system_id, so.id, so.name,
                 min(st.first_at) OVER w AS heard_from, max(st.last_at) OVER w AS heard_to
          FROM source so JOIN stream st ON st.source_id = so.id WHERE st.first_at IS NOT NULL
            AND EXISTS (SELECT FROM source other WHERE other.system_id = so.system_id AND other.id <> so.id)
          WINDOW w AS (PARTITION BY so.id) ORDER BY so.system_id, so.rank, so.id) first
    CROSS JOIN LATERAL (  -- so that systems of one source, nearly all, read no call at all
      SELECT min(c.started_at) AS starts_at, max(c.started_at) AS ends_at, count(*) AS count FROM call c
      WHERE c.system_id = first.system_id AND c.source_id <> first.id
        AND c.started_at BETWEEN first.heard_from AND first.heard_to AND c.day >= %(first)s AND c.day < %(last)s
      GROUP BY date_bin('15 minutes', c.started_at, 'epoch')) missed
"""

_GAPS = f"""
    SELECT so.name AS source, g.starts_at, g.ends_at, 'missing' AS kind, 1 AS count, g.detail
    FROM gap g JOIN source so ON so.id = g.source_id
    WHERE g.starts_at < %(to)s AND coalesce(g.ends_at, 'infinity') > %(from)s
  UNION ALL
    SELECT so.name, min(q.starts_at), max(q.ends_at), 'unreadable', count(*), string_agg(DISTINCT q.reason, ', ')
    FROM (SELECT stream_id, reason, coalesce(after_at, before_at, received_at) AS starts_at,
                 coalesce(before_at, after_at, received_at) AS ends_at
          FROM quarantine WHERE state IN ('open', 'dropped') AND reason <> 'unknown_event') q
    JOIN stream st ON st.id = q.stream_id JOIN source so ON so.id = st.source_id
    WHERE q.starts_at < %(to)s AND q.ends_at >= %(from)s
    GROUP BY so.name, date_bin('15 minutes', q.starts_at, 'epoch')
  UNION ALL
    SELECT name, starts_at, ends_at, 'never', count, '' FROM ({_NEVER}) unknown
  UNION ALL
    SELECT so.name, st.last_at, NULL, 'unprojected',
           (SELECT count(*) FROM raw_event r WHERE r.stream_id = st.id AND r.position >= st.projected), st.name
    FROM stream st JOIN source so ON so.id = st.source_id  -- of which nothing was read yet may tell of any time
    WHERE st.projected < st.position AND coalesce(st.last_at, '-infinity') < %(to)s
  UNION ALL
    SELECT NULL, day::timestamp AT TIME ZONE 'Europe/Berlin', (day + 1)::timestamp AT TIME ZONE 'Europe/Berlin',
           'uncounted', 1, ''
    FROM touched_day WHERE day >= %(first)s AND day < %(last)s
  UNION ALL
    SELECT NULL, day::timestamp AT TIME ZONE 'Europe/Berlin', (day + 1)::timestamp AT TIME ZONE 'Europe/Berlin',
           'broken', count(*), string_agg(rule || ' (' || detail || ')', '; ')
    FROM broken_invariant WHERE day >= %(first)s AND day < %(last)s GROUP BY day
  ORDER BY 2, 1, 4
"""


def find_gaps(session: Session, starts_at: datetime, ends_at: datetime) -> list[dict[str, Any]]:
    """The gaps that touch `[starts_at, ends_at)`: source (None: the count itself), kind, and a sentence for people."""
    parameters = {
        "from": starts_at,
        "to": ends_at,
        "first": starts_at.astimezone(BERLIN).date(),
        "last": ends_at.astimezone(BERLIN).date(),
    }
    return [
        {
            "source": source,
            "start": begin and begin.astimezone(BERLIN).isoformat(),
            "end": end and end.astimezone(BERLIN).isoformat(),
            "kind": kind,
            "count": count,
            "text": KINDS[kind].format(count=count, detail=detail),
        }
        for source, begin, end, kind, count, detail in cursor(session).execute(_GAPS, parameters).fetchall()
    ]


_LEDGER = f"""
    WITH repeated AS (
      SELECT source_id, date_bin('15 minutes', started_at, 'epoch') AS starts_at, sum(twice) AS twice
      FROM call WHERE day >= %(first)s AND day < %(last)s AND twice > 0 GROUP BY 1, 2
    ), unread AS (
      SELECT st.source_id, count(*) AS unreadable,
             date_bin('15 minutes', coalesce(q.after_at, q.before_at, q.received_at), 'epoch') AS starts_at
      FROM quarantine q JOIN stream st ON st.id = q.stream_id WHERE q.state = 'open' GROUP BY 1, 3
    ), missing AS (
      SELECT source_id, date_bin('15 minutes', starts_at, 'epoch') AS starts_at, count AS never FROM ({_NEVER}) unknown
    )
    SELECT so.name, starts_at, coalesce(a.arrived, 0), coalesce(a.late, 0), coalesce(r.twice, 0)::int,
           coalesce(m.never, 0)::int, coalesce(u.unreadable, 0)::int, coalesce(a.restarted, 0), so.generated
    FROM activity a FULL JOIN repeated r USING (source_id, starts_at) FULL JOIN unread u USING (source_id, starts_at)
    FULL JOIN missing m USING (source_id, starts_at) JOIN source so ON so.id = source_id
    WHERE starts_at >= %(from)s AND starts_at < %(to)s ORDER BY so.name, starts_at
"""
LEDGER_COLUMNS = ("arrived", "late", "twice", "never", "unreadable", "restarted")


def completeness_report(session: Session, days: Days) -> dict[str, Any]:
    """The ledger of some days: what arrived by source and quarter of an hour, totals by source, and the gaps.

    `generated`: a source among them is simulated.
    """
    parameters = {"from": days.begins_at, "to": days.ends_at, "first": days.start, "last": days.end}
    rows = []
    totals: dict[str, dict[str, Any]] = {}
    generated = False
    for source, starts_at, *counts, simulated in cursor(session).execute(_LEDGER, parameters).fetchall():
        generated |= simulated
        row = dict(zip(LEDGER_COLUMNS, counts, strict=True))
        rows.append({"source": source, "start": starts_at.astimezone(BERLIN).isoformat(), **row})
        total = totals.setdefault(source, {"source": source} | dict.fromkeys(LEDGER_COLUMNS, 0))
        for name, count in row.items():
            total[name] += count
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "complete": not gaps,
        "gaps": gaps,
        "generated": generated,
        "rows": rows,
        "totals": list(totals.values()),
    }
