"""What the telephone system names and the directory does not know: numbers, queues, words for services.

Nothing is lost by it (the calls are counted, as unattributed), and an import attributes calls of open months anew.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from wfm.core.db import cursor
from wfm.core.intervals import Days
from wfm.directory.rules.numbers import SHARED_NUMBERS
from wfm.reporting.completeness import find_gaps

#: kind -> how often each name occurs in calls of some days, most often first.
_QUERIES = {
    "number": """
        SELECT dialled, count(*), min(day), max(day), bool_or(generated) FROM call JOIN source ON source.id = source_id
        WHERE day >= %(first)s AND day < %(last)s AND dialled <> '' AND method <> 'dialled_number'
          AND dialled <> ALL(%(shared)s)
        GROUP BY 1 ORDER BY 2 DESC, 1""",
    "queue": """
        SELECT s.queue, count(*), min(s.day), max(s.day), bool_or(generated)
        FROM stay s JOIN call USING (system_id, callid, nth) JOIN source ON source.id = source_id
        WHERE s.day >= %(first)s AND s.day < %(last)s AND s.queue IN (SELECT name FROM queue WHERE NOT mapped)
        GROUP BY 1 ORDER BY 2 DESC, 1""",
    "service": """
        SELECT tag, count(*), min(day), max(day), bool_or(generated) FROM call JOIN source ON source.id = source_id
        WHERE day >= %(first)s AND day < %(last)s AND tag <> '' AND service IS NULL
        GROUP BY 1 ORDER BY 2 DESC, 1""",
}


#: Who answered and is no name that the directory has. How much each one did is nobody's business here.
_AGENTS = """
    SELECT sy.name, s.agent, min(s.day), max(s.day)
    FROM stay s JOIN system sy ON sy.id = s.system_id
    WHERE s.day >= %(first)s AND s.day < %(last)s AND s.agent <> '' AND s.agent <> 'NONE'
      AND NOT EXISTS (SELECT FROM agent_alias a WHERE a.system = sy.name AND s.agent IN (a.alias, a.agent))
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def unmapped_agents(session: Session, days: Days) -> list[dict[str, Any]]:
    """What telephone systems called those who answered in these days, where no alias says which person it is.

    Names of persons: for whoever maps them only, and every look is noted in the audit trail.
    """
    found = cursor(session).execute(_AGENTS, {"first": days.start, "last": days.end}).fetchall()
    return [{"system": system, "name": name, "first": first, "last": last} for system, name, first, last in found]


def unmapped_report(session: Session, days: Days) -> dict[str, Any]:
    """Numbers, queues and service words of these days that no mapping knows, with how often and when they occurred.

    Calls of its gaps are not among them yet. `names` says how many there are of each kind; `generated`: simulated calls
    are among those that a name occurred in.
    """
    parameters = {"first": days.start, "last": days.end, "shared": sorted(SHARED_NUMBERS)}
    rows = [
        {
            "kind": kind,
            "name": name,
            "count": count,
            "first": first.isoformat(),
            "last": last.isoformat(),
            "generated": generated,
        }
        for kind, query in _QUERIES.items()
        for name, count, first, last, generated in cursor(session).execute(query, parameters).fetchall()
    ]
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "complete": not gaps,
        "gaps": gaps,
        "generated": any(row["generated"] for row in rows),
        "names": {kind: sum(row["kind"] == kind for row in rows) for kind in _QUERIES},
        "rows": rows,
    }
