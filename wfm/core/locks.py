"""A job that must not run twice at a time: an advisory lock of PostgreSQL, over all processes and machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from sqlalchemy import text

from wfm.core import db


@contextmanager
def one_at_a_time(name: str) -> Iterator[bool]:
    """Whether the lock of this name is ours for the length of the block; it never waits.

    The lock lives on a connection of its own, outside any transaction, and ends with it: a killed process leaves none
    behind.
    """
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))
        try:
            yield mine
        finally:
            if mine:
                try:
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
                except Exception:
                    # The connection is lost, and the lock with it; what went wrong in the block matters more.
                    connection.invalidate()
