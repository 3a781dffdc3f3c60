"""Rows in PostgreSQL's binary COPY format: the quickest way into a table, exact for every type.

psycopg writes numbers and texts in C, so rows are plain tuples; what has no such writer goes in as the number or the
bytes that PostgreSQL itself keeps: a column's type in `Columns` is what it is written as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

import psycopg
from psycopg.types.string import BytesBinaryDumper

# For a column of bytes psycopg would take the writer it registered last, DB-API's, which is in Python.
psycopg.adapters.register_dumper(bytes, BytesBinaryDumper)

#: Columns of a table and what each is written as.
Columns = Mapping[str, str]

INSTANT = "int8"
DAY = "int4"
INT8_ARRAY = TEXT_ARRAY = "bytea"

#: PostgreSQL counts microseconds and days from 2000-01-01.
PG_EPOCH_MICROS = 946_684_800_000_000
PG_EPOCH_ORDINAL = 730_120

_INT8_OID, _TEXT_OID = 20, 25

_LENGTH, _ARRAY = Struct(">i"), Struct(">5i")
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_END = b"\xff\xff"


def instant(micros: int | None) -> int | None:
    """A timestamptz from microseconds since 1970 UTC."""
    return None if micros is None else micros - PG_EPOCH_MICROS


def day(ordinal: int) -> int:
    """A date from its proleptic ordinal (`date.toordinal`)."""
    return ordinal - PG_EPOCH_ORDINAL


def int8_array(values: Sequence[int]) -> bytes:
    """A bigint[] of one dimension."""
    count = len(values)
    items = [8] * (2 * count)  # each behind its length
    items[1::2] = values
    return _array_of(count).pack(1, 0, _INT8_OID, count, 1, *items)


def text_array(values: Sequence[str]) -> bytes:
    """A text[] of one dimension."""
    items = (_LENGTH.pack(len(item)) + item for item in map(str.encode, values))
    return _ARRAY.pack(1, 0, _TEXT_OID, len(values), 1) + b"".join(items)


@lru_cache(maxsize=64)
def _array_of(count: int) -> Struct:
    return Struct(">5i" + "iq" * count)


def copy_rows(cursor: psycopg.Cursor[Any], table: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a table; its name and columns are ours, never a user's text."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(list(columns.values()))
        write = copy.write_row
        for row in rows:
            write(row)


def copy_packed(cursor: psycopg.Cursor[Any], table: str, columns: Iterable[str], pieces: Iterable[bytes]) -> None:
    """Copy rows that are packed already, each as the number of its fields (int2) and every field behind its length."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(_SIGNATURE)
        for piece in pieces:
            copy.write(piece)
        copy.write(_END)
