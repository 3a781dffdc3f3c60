"""Quarantine of what never became a raw event, and the operator's view of all that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.core.errors import NotFound, Sentence
from wfm.telephony.models import Quarantine, Stream
from wfm.telephony.service.intake import content_hash


def set_aside(
    session: Session,
    stream: Stream,
    payload: bytes,
    reason: str,
    detail: str,
    received_at: datetime,
    line: int | None = None,
    file: str | None = None,
) -> None:
    """Quarantine what has no place in its stream: a row without an id, a second content under a known id.

    Such a row bears a negative position made of its content, so the same again is the same row.
    """
    values = {
        "stream_id": stream.id,
        "position": -1 - int.from_bytes(content_hash(payload)[:7], "big"),
        "file": file,
        "line": line,
        "reason": reason,
        "detail": detail,
        "payload": payload,
        "received_at": received_at,
        "after_at": stream.last_at,
    }
    session.execute(insert(Quarantine).values(values).on_conflict_do_nothing())


def accept(session: Session, ids: Sequence[int]) -> None:
    """Nothing is lost in these lines, an operator says: they make no report incomplete any more. Raises NotFound."""
    open_ones = Quarantine.id.in_(ids), Quarantine.state == "open"
    accepted = session.scalars(update(Quarantine).where(*open_ones).values(state="accepted").returning(Quarantine.id))
    if missing := set(ids).difference(accepted):
        named = ", ".join(map(str, sorted(missing)))
        raise NotFound(
            "quarantine.unknown", Sentence("Nicht (mehr) in Quarantäne: %(named)s.", named=named), ids=sorted(missing)
        )
