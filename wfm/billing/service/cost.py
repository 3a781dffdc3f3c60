"""Stand-in until the branch terms brings it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from wfm.core.intervals import Days


class Cost:
    cents: int
    items: list[Any]

    def require_every_month(self) -> None: ...
    def to_json(self) -> dict[str, Any]: ...


def cost_of(session: Session, period: Days, stage: str) -> Cost:
    raise NotImplementedError
