"""What stands against closing a month: everything by which its figures may still move, or may be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.errors import Sentence
from wfm.core.intervals import Month
from wfm.directory.rules.numbers import SHARED_NUMBERS
from wfm.reporting.completeness import find_gaps
from wfm.reporting.rules.closing import Obstacle

#: Kinds of gaps that are obstacles as they are; the rest is asked for below, more strictly.
_GAPS = ("missing", "never", "unprojected")

#: Each gives what of its kind there is, and how many. A line that nobody can read belongs to all months from its
#: readable neighbour before it to the one after it, whatever the reason is.
_QUERIES = {
    "earlier_open": """
        SELECT to_char(month, 'YYYY-MM'), count(*) FROM (
          SELECT date_trunc('month', day::timestamp)::date AS month FROM fact_day WHERE day < :first GROUP BY 1) used
        WHERE NOT EXISTS (SELECT FROM month m WHERE m.month = used.month AND m.state = 'closed')
        GROUP BY 1 ORDER BY 1""",
    "uncounted": "SELECT '', count(*) FROM touched_day WHERE day < :end HAVING count(*) > 0",
    "mapping": "SELECT '', count(*) FROM mapping_change WHERE NOT done AND since < :end HAVING count(*) > 0",
    "unreadable": """
        SELECT so.name, count(*) FROM quarantine q
        JOIN stream st ON st.id = q.stream_id JOIN source so ON so.id = st.source_id
        WHERE q.state IN ('open', 'dropped') AND coalesce(q.after_at, q.before_at, q.received_at) < :to
          AND coalesce(q.before_at, q.after_at, q.received_at) >= :from GROUP BY 1 ORDER BY 1""",
    "broken": """
        SELECT rule, count(*) FROM broken_invariant WHERE day >= :first AND day < :end GROUP BY 1 ORDER BY 1""",
    "open_calls": "SELECT '', count(*) FROM call WHERE open AND day >= :first AND day < :end HAVING count(*) > 0",
    "queue": """
        SELECT s.queue, count(*) FROM stay s JOIN queue q ON q.name = s.queue
        WHERE s.day >= :first AND s.day < :end AND NOT q.mapped GROUP BY 1 ORDER BY 2 DESC, 1""",
    "number": """
        SELECT dialled, count(*) FROM call
        WHERE day >= :first AND day < :end AND dialled <> '' AND method <> 'dialled_number'
          AND dialled <> ALL(:shared) GROUP BY 1 ORDER BY 2 DESC, 1""",
}
#: What stands against closing, for people.
TEXTS = {
    "missing": "Ereignisse von %(key)s sind verloren: %(count)s Lücken.",
    "never": "%(count)s Anrufe kamen bei %(key)s nie an; nur eine nachrangige Quelle kennt sie.",
    "unprojected": "%(count)s Rohereignisse von %(key)s sind noch nicht ausgewertet.",
    "earlier_open": "Der Monat %(key)s davor ist noch offen.",
    "uncounted": "%(count)s Tage werden noch gezählt.",
    "mapping": "%(count)s geänderte Zuordnungen sind noch nicht angewandt.",
    "unreadable": "%(count)s Zeilen von %(key)s sind nicht lesbar (Quarantäne).",
    "broken": "Summen stimmen an %(count)s Stellen nicht überein: %(key)s.",
    "open_calls": "%(count)s Anrufe sind noch nicht zu Ende.",
    "queue": "Die Warteschlange %(key)s steht nicht im Verzeichnis: %(count)s Aufenthalte.",
    "number": "Die Rufnummer %(key)s ist niemandem zugeordnet: %(count)s Anrufe.",
}


def find_obstacles(session: Session, month: Month) -> list[Obstacle]:
    """All that stands against closing a month, what nobody may answer for first. None means it may be closed."""
    found = [*_not_over(month), *_of_gaps(session, month), *_of_queries(session, month)]
    return sorted(found, key=lambda obstacle: obstacle.may_be_overridden)


def _not_over(month: Month) -> Iterator[Obstacle]:
    if berlin_day(now()) < month.next.first:
        last = f"{month.next.first:%d.%m.%Y}"
        yield Obstacle("not_over", "", 1, Sentence("Der Monat ist noch nicht zu Ende: erst am %(day)s.", day=last))


def _of_gaps(session: Session, month: Month) -> Iterator[Obstacle]:
    counts: Counter[tuple[str, str]] = Counter()
    for gap in find_gaps(session, month.days.begins_at, month.days.ends_at):
        if gap["kind"] in _GAPS:
            counts[gap["kind"], gap["source"] or ""] += gap["count"]
    for (kind, key), count in counts.items():
        yield Obstacle(kind, key, count, Sentence(TEXTS[kind], key=key, count=count))


def _of_queries(session: Session, month: Month) -> Iterator[Obstacle]:
    days = month.days
    parameters = {
        "first": days.start,
        "end": days.end,
        "from": days.begins_at,
        "to": days.ends_at,
        "shared": sorted(SHARED_NUMBERS),
    }
    for kind, query in _QUERIES.items():
        for key, count in session.execute(text(query), parameters):
            yield Obstacle(kind, key, count, Sentence(TEXTS[kind], key=key, count=count))
