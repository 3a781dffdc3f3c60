"""May a month be closed? What stands against it, who may answer for it, and the hash of what is frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: kind -> whether a person may answer for it by name, with a reason. Where not, figures would still move unseen.
MAY_BE_OVERRIDDEN: Mapping[str, bool] = {
    "not_over": False,
    "earlier_open": False,
    "unprojected": False,
    "uncounted": False,
    "mapping": False,
    "missing": True,
    "unreadable": True,
    "never": True,
    "broken": True,
    "open_calls": True,
    "queue": True,
    "number": True,
}
#: Version of the way that usage is counted and frozen, kept with each closed month. Raised when it changes.
RULES_VERSION = 1


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands against closing a month: `key` tells which of its kind, `text` is for people (German)."""

    kind: str
    key: str
    count: int
    text: str

    @property
    def may_be_overridden(self) -> bool:
        return MAY_BE_OVERRIDDEN[self.kind]


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody answers for: an obstacle up to its size when they did, and why."""

    kind: str
    key: str
    count: int
    reason: str


def standing(obstacles: Iterable[Obstacle], overrides: Iterable[Override]) -> list[Obstacle]:
    """The obstacles that nobody answers for. One that has grown since counts as not answered for."""
    answered = {(override.kind, override.key): override.count for override in overrides}
    return [
        obstacle
        for obstacle in obstacles
        if not obstacle.may_be_overridden or answered.get((obstacle.kind, obstacle.key), 0) < obstacle.count
    ]


def content_hash(frozen: Mapping[str, Any]) -> bytes:
    """SHA-256 of what closed, as canonical JSON: keys sorted, no blanks, UTF-8, only text, integers, lists, objects."""
    written = json.dumps(frozen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).digest()
