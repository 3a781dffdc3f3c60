"""Counts of tries and requests in fixed windows of time, in Valkey: the same for all processes, gone by themselves.

Nothing is counted in a process's own memory: two processes would allow twice as much, and a restart would forget.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from wfm.core import embedded

if TYPE_CHECKING:  # read at the first count: a start waits for no library that it does not use
    from limits.storage import RedisStorage

#: A Valkey that does not answer must not hold up whoever waits for the count.
PATIENCE_S = 1


@dataclass(frozen=True, slots=True)
class Count:
    """How often something has happened in its window by now, this time included; `ends_in_s` says how long that goes
    on (rounded up)."""

    number: int
    most: int
    ends_in_s: int

    @property
    def too_many(self) -> bool:
        return self.number > self.most


def count(key: str, most: int, seconds: int, times: int = 1) -> Count:
    """Count one more, at once and for everybody: of any number that come at the same moment no two get one number.

    The window begins with the first. Raises redis.RedisError where Valkey cannot be had.
    """
    storage = _storage(embedded.redis_url())
    name = f"wfm/{key}/{seconds}"
    number = storage.incr(name, seconds, times)
    return Count(number, most, max(1, round(storage.get_expiry(name) - time.time())))


def peek(key: str, most: int, seconds: int) -> Count:
    """The same without counting."""
    storage = _storage(embedded.redis_url())
    name = f"wfm/{key}/{seconds}"
    return Count(storage.get(name), most, max(1, round(storage.get_expiry(name) - time.time())))


@cache
def _storage(redis_url: str) -> RedisStorage:
    from limits.storage import RedisStorage

    address = redis_url.replace("unix://", "redis+unix://", 1)
    return RedisStorage(address, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)
