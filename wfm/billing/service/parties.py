"""Parties: how the host and each partner appear on paper, from a day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.billing.models import Party
from wfm.billing.rules import written
from wfm.billing.rules.allocation import in_order
from wfm.billing.service.files import FileKind, enter_row
from wfm.billing.service.terms import GREATEST_ID
from wfm.core.errors import NotFound, Sentence
from wfm.directory.queries import partner_names
from wfm.directory.rules import cells
from wfm.directory.rules.dated import Span, merge_spans
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, ImportPlan

#: What stands in the file in place of a partner: who sends the bills.
HOST = "HOST"
_DETAILS = (
    Column("name", cells.text, required=True, filled=True),
    Column("street", cells.text, required=True, filled=True),
    Column("postcode", written.postcode, required=True, filled=True),
    Column("town", cells.text, required=True, filled=True),
    Column("contact", cells.text),
    Column("telephone", cells.number),
    Column("email", written.email),
    Column("leitweg_id", written.leitweg_id),
    Column("vat_id", written.vat_id),
    Column("tax_number", cells.text),
    Column("identifier", cells.text),
    Column("iban", written.iban),
    Column("bic", written.bic),
    Column("own_partner", cells.partner_key),
    Column("series", written.series),
)
_BOOKING = (
    Column("account", cells.text),
    Column("product", cells.text),
    Column("cost_centre", cells.text),
    Column("tax_code", cells.text),
)
COLUMNS = (
    Column("partner", cells.partner_key, required=True, filled=True),
    Column("valid_from", cells.day, required=True, filled=True),
    Column("valid_to", cells.day),
    *_DETAILS,
    *_BOOKING,
)
DETAILS, BOOKING = tuple(column.name for column in _DETAILS), tuple(column.name for column in _BOOKING)
Value = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def all_parties(session: Session) -> list[Party]:
    """Every entry: the host first, then partners (the Region last), each by first day."""
    found = session.scalars(select(Party)).all()
    return sorted(found, key=lambda p: (p.partner is not None, in_order(p.partner or ""), p.valid.start))


def party_on(session: Session, partner: str | None, day: date) -> Party | None:
    """How a partner (None: the host) appears on a day, if that is known."""
    whose = Party.partner.is_(None) if partner is None else Party.partner == partner
    return session.scalar(select(Party).where(whose, _on(day)))


def parties_on(session: Session, day: date) -> dict[str | None, Party]:
    """How everybody appears on a day whose entry is known; None is the host."""
    return {party.partner: party for party in session.scalars(select(Party).where(_on(day)))}


def _on(day: date) -> ColumnElement[bool]:
    return Party.valid.op("@>")(cast(day, Date))


def find_party(session: Session, party_id: int) -> Party:
    """One entry; raises NotFound."""
    found = session.get(Party, party_id) if 0 < party_id <= GREATEST_ID else None
    if found is None:
        raise NotFound("party.unknown", "Diese Stelle gibt es nicht (mehr).", id=party_id)
    return found


def enter(session: Session, cells_: Mapping[str, str], *, by: str) -> None:
    """Enter how somebody appears from a day on; what held until then ends the day before.

    Raises BadInput("billing.entry") with the column as `field`.
    """
    enter_row(session, KIND, cells_, by=by)


def withdraw(session: Session, party_id: int, *, by: str) -> None:
    """Take out an entry that should never have been there: documents keep their own copy."""
    known = find_party(session, party_id)
    session.delete(known)
    session.flush()
    audit.record(session, by, "party.withdraw", object_kind="party", object_id=known.partner or HOST)


def list_parties(session: Session) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Every entry in the columns of the import file."""
    return tuple(column.name for column in COLUMNS), [as_cells(party) for party in all_parties(session)]


def as_cells(party: Party) -> tuple[Any, ...]:
    """An entry as a row of the file."""
    return (
        *(party.partner or HOST, party.valid.start, party.valid.last_day or ""),
        *(party.details.get(name, "") for name in DETAILS),
        *(party.booking.get(name, "") for name in BOOKING),
    )


def _plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    names = partner_names(session) | {HOST: "Träger"}
    known: dict[str, dict[date, Party]] = {}
    for party in session.scalars(select(Party)):
        known.setdefault(party.partner or HOST, {})[party.valid.start] = party
    wanted: dict[str, list[tuple[int, Span[Value]]]] = {}
    for row in rows:
        validity = draft.validity(row)
        if draft.known(row, "partner", names, "Partner") and validity is not None:
            wanted.setdefault(row["partner"], []).append((row.line, Span(validity, _value(row))))
    for partner, spans in wanted.items():
        entries, lines = known.get(partner, {}), {id(span): line for line, span in spans}
        there = [Span(one.valid, _told(one)) for one in entries.values()]
        merge = merge_spans(there, [span for _, span in spans])
        for span, other in merge.conflicts:
            words = "überschneidet sich mit dem Eintrag von %(name)s, %(days)s"
            reason = Sentence(words, name=names[partner], days=str(other.validity))
            draft.error(lines.get(id(span), spans[0][0]), "valid_from", reason)
        for span in merge.added:
            whose = None if partner == HOST else partner
            details, booking = map(dict, span.value)
            entry = Party(partner=whose, valid=span.validity, details=details, booking=booking)
            draft.add(lines[id(span)], f"{names[partner]}, {span.validity}", entry)
        for before, after in merge.changed:
            details, booking = map(dict, after.value)
            values = {"valid": after.validity, "details": details, "booking": booking}
            what = f"{names[partner]}, {before.validity} → {after.validity}"
            draft.change(lines.get(id(after), spans[0][0]), what, entries[before.validity.start], **values)


def _value(row: Row) -> Value:
    return _filled(row.cells, DETAILS), _filled(row.cells, BOOKING)


def _told(party: Party) -> Value:
    return _filled(party.details, DETAILS), _filled(party.booking, BOOKING)


def _filled(values: Mapping[str, Any], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, values[name]) for name in names if values.get(name))


def _done(session: Session, plan: ImportPlan, by: str) -> None:
    details = {"added": len(plan.added), "changed": len(plan.changed), "unchanged": plan.unchanged}
    audit.record(session, by, "party.enter", object_kind="party", details=details)


KIND = FileKind("parties", COLUMNS, _plan, _done)
