"""Keys of callers' hashes: a new random one every period; an old one is deleted, and its hashes link nothing more."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wfm.privacy.models import CallerKey
from wfm.privacy.rules.persons import Key

KEY_BYTES = 32


class Keys:
    """The keys as they are in this transaction; makes the one of a day that has none yet, if it would still be kept."""

    def __init__(self, session: Session, today: date, length: int, kept_after: int) -> None:
        self._session = session
        self._today, self._length, self._kept_after = today, length, kept_after
        self._known = [_key(row) for row in session.scalars(select(CallerKey).order_by(CallerKey.starts_on))]
        self._by_day: dict[date, Key | None] = {}

    def on(self, day: date) -> Key | None:
        """The key of a day; None where it is gone, or came too late to be made."""
        if day not in self._by_day:
            found = next((key for key in self._known if key.starts_on <= day < key.ends_on), None)
            self._by_day[day] = found or self._make(day)
        return self._by_day[day]

    def _make(self, day: date) -> Key | None:
        starts_on = day - timedelta(days=day.toordinal() % self._length)
        ends_on = starts_on + timedelta(days=self._length)
        if ends_on + timedelta(days=self._kept_after) <= self._today:
            return None
        starts_on = max([starts_on, *(key.ends_on for key in self._known if key.ends_on <= day)])
        ends_on = min([ends_on, *(key.starts_on for key in self._known if key.starts_on > day)])
        row = CallerKey(starts_on=starts_on, ends_on=ends_on, key=secrets.token_bytes(KEY_BYTES))
        self._session.add(row)
        self._session.flush()
        self._known.append(_key(row))
        return self._known[-1]


def expired(today: date, kept_after: int) -> date:
    """Keys that ended on this day or before are over."""
    return today - timedelta(days=kept_after)


def count_expired(session: Session, today: date, kept_after: int) -> int:
    over = CallerKey.ends_on <= expired(today, kept_after)
    return session.scalar(select(func.count()).select_from(CallerKey).where(over)) or 0


def delete_expired(session: Session, today: date, kept_after: int) -> int:
    """Delete the keys whose period and retention are over; returns how many."""
    over = CallerKey.ends_on <= expired(today, kept_after)
    return len(session.scalars(delete(CallerKey).where(over).returning(CallerKey.period)).all())


def _key(row: CallerKey) -> Key:
    return Key(row.period, row.starts_on, row.ends_on, row.key)
