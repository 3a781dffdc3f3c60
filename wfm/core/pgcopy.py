"""Rows in PostgreSQL's binary COPY format: the quickest way into a table, exact for every type.

Format: https://www.postgresql.org/docs/18/sql-copy.html (section "Binary Format"). Each function gives one field with its length before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

import psycopg

NULL = b"\xff\xff\xff\xff"
TRUE, FALSE = b"\x00\x00\x00\x01\x01", b"\x00\x00\x00\x01\x00"
#: PostgreSQL counts microseconds and days from 2000-01-01.
PG_EPOCH_MICROS = 946_684_800_000_000
PG_EPOCH_ORDINAL = 730_120

_HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TRAILER = b"\xff\xff"
_LENGTH = Struct(">i").pack
_INT2 = Struct(">ih").pack
_INT4 = Struct(">ii").pack
_INT8 = Struct(">iq").pack
_ARRAY8 = Struct(">iiiIii").pack
_INT8_OID = 20


def fields(count: int) -> bytes:
    """What begins a row of so many fields."""
    return count.to_bytes(2, "big")


def int2(value: int) -> bytes:
    return _INT2(2, value)


def int4(value: int | None) -> bytes:
    return NULL if value is None else _INT4(4, value)


def int8(value: int) -> bytes:
    return _INT8(8, value)


def boolean(value: bool) -> bytes:
    return TRUE if value else FALSE


def instant(micros: int | None) -> bytes:
    """A timestamptz from microseconds since 1970 UTC."""
    return NULL if micros is None else _INT8(8, micros - PG_EPOCH_MICROS)


def day(ordinal: int) -> bytes:
    """A date from its proleptic ordinal (`date.toordinal`)."""
    return _INT4(4, ordinal - PG_EPOCH_ORDINAL)


def octets(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def text(value: str | None) -> bytes:
    if value is None:
        return NULL
    data = value.encode()
    return _LENGTH(len(data)) + data


@lru_cache(maxsize=16_384)
def word(value: str | None) -> bytes:
    """The same as `text`, for what comes again and again: names of queues, agents, partners, outcomes."""
    return text(value)


def int8_array(values: Sequence[int]) -> bytes:
    body = b"".join([_INT8(8, value) for value in values])
    return _ARRAY8(20 + len(body), 1, 0, _INT8_OID, len(values), 1) + body


def copy_rows(cursor: psycopg.Cursor[Any], table: str, columns: str, rows: Iterable[bytes]) -> None:
    """Copy ready-made binary rows; table and columns are ours, never a user's text."""
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:  # type: ignore[arg-type]
        copy.write(b"".join([_HEADER, *rows, _TRAILER]))
