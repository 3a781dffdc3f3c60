"""Corrections of closed months: what counting anew gives beyond what was frozen, and what was accepted on objection.

What was frozen, and all that was booked or waits because of late events, is always what counting the day anew gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service.audit import record
from wfm.core.clock import BERLIN, now
from wfm.core.db import cursor
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken, Sentence
from wfm.core.intervals import Month
from wfm.directory.service import partner_names
from wfm.reporting.models import UsageCorrection
from wfm.reporting.rules.short_calls import SHORT_TALK
from wfm.reporting.usage_sums import BY_CLASS, COLUMNS, NUMBERS, summed

#: Answered calls of less than so many seconds of talk, each as a sum of its own.
SHORTS = tuple(f"short_{limit}" for limit in SHORT_TALK)
#: What people object to, beside short calls.
OBJECTED = ("calls", "calls_answered", "offered", "answered", "talk_s", "started_minutes")
#: What is part of what, each a sum of its own.
_PARTS = {"calls_answered": "calls", "answered": "offered", **dict.fromkeys(SHORTS, "calls_answered")}
_WHOLES = {
    "calls": Sentence("Anrufe"),
    "offered": Sentence("Angebotene"),
    "calls_answered": Sentence("angenommene Anrufe"),
}
_KEYS = "day, partner, likely, queue, service, method"
_ALL = f"{_KEYS}, {', '.join(COLUMNS)}"
#: Whether anything differs.
_ANY = " OR ".join(
    [f"sum({name}) <> 0" for name in NUMBERS]
    + [f"sum({name}[{place}]) <> 0" for name, count in BY_CLASS.items() for place in range(1, count + 1)]
)
_MINUS = ", ".join(
    [f"-{name}" for name in NUMBERS]
    + [f"ARRAY[{', '.join(f'-{name}[{place}]' for place in range(1, n + 1))}]" for name, n in BY_CLASS.items()]
)
_DIFFERENCES = f"""
    SELECT {_KEYS}, {summed()} FROM (
      SELECT {_ALL} FROM fact_day WHERE day = ANY(%(days)s)
      UNION ALL SELECT {_KEYS}, {_MINUS} FROM frozen_day
      UNION ALL SELECT {_KEYS}, {_MINUS} FROM usage_correction
      WHERE day = ANY(%(days)s) AND cause = 'late' AND booked_in IS NOT NULL) told
    GROUP BY {_KEYS} HAVING {_ANY}"""


@contextmanager
def frozen(session: Session, days: Sequence[date]) -> Iterator[None]:
    """While it lasts, the facts of these days as they are now can be compared with a count on trial."""
    db = cursor(session)
    db.execute(
        f"CREATE TEMP TABLE frozen_day ON COMMIT DROP AS SELECT {_ALL} FROM fact_day WHERE day = ANY(%s)", (list(days),)
    )
    yield
    db.execute("DROP TABLE frozen_day")


def differences(session: Session, days: Sequence[date]) -> list[tuple[Any, ...]]:
    """In what the facts of these days differ from what was frozen and booked because of late events."""
    return cursor(session).execute(_DIFFERENCES, {"days": list(days)}).fetchall()


def replace_waiting(session: Session, days: Sequence[date], found: Sequence[tuple[Any, ...]]) -> None:
    """Put what was found in the place of what waited to be booked for these days because of late events."""
    db = cursor(session)
    db.execute(
        "DELETE FROM usage_correction WHERE day = ANY(%s) AND cause = 'late' AND booked_in IS NULL", (list(days),)
    )
    places = ", ".join(["%s"] * (len(COLUMNS) + 6))
    db.executemany(
        f"INSERT INTO usage_correction ({_ALL}, cause, made_at) VALUES ({places}, 'late', %s)",
        [(*row, now()) for row in found],
    )


def book(session: Session, month: Month) -> list[date]:
    """Book in a month that closes all corrections of earlier months that wait; returns the day of each."""
    found = cursor(session).execute(
        "UPDATE usage_correction SET booked_in = %s WHERE booked_in IS NULL AND day < %s RETURNING day",
        (month.first, month.first),
    )
    return [day for (day,) in found.fetchall()]


def accept_objection(
    session: Session, viewer: Viewer, month: Month, partner: str, changes: Mapping[str, int], reason: str
) -> UsageCorrection:
    """Correct a partner's closed month because somebody objected, with the next month that closes.

    `changes` are sums of `fact_day` with their sign; "short_20" is answered calls of less than 20 s of talk. Calls are
    not touched by it, and late events are reckoned as if it were not there.

    Raises RuleBroken for an open month, BadInput for an unknown partner or sum, no change at all, or more taken off
    than is left.
    """
    viewer.require("months.close")
    if partner not in partner_names(session):
        raise BadInput("partner.unknown", "Diesen Partner gibt es nicht.", field="partner")
    if not _lock_closed(session, month):
        raise RuleBroken(
            "correction.open", "Ein offener Monat wird nicht berichtigt: seine Anrufe zählen, wie sie sind."
        )
    if not reason.strip():
        raise BadInput("correction.reason", "Bitte einen Grund angeben.", field="reason")
    changes = {name: value for name, value in changes.items() if value}
    sums = _sums(changes)
    _check_left(session, month, partner, sums)
    correction = UsageCorrection(
        **dict.fromkeys(NUMBERS, 0) | {name: [0] * count for name, count in BY_CLASS.items()} | sums,
        day=month.first,
        partner=partner,
        likely="",
        queue="",
        service="",
        method="unknown",
        cause="objection",
        reason=reason.strip(),
        made_by=viewer.actor,
        made_at=now(),
    )
    session.add(correction)
    session.flush()
    details = {"month": str(month), "partner": partner, **changes}
    record(session, viewer.actor, "month.corrected", object_kind="month", object_id=month, details=details)
    return correction


def withdraw_objection(session: Session, viewer: Viewer, month: Month, number: int) -> dict[str, Any]:
    """Take an accepted objection back, as long as no month has closed with it; returns what it was.

    Raises NotFound where there is none, Conflict for one that is booked, or if another one takes off what it adds.
    """
    viewer.require("months.close")
    _lock_closed(session, month)
    found = session.scalar(
        select(UsageCorrection)
        .where(UsageCorrection.id == number, UsageCorrection.day == month.first, UsageCorrection.cause == "objection")
        .with_for_update()
    )
    if found is None:
        raise NotFound("correction.none", "Diese Berichtigung gibt es nicht.", month=str(month), correction=number)
    if found.booked_in is not None:
        booked = Sentence("Diese Berichtigung ist mit %(month)s schon gebucht.", month=Month.of(found.booked_in))
        raise Conflict("correction.booked", booked)
    sums: dict[str, Any] = {name: -getattr(found, name) for name in NUMBERS}
    sums["answered_calls_by_talk"] = [-count for count in found.answered_calls_by_talk]
    try:
        _check_left(session, month, found.partner, sums)
    except BadInput as error:
        words = "Ohne diese Berichtigung wäre mehr abgezogen als gezählt: Andere ziehen ab, was sie hinzufügt."
        raise Conflict("correction.needed", words) from error
    told = tell_objection(found, partner_names(session))
    session.delete(found)
    details = {"month": str(month), **{name: told[name] for name in ("id", "partner", "reason")}}
    record(session, viewer.actor, "month.correction_withdrawn", object_kind="month", object_id=month, details=details)
    return told


def waiting_objections(session: Session, month: Month, *, closed: bool) -> list[dict[str, Any]]:
    """Accepted objections that no month has closed with yet, the oldest first: to a closed month, or those that closing
    an open one would book."""
    concerned = UsageCorrection.day == month.first if closed else UsageCorrection.day < month.first
    names = partner_names(session)
    return [tell_objection(each, names) for each in session.scalars(_waiting(concerned).order_by(UsageCorrection.id))]


def entered_since(session: Session, month: Month, moment: datetime) -> bool:
    """Whether an objection that closing the month would book was accepted after a moment."""
    newer = _waiting(UsageCorrection.day < month.first).where(UsageCorrection.made_at > moment)
    return session.scalar(newer.limit(1)) is not None


def _waiting(concerned: ColumnElement[bool]) -> Select[UsageCorrection]:
    """Accepted objections that are not booked."""
    is_objection = UsageCorrection.cause == "objection"
    return select(UsageCorrection).where(concerned, is_objection, UsageCorrection.booked_in.is_(None))


def tell_objection(correction: UsageCorrection, names: Mapping[str, str]) -> dict[str, Any]:
    """An accepted objection: its sums with their sign, why, by whom and when."""
    shorts = zip(SHORTS, correction.answered_calls_by_talk, strict=True)
    return {
        "id": correction.id,
        "month": str(Month.of(correction.day)),
        "partner": correction.partner,
        "name": names.get(correction.partner, correction.partner),
        **{name: getattr(correction, name) for name in OBJECTED},
        **dict(shorts),
        "reason": correction.reason,
        "made_by": correction.made_by,
        "made_at": correction.made_at.astimezone(BERLIN).isoformat(),
    }


def _lock_closed(session: Session, month: Month) -> bool:
    """Whether the month is closed. Nobody else corrects it until this transaction ends."""
    locked = cursor(session).execute(
        "SELECT FROM month WHERE month = %s AND state = 'closed' FOR UPDATE", (month.first,)
    )
    return bool(locked.rowcount)


def _sums(changes: Mapping[str, int]) -> dict[str, Any]:
    if unknown := sorted(changes.keys() - set(NUMBERS) - set(SHORTS)):
        raise BadInput(
            "correction.unknown", Sentence("Diese Summe gibt es nicht: %(names)s.", names=", ".join(unknown))
        )
    if not changes:
        raise BadInput("correction.nothing", "Eine Berichtigung um nichts ist keine.")
    sums: dict[str, Any] = {name: value for name, value in changes.items() if name in NUMBERS}
    if short := {name: changes[name] for name in SHORTS if name in changes}:
        sums["answered_calls_by_talk"] = [short.get(name, 0) for name in SHORTS]
    return sums


def _check_left(session: Session, month: Month, partner: str, sums: Mapping[str, Any]) -> None:
    """Nobody is owed more than was counted: no sum of a month may fall below nothing, nor what contains others (_PARTS)
    below them."""
    shorts = [f"answered_calls_by_talk[{place}] AS short_{limit}" for place, limit in enumerate(SHORT_TALK, 1)]
    names = [*NUMBERS, *SHORTS]
    columns = ", ".join([*NUMBERS, *shorts])
    there = (
        cursor(session)
        .execute(
            f"""SELECT {", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)} FROM (
              SELECT {columns} FROM fact_month WHERE month = %(month)s AND partner = %(partner)s
              UNION ALL SELECT {columns} FROM usage_correction
              WHERE day >= %(month)s AND day < %(end)s AND partner = %(partner)s) told""",
            {"month": month.first, "end": month.next.first, "partner": partner},
        )
        .fetchone()
    )
    assert there is not None  # sums always give a row
    short_off = zip(SHORTS, sums.get("answered_calls_by_talk", ()), strict=False)
    changes: Mapping[str, int] = {**sums, **dict(short_off)}
    left = {name: value + changes.get(name, 0) for name, value in zip(names, there, strict=True)}
    for name, value in left.items():
        off = -changes.get(name, 0)
        if value < 0 < off:
            words = "Davon sind im Monat nur %(left)s übrig; abgezogen werden sollen %(off)s."
            raise BadInput("correction.too_much", Sentence(words, left=value + off, off=off), field=name)
    for part, whole in _PARTS.items():
        grows = changes.get(part, 0) - changes.get(whole, 0) > 0
        if grows and left[part] > left[whole]:
            words = "Davon blieben %(left)s, mehr als %(whole)s (%(most)s)."
            message = Sentence(words, left=left[part], whole=_WHOLES[whole], most=left[whole])
            raise BadInput("correction.too_much", message, field=part)
