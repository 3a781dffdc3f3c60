"""Opening hours: the usual week and special days, of the whole centre or of one queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import Sentence
from wfm.directory.models import OpeningHours, Queue, SpecialDay
from wfm.directory.rules import cells
from wfm.directory.rules.calendar import WEEKDAYS, Period, Periods, join_periods, periods_text
from wfm.directory.rules.dated import Validity
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, Wanted, plan_dated

COLUMNS = (
    Column("queue", cells.text),
    Column("weekday", cells.weekday),
    Column("day", cells.day),
    Column("opens", cells.minute_of_day, required=True),
    Column("closes", cells.minute_of_day, required=True),
    Column("name", cells.text),
    Column("valid_from", cells.day),
    Column("valid_to", cells.day),
)


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A row is one period of a weekday or of a special day; without times: closed. No queue: the whole centre."""
    queues = set(session.scalars(select(Queue.name)))
    week: dict[tuple[Any, Validity], list[Row]] = {}
    special: dict[tuple[str | None, Any], list[Row]] = {}
    for row in rows:
        if row["queue"] is not None and not draft.known(row, "queue", queues, "Warteschlange"):
            continue
        if (row["weekday"] is None) == (row["day"] is None):
            draft.error(row, "weekday", "entweder weekday oder day angeben")
        elif row["day"] is not None:
            if row["valid_from"] or row["valid_to"]:
                draft.error(row, "valid_from", "gilt nicht für besondere Tage (day)")
            else:
                special.setdefault((row["queue"], row["day"]), []).append(row)
        elif row["name"]:
            draft.error(row, "name", "gilt nur für besondere Tage (day)")
        elif validity := draft.validity(row):
            week.setdefault(((row["queue"], row["weekday"]), validity), []).append(row)
    _plan_week(session, draft, week)
    _plan_special_days(session, draft, special)


def _plan_week(session: Session, draft: Draft, week: dict[tuple[Any, Validity], list[Row]]) -> None:
    wanted: list[Wanted] = []
    for (key, validity), rows in week.items():
        periods = _periods(draft, rows)
        if periods is not None:
            wanted.append((rows[0].line, key, validity, periods))
    plan_dated(
        session,
        draft,
        OpeningHours,
        ("queue", "weekday", "periods"),
        wanted,
        lambda key, periods: f"{key[0] or 'Zentrum'} {WEEKDAYS[key[1]]} {periods_text(periods)}",
    )
    for rows in week.values():
        draft.same_line(rows[0].line, (row.line for row in rows))


def _plan_special_days(session: Session, draft: Draft, special: dict[tuple[str | None, Any], list[Row]]) -> None:
    known = {(entry.queue, entry.day): entry for entry in session.scalars(select(SpecialDay))}
    for (queue, day), rows in special.items():
        line, name = rows[0].line, rows[0]["name"] or ""
        for row in rows[1:]:
            if (row["name"] or "") != name:
                draft.error(row, "name", Sentence("widerspricht Zeile %(line)s", line=line))
        periods = _periods(draft, rows)
        if periods is None:
            continue
        words = f"{queue or 'Zentrum'} {day} {name} {periods_text(periods)}".replace("  ", " ")
        entry = known.get((queue, day))
        if entry is None:
            draft.add(line, words, SpecialDay(queue=queue, day=day, name=name, periods=periods))
        elif (entry.name, entry.periods) != (name, periods):
            was = f"{entry.name} {periods_text(entry.periods)}".strip()
            draft.change(line, f"{words} (vorher {was})", entry, name=name, periods=periods)
        draft.same_line(line, (row.line for row in rows))


def _periods(draft: Draft, rows: Sequence[Row]) -> Periods | None:
    """The periods that the rows of one day give together; None after noting an error."""
    periods: list[Period] = []
    for row in rows:
        opens, closes = row["opens"], row["closes"]
        if (opens is None) != (closes is None):
            draft.error(row, "closes" if closes is None else "opens", "fehlt")
            return None
        if opens is None:
            if len(rows) > 1:
                draft.error(
                    row,
                    "opens",
                    Sentence("fehlt (geschlossen), aber Zeile %(line)s nennt Zeiten", line=_other(rows, row).line),
                )
                return None
            return ()
        if closes <= opens:
            draft.error(row, "closes", "liegt nicht nach dem Öffnen")
            return None
        try:
            periods = list(join_periods([*periods, Period(opens, closes)]))
        except ValueError as reason:
            draft.error(row, "opens", reason.args[0])
            return None
    return tuple(periods)


def _other(rows: Sequence[Row], row: Row) -> Row:
    return next(other for other in rows if other is not row)
