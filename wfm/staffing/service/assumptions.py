"""What planning assumes, dated: parameters by queue, terms of work, shrinkage, skill groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.core.errors import BadInput, Conflict, NotFound, Sentence
from wfm.directory.models import Queue, TargetVersion
from wfm.directory.rules.dated import Span, Validity, merge_spans
from wfm.staffing.models import ShrinkageShare, SkillGroup, StaffingParameters, WorkTerms
from wfm.staffing.rules.shrinkage import Kind as LossKind
from wfm.staffing.rules.shrinkage import Loss, Shrinkage, Source

Assumption = StaffingParameters | WorkTerms | ShrinkageShare | SkillGroup


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of assumption: its table, the column that one value a day belongs to, and what it says."""

    table: type[Any]
    key: str | None
    fields: tuple[str, ...]


KINDS: Mapping[str, Kind] = {
    "parameters": Kind(
        StaffingParameters, "queue", ("target", "model", "patience_s", "handling_s", "max_occupancy", "confidence")
    ),
    "terms": Kind(WorkTerms, None, ("weekly_hours", "cents_per_hour", "hiring_months", "posts", "leaving_a_year")),
    "shrinkage": Kind(ShrinkageShare, "kind", ("share", "source")),
    "skills": Kind(SkillGroup, "name", ("queues", "cost_factor")),
}

#: What holds while nobody has said anything: the cautious side of what planners take, and said so where it is used.
DEFAULT_MODEL, DEFAULT_MAX_OCCUPANCY, DEFAULT_CONFIDENCE = "A", Decimal("0.85"), Decimal("0.5")


def assume(
    session: Session, kind: str, key: str | None, validity: Validity, values: Mapping[str, Any], *, by: str
) -> None:
    """Let this hold from its first day on; what held openly until then ends the day before.

    Raises BadInput for a queue or target nobody knows, Conflict where two values would hold on one day.
    """
    about = KINDS[kind]
    _check(session, kind, key, values)
    known = {row.valid.start: row for row in session.scalars(_of(about, key).with_for_update())}
    wanted = Span(validity, tuple(values[name] for name in about.fields))
    spans = [Span(row.valid, tuple(getattr(row, name) for name in about.fields)) for row in known.values()]
    merged = merge_spans(spans, [wanted])
    if merged.conflicts:
        other = merged.conflicts[0][1].validity
        message = Sentence("Für diese Tage gilt schon etwas anderes (%(other)s).", other=str(other))
        raise Conflict("assumption.overlaps", message, field="valid_from")
    for before, now in merged.changed:
        row = known[before.validity.start]
        row.valid = now.validity
        for name, value in zip(about.fields, now.value, strict=True):
            setattr(row, name, value)
    session.flush()  # an exclusion is judged row by row: the old one must end first
    for span in merged.added:
        named = {about.key: key} if about.key else {}
        session.add(about.table(valid=span.validity, **named, **dict(zip(about.fields, span.value, strict=True))))
    session.flush()
    if kind == "shrinkage":
        _check_sums(session, validity)
    audit.record(session, by, "staffing.assume", object_kind=kind, object_id=key, fields=about.fields)


def withdraw(session: Session, kind: str, assumption_id: int, *, by: str) -> None:
    """Take out an assumption that should never have been there; what it had ended goes on. Raises NotFound."""
    about = KINDS[kind]
    row = session.get(about.table, assumption_id)
    if row is None:
        raise NotFound("assumption.unknown", "Diese Annahme gibt es nicht (mehr).", id=assumption_id)
    gone: Validity = row.valid
    before = [other for other in session.scalars(_of(about, _key_of(about, row))) if other.valid.end == gone.start]
    session.delete(row)
    session.flush()
    for other in before:
        other.valid = Validity(other.valid.start, gone.end)
    session.flush()
    audit.record(session, by, "staffing.withdraw", object_kind=kind, object_id=assumption_id)


def assumptions(session: Session, kind: str) -> Sequence[Assumption]:
    """All of a kind, the newest of each key first."""
    about = KINDS[kind]
    rows = session.scalars(select(about.table)).all()
    return sorted(rows, key=lambda row: (_key_of(about, row) or "", -row.valid.start.toordinal()))


def in_force(session: Session, kind: str, day: date) -> dict[str | None, Any]:
    """What holds on a day, by key."""
    return holding(kind, assumptions(session, kind), day)


def holding(kind: str, rows: Sequence[Any], day: date) -> dict[str | None, Any]:
    """Those of a kind's assumptions that hold on a day, by key."""
    return {_key_of(KINDS[kind], row): row for row in rows if day in row.valid}


def shrinkage_of(rows: Sequence[Any], day: date) -> Shrinkage:
    """All shrinkage in force on a day; nothing on file is none at all, and reports say so."""
    shares = holding("shrinkage", rows, day).values()
    return Shrinkage(tuple(Loss(LossKind(row.kind), row.share, Source(row.source)) for row in shares))


def _key_of(about: Kind, row: Any) -> str | None:
    key: str | None = getattr(row, about.key) if about.key else None
    return key


def _check_sums(session: Session, validity: Validity) -> None:
    """Raises BadInput where, on a day of these, no time would be left for calls."""
    shares = assumptions(session, "shrinkage")
    for day in {validity.start, *(row.valid.start for row in shares if row.valid.start in validity)}:
        try:
            shrinkage_of(shares, day)
        except BadInput as error:
            raise BadInput(error.code, error.message, field="share") from None


def _of(about: Kind, key: str | None) -> Any:
    statement = select(about.table)
    return (
        statement if about.key is None else statement.where(getattr(about.table, about.key).is_not_distinct_from(key))
    )


def _check(session: Session, kind: str, key: str | None, values: Mapping[str, Any]) -> None:
    if kind == "parameters":
        if key is not None and session.get(Queue, key) is None:
            raise BadInput("assumption.queue", "Diese Warteschlange gibt es nicht.", field="queue")
        if session.scalar(select(TargetVersion.name).where(TargetVersion.name == values["target"]).limit(1)) is None:
            raise BadInput("assumption.target", "Dieses Servicelevel-Ziel gibt es nicht.", field="target")
    if kind == "skills":
        if not values["queues"]:
            raise BadInput("assumption.queue", "Mindestens eine Warteschlange ist nötig.", field="queues")
        known = set(session.scalars(select(Queue.name).where(Queue.name.in_(values["queues"]))))
        if missing := [name for name in values["queues"] if name not in known]:
            message = Sentence("Diese Warteschlange gibt es nicht: %(queue)s.", queue=missing[0])
            raise BadInput("assumption.queue", message, field="queues")
        if len(set(values["queues"])) < len(values["queues"]):
            raise BadInput("assumption.queue", "Eine Warteschlange steht doppelt.", field="queues")
    if kind in ("shrinkage", "skills") and not key:
        raise BadInput("assumption.key", "Diese Angabe fehlt.", field=KINDS[kind].key)
