"""What of a settlement is invoiced to a partner: parts by tax treatment, advances taken off, corrections apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.billing.models import Document, Settlement, SettlementShare
from wfm.billing.rules.invoice import Kind
from wfm.billing.rules.price_lines import price_lines
from wfm.billing.rules.stored_invoice import from_stored
from wfm.billing.rules.treatment import Part, TaxRule, split_by_treatment
from wfm.billing.rules.words import money
from wfm.billing.service.tax import TREATMENTS, correction_lines, own_line, tax_rules
from wfm.core.rounding import half_up

NAMES: Mapping[str, str] = {treatment.value: name for name, treatment in TREATMENTS.items()}
#: Kinds of documents that ask for money or give it back.
MONEY = ("advance", "invoice", "correction")


@dataclass(frozen=True, slots=True)
class Planned:
    """A document to come: its lines and what is taken off; `corrects` is the one it refers to."""

    kind: str
    part: Part
    prepaid_cents: int = 0
    corrects: Document | None = None
    notes: tuple[str, ...] = ()

    @property
    def code(self) -> Kind:
        return Kind.INVOICE if self.corrects is None else Kind.CORRECTION

    @property
    def key(self) -> tuple[str, str, Any, int | None]:
        """What tells the documents of a share apart."""
        corrects = self.corrects.id if self.corrects else None
        return self.kind, NAMES[self.part.treatment.value], self.part.period.start, corrects


@dataclass(frozen=True, slots=True)
class Issued:
    """The documents about money, by number and without void ones, of a settlement and of those it refers to."""

    documents: Mapping[tuple[int, str], Sequence[Document]]
    advances: Sequence[int]
    """Settlements that were charged beforehand."""
    asked: Mapping[tuple[int, str], int]
    """What those, and earlier ones that are corrected, have asked of each partner: net, in cents."""

    @classmethod
    def read(cls, session: Session, settlement: Settlement) -> Self:
        """Of the settlement itself, advances it takes off, earlier ones it corrects, and the one it reverses."""
        advances = list(settlement.inputs.get("advances_of", ()))
        before = [*advances, *(stored["settlement"] for stored in settlement.inputs.get("earlier", ()))]
        query = select(Document).where(
            Document.settlement_id.in_([settlement.id, settlement.reverses, *before]),
            Document.kind.in_(MONEY),
            Document.voided_at.is_(None),
        )
        documents: dict[tuple[int, str], list[Document]] = {}
        for document in session.scalars(query.order_by(Document.id)):
            assert document.settlement_id is not None
            documents.setdefault((document.settlement_id, document.partner), []).append(document)
        asked = select(SettlementShare).where(SettlementShare.settlement_id.in_(before))
        shares = session.scalars(asked) if before else ()
        return cls(documents, advances, {(share.settlement_id, share.partner): share.cents for share in shares})

    def of(self, settlement_id: int, partner: str) -> Sequence[Document]:
        """A partner's, of one settlement."""
        return self.documents.get((settlement_id, partner), ())

    def without_documents(self, partner: str) -> list[int]:
        """Earlier settlements of which documents to refer to are missing: those there are ask for more or less."""
        return sorted(
            each for (each, of), cents in self.asked.items() if of == partner and cents != self._net(each, partner)
        )

    def _net(self, settlement_id: int, partner: str) -> int:
        documents = self.of(settlement_id, partner)
        return sum(line["net_cents"] for document in documents for line in document.content["lines"])

    def taken_off(self, partner: str) -> dict[str, int]:
        """What was asked for beforehand, with its tax, by treatment: the sums of the documents about it."""
        found: dict[str, int] = {}
        for document in (each for settlement_id in self.advances for each in self.of(settlement_id, partner)):
            assert document.treatment is not None
            found[document.treatment] = found.get(document.treatment, 0) + document.cents
        return found


def still_to_come(settlement: Settlement, share: SettlementShare, issued: Issued) -> list[Planned]:
    """The documents of a partner's share that are not there yet, in the order in which they are numbered.

    Raises RuleBroken("invoice.no_tax_rule").
    """
    there = {_key(document) for document in issued.of(settlement.id, share.partner)}
    return [planned for planned in _plan(settlement, share, issued) if planned.key not in there]


def _key(document: Document) -> tuple[str, str | None, Any, int | None]:
    return document.kind, document.treatment, document.period.start, document.corrects


