"""The sums of usage in SQL: which there are, and where they stand for a closed month and for an open one."""

from __future__ import annotations

from collections.abc import Iterable

from wfm.reporting.rules.short_calls import SHORT_TALK
from wfm.reporting.rules.waits import WAIT_CLASSES

#: Sums that `fact_day`, `fact_month` and `usage_correction` have alike.
NUMBERS = (
    *("calls", "calls_answered", "calls_refused", "started_minutes", "generated"),
    *("offered", "answered", "abandoned", "left_timeout", "left_key", "left_empty", "left_withdrawn", "lost", "open"),
    *("refused", "wait_s_answered", "wait_s_abandoned", "wait_unknown_answered", "wait_unknown_unanswered"),
    *("talk_s", "talk_unknown", "wrapup_s", "wrapup_reported", "wrapup_inferred", "wrapup_inferred_s"),
)
#: Sums by class, as arrays: how many classes.
BY_CLASS = {
    "answered_by_class": len(WAIT_CLASSES),
    "abandoned_by_class": len(WAIT_CLASSES),
    "answered_calls_by_talk": len(SHORT_TALK),
}
COLUMNS = (*NUMBERS, *BY_CLASS)
#: What `fact_month_partner` keeps of a closed month.
OF_PARTNER = (
    *("calls", "calls_answered", "calls_refused", "offered", "answered", "abandoned", "wait_s_answered"),
    *("wait_unknown_answered", "talk_s", "wrapup_s", "started_minutes", "generated"),
)


def summed(sign: str = "") -> str:
    """All sums added up, each under its own name; `sign` "-" turns them."""
    numbers = [f"sum({sign}{name}) AS {name}" for name in NUMBERS]
    classes = [
        f"ARRAY[{', '.join(f'sum({sign}{name}[{place}])' for place in range(1, count + 1))}]::int[] AS {name}"
        for name, count in BY_CLASS.items()
    ]
    return ", ".join((*numbers, *classes))


def by_month(columns: Iterable[str], first: str, end: str) -> str:
    """Rows of usage with their `month`, partner, likely, service and method, of the months from `first` until `end`.

    Of a closed month what was frozen; of an open one its days. `first` and `end` are SQL for first days of months.
    """
    keys = ", ".join(("partner", "likely", "service", "method", *columns))
    return f"""
      SELECT month, {keys} FROM fact_month WHERE month >= {first} AND month < {end}
      UNION ALL
      SELECT running.month, {keys} FROM {_open_days(first, end)}"""


def by_month_and_partner(columns: Iterable[str], first: str, end: str) -> str:
    """The same added up by partner, of the sums OF_PARTNER only: a row a month and partner."""
    names = tuple(columns)
    return f"""
      SELECT month, partner, {", ".join(names)} FROM fact_month_partner WHERE month >= {first} AND month < {end}
      UNION ALL
      SELECT running.month, partner, {", ".join(f"sum({name})" for name in names)} FROM {_open_days(first, end)}
      GROUP BY 1, 2"""


def _open_days(first: str, end: str) -> str:
    return f"""
      (SELECT CAST(each AS date) AS month
       FROM generate_series(CAST({first} AS timestamp), CAST({end} AS timestamp) - interval '1 day', '1 month') each
       WHERE NOT EXISTS (SELECT FROM month m WHERE m.state = 'closed' AND m.month = CAST(each AS date))) running
      JOIN fact_day f ON f.day >= running.month AND f.day < CAST(running.month + interval '1 month' AS date)"""
