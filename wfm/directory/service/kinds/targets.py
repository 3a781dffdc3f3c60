"""Definitions of service level: a row is a version, which holds from a day on and is never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.errors import Sentence
from wfm.core.intervals import Month
from wfm.directory.models import TargetVersion
from wfm.directory.rules import cells
from wfm.directory.rules.dated import Span, changed_since, merge_spans
from wfm.directory.rules.targets import Variant
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft

COLUMNS = (
    Column("name", cells.short_name, required=True, filled=True),
    Column("label", cells.text, required=True, filled=True),
    Column("share", cells.percent, required=True, filled=True),
    Column("seconds", cells.whole_number(0, 3_600), required=True, filled=True),
    Column("variant", cells.one_of(*Variant), required=True, filled=True),
    Column("valid_from", cells.day, required=True, filled=True),
    Column("valid_to", cells.day),
    Column("source", cells.text),
)
_ENDED = "liegt vor diesem Monat: Was über vergangene Monate berichtet wurde, bleibt, wie es war"
_TERMS = ("label", "share", "seconds", "variant", "source")


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A new version ends the one that holds until further notice the day before.

    Only days from this month on may change: what a report said of a month that is over stays as it was. A name nobody
    has used yet may begin whenever it did.
    """
    known: dict[str, list[TargetVersion]] = {}
    for version in session.scalars(select(TargetVersion).order_by(TargetVersion.name, TargetVersion.version)):
        known.setdefault(version.name, []).append(version)
    wanted: dict[str, list[tuple[Row, Span[Any]]]] = {}
    for row in rows:
        if validity := draft.validity(row):
            wanted.setdefault(row["name"], []).append((row, Span(validity, _terms(row))))
    for name, spans in wanted.items():
        _plan_name(draft, name, known.get(name, []), spans)


def _plan_name(draft: Draft, name: str, known: Sequence[TargetVersion], wanted: list[tuple[Row, Span[Any]]]) -> None:
    lines = {id(span): row for row, span in wanted}
    versions = {version.valid.start: version for version in known}
    merge = merge_spans([Span(one.valid, _terms_of(one)) for one in known], [span for _, span in wanted])
    for span, other in merge.conflicts:
        row = lines.get(id(span)) or lines[id(other)]
        against = other if id(span) in lines else span
        draft.error(row, "valid_from", Sentence("überschneidet sich mit %(other)s", other=_words(name, against)))
    for before, after in merge.changed:
        row = lines.get(id(after)) or wanted[0][0]
        held = versions[before.validity.start]
        if before.value != after.value or before.validity.start != after.validity.start:
            stays = Sentence("von diesem Tag an gilt schon Fassung %(version)s, die so bleibt", version=held.version)
            draft.error(row, "valid_from", stays)
        elif (since := changed_since(before, after)) and since < _this_month():
            draft.error(row, "valid_from", _ENDED)
        else:
            draft.change(row.line, f"{name}, Fassung {held.version}: {after.validity}", held, valid=after.validity)
    newest = max((version.version for version in known), default=0)
    for number, span in enumerate(sorted(merge.added, key=lambda one: one.validity.start), newest + 1):
        row = lines[id(span)]
        if known and span.validity.start < _this_month():
            draft.error(row, "valid_from", _ENDED)
            continue
        values = dict(zip(_TERMS, span.value, strict=True))
        draft.add(row.line, _words(name, span), TargetVersion(name=name, version=number, valid=span.validity, **values))


def _this_month() -> date:
    return Month.of(berlin_day(now())).first


def _terms(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] if name != "source" else row[name] or "" for name in _TERMS)


def _terms_of(version: TargetVersion) -> tuple[Any, ...]:
    return tuple(getattr(version, name) for name in _TERMS)


def _words(name: str, span: Span[Any]) -> str:
    return f"„{name}“ ({span.value[0]}), {span.validity}"
