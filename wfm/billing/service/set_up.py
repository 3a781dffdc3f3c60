"""What a centre has entered already of what it needs before it can settle."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_SET_UP = """
    SELECT EXISTS (SELECT FROM cost_item) AS cost, EXISTS (SELECT FROM terms WHERE state = 'agreed') AS terms,
           EXISTS (SELECT FROM agreement) AS agreements,
           EXISTS (SELECT FROM party WHERE partner IS NULL)
             AND EXISTS (SELECT FROM party WHERE partner IS NOT NULL) AS parties"""


def set_up(session: Session) -> dict[str, bool]:
    """Whether there are cost, agreed terms, agreements, and parties: the host and any partner."""
    return dict(session.execute(text(_SET_UP)).mappings().one())