def _plan(settlement: Settlement, share: SettlementShare, issued: Issued) -> list[Planned]:
    if settlement.kind == "reversal":
        assert settlement.reverses is not None
        return [_undone(document) for document in issued.of(settlement.reverses, share.partner)]
    inputs, charge = settlement.inputs, charge_of(settlement, share.partner)
    rules = tax_rules(inputs, share.partner)
    taken_off = issued.taken_off(share.partner)
    carried = charge["carried"] - charge["due_of_earlier"]
    found: list[Planned] = []
    if charge["own"] or taken_off or carried:
        parts = _own_parts(settlement, charge, rules)
        kind = "advance" if settlement.kind == "advance" else "invoice"
        found += _less_advances(kind, parts, taken_off, carried, _carried_note(charge))
    for earlier, line in correction_lines(inputs, share.partner):
        before = issued.of(earlier, share.partner)
        found += [
            Planned("correction", part, corrects=_preceding(before, part)) for part in split_by_treatment([line], rules)
        ]
    return found


def _own_parts(settlement: Settlement, charge: Mapping[str, Any], rules: Sequence[TaxRule]) -> list[Part]:
    """The share of the period itself: as one sum, or of a period at a price as quantities times price.

    Over a change of the tax treatment it stays one sum, divided by days: prices were agreed for the whole period.
    """
    line = own_line(settlement.inputs, charge, line_name(settlement))
    parts = split_by_treatment([line], rules)
    if settlement.kind != "period" or len(parts) != 1:
        return parts
    lines = price_lines(settlement.result, charge["partner"], line.days)
    return split_by_treatment(lines or [line], rules)


def charge_of(settlement: Settlement, partner: str) -> Mapping[str, Any]:
    """A partner's part of the stored result."""
    charges: list[Mapping[str, Any]] = settlement.result["charges"]
    return next(charge for charge in charges if charge["partner"] == partner)


def line_name(settlement: Settlement) -> str:
    """What a settlement's own line is called."""
    if settlement.kind == "advance":
        return f"Abschlag {settlement.instalment} auf den Kostenanteil {settlement.period.start.year}"
    return "Anteil an den Kosten des Servicecenters" if settlement.kind == "annual" else "Nutzung des Servicecenters"


def _less_advances(
    kind: str, parts: Sequence[Part], taken_off: Mapping[str, int], carried: int, notes: tuple[str, ...]
) -> list[Planned]:
    """Advances go off the documents of their own treatment, in order and up to each sum; the last takes the rest.

    What no document of its treatment can take goes off the last one of all, and so does what is carried to other years.
    """
    left, prepaid = dict(taken_off), [0] * len(parts)
    for place, part in enumerate(parts):
        name = NAMES[part.treatment.value]
        last = not any(later.treatment is part.treatment for later in parts[place + 1 :])
        prepaid[place] = left.get(name, 0) if last else min(left.get(name, 0), _gross(part))
        left[name] = left.get(name, 0) - prepaid[place]
    prepaid[-1] += sum(left.values()) + carried
    ends = [()] * (len(parts) - 1) + [notes]
    return [Planned(kind, part, cents, notes=end) for part, cents, end in zip(parts, prepaid, ends, strict=True)]


def _gross(part: Part) -> int:
    net = sum(line.net_cents for line in part.lines)
    return net + half_up(net * part.treatment.rate / Fraction(100))


def _carried_note(charge: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    if charge["carried"]:
        years = ", ".join(f"{year}: {money(cents)}" for year, cents in charge["carried_to"].items())
        notes.append(f"In den bereits berechneten Beträgen enthalten: auf spätere Jahre vorgetragen ({years}).")
    if charge["due_of_earlier"]:
        notes.append(
            f"Von den bereits berechneten Beträgen abgesetzt: aus früheren Jahren jetzt fällig "
            f"{money(charge['due_of_earlier'])}."
        )
    return tuple(notes)


def _preceding(before: Sequence[Document], part: Part) -> Document | None:
    """The document of an earlier settlement that a correction is about: of the same treatment, for the same days."""
    candidates = [document for document in before if document.kind == "invoice"]
    same = [document for document in candidates if document.treatment == NAMES[part.treatment.value]]
    days = [document for document in same if document.period.start <= part.period.start]
    return next(reversed(days or same or candidates), None)


def _undone(document: Document) -> Planned:
    """The correction that takes back a whole document."""
    before = from_stored(document.content)
    lines = tuple(
        replace(line, name=f"Storno: {line.name}", quantity=-line.quantity, net_cents=-line.net_cents)
        for line in before.lines
    )
    part = Part(before.treatment, before.reason, before.period, lines)
    return Planned("correction", part, -before.prepaid_cents, corrects=document)
