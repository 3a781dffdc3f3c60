"""Long lists in pages: a cursor says after which row the next page begins.

Unlike a page number it neither skips nor repeats rows when some are added meanwhile, and the thousandth page costs as
much as the first. To whoever gets it a cursor is opaque; it holds no secret, only the sort key of a row they have seen.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Row, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from wfm.core.errors import BadInput

DEFAULT_LIMIT, MAX_LIMIT = 100, 500

Item = TypeVar("Item")
Statement: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows in order, and the cursor of the next page if there is one."""

    items: list[Item]
    next: str | None


def fetch_page(
    session: Session,
    statement: Statement,
    order: Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]],
    *,
    cursor: str | None,
    limit: int = DEFAULT_LIMIT,
) -> Page[Row[*tuple[Any, ...]]]:
    """A page of the statement's rows, ordered by columns that are unique together, not null, and selected under
    their names."""
    if cursor is not None:
        kinds = [column.type.python_type for column in order]
        statement = statement.where(tuple_(*order) > tuple_(*read_cursor(cursor, kinds)))
    rows = session.execute(statement.order_by(*order).limit(limit + 1)).all()
    return page_of(rows, limit, lambda row: [getattr(row, str(column.key)) for column in order])


def page_of(rows: Sequence[Item], limit: int, key: Any) -> Page[Item]:
    """A page of rows of which one more than `limit` was fetched, to see whether there are more."""
    shown = list(rows[:limit])
    return Page(shown, write_cursor(key(shown[-1])) if len(rows) > limit else None)


def write_cursor(key: Sequence[object]) -> str:
    values = [value.isoformat() if isinstance(value, date) else value for value in key]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """The sort key in a cursor, each part of its kind (str, int, date, datetime); raises BadInput for anything else."""
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise BadInput(
            "cursor.invalid", "Diese Fortsetzung gibt es nicht: bitte bei der ersten Seite beginnen.", field="cursor"
        ) from error


def _value(value: object, kind: type) -> object:
    if kind in (date, datetime) and isinstance(value, str):
        return date.fromisoformat(value) if kind is date else _aware(datetime.fromisoformat(value))
    if type(value) is not kind or (isinstance(value, int) and abs(value) >= 2**63) or "\0" in str(value):
        raise ValueError(f"not a {kind.__name__}: {value!r}")
    return value


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment
