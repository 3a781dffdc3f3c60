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
    """How often something has happened in its window by now, and for how many seconds that still goes on."""

    number: int
    most: int
    ends_in_s: int
    place: str

    @property
    def too_many(self) -> bool:
        return self.number > self.most


def count(key: str, most: int, seconds: int) -> Count:
    """Count one more, at once and for everybody: of any number that come at the same moment no two get one number.

    Windows of so many seconds follow each other by the clock, so one question is enough. Raises redis.RedisError where
    Valkey cannot be had.
    """
    place, ends_in_s = _window(key, seconds)
    return Count(_storage(embedded.redis_url()).incr(place, seconds), most, ends_in_s, place)


def peek(key: str, most: int, seconds: int) -> Count:
    """The same without counting."""
    place, ends_in_s = _window(key, seconds)
    return Count(_storage(embedded.redis_url()).get(place), most, ends_in_s, place)


def take_back(counted: Count) -> None:
    """As if it had not been counted, in the window that it was counted in."""
    _storage(embedded.redis_url()).incr(counted.place, 1, -1)


def _window(key: str, seconds: int) -> tuple[str, int]:
    number, gone = divmod(int(time.time()), seconds)
    return f"wfm/{key}/{seconds}/{number}", seconds - gone


@cache
def _storage(redis_url: str) -> RedisStorage:
    from limits.storage import RedisStorage

    address = redis_url.replace("unix://", "redis+unix://", 1)
    return RedisStorage(address, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)
