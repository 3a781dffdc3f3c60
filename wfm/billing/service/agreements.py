"""Agreements: who is bound to which terms from when to when. Read in from a file, entered by hand, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import cast, select
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.billing.models import Agreement, Settlement, SettlementShare, Terms
from wfm.billing.rules import written
from wfm.billing.rules.allocation import in_order
from wfm.billing.rules.case import Key
from wfm.billing.rules.unattributed import Bears
from wfm.billing.rules.variants import read_variant
from wfm.billing.rules.words import euros
from wfm.billing.service.files import FileKind, enter_row
from wfm.billing.service.membership import follow
from wfm.billing.service.reading import standing
from wfm.billing.service.terms import GREATEST_ID
from wfm.core.clock import now
from wfm.core.errors import BadInput, NotFound, RuleBroken, Sentence
from wfm.core.intervals import Days
from wfm.directory.models import Partner, PartnerInhabitants
from wfm.directory.rules import cells
from wfm.directory.rules.dated import Validity
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, ImportPlan, wait_for_others

COLUMNS = (
    Column("partner", cells.partner_key, required=True, filled=True),
    Column("terms", cells.text, required=True, filled=True),
    Column("version", cells.whole_number(1, 9999), required=True, filled=True),
    Column("valid_from", cells.day, required=True, filled=True),
    Column("valid_to", cells.day),
    Column("reference", cells.text, required=True, filled=True),
    Column("signed_on", cells.day),
    Column("weight", cells.whole_number(0, 20_000_000)),
    Column("fixed_amount", written.cents),
    Column("tax", written.tax, required=True, filled=True),
    Column("ended_reason", cells.text),
)


class InForce(NamedTuple):
    """An agreement in force in a period, and on which days of it."""

    agreement: Agreement
    terms: Terms
    partner: str
    days: Days


def in_force(session: Session, period: Days) -> list[InForce]:
    """Agreements with any day in the period, by partner (the Region last) and first day."""
    within = Agreement.valid.op("&&")(cast(Range(period.start, period.end, bounds="[)"), DATERANGE))
    rows = session.execute(select(Agreement, Terms).join(Terms, Terms.id == Agreement.terms_id).where(within)).all()
    found = []
    for agreement, terms in rows:
        end = min(agreement.valid.end or period.end, period.end)
        found.append(InForce(agreement, terms, agreement.partner, Days(max(agreement.valid.start, period.start), end)))
    return sorted(found, key=lambda one: (in_order(one.partner), one.days.start))


def all_agreements(session: Session) -> list[tuple[Agreement, Terms]]:
    """Every agreement with its terms, by partner (the Region last) and first day."""
    rows = session.execute(select(Agreement, Terms).join(Terms, Terms.id == Agreement.terms_id)).all()
    return sorted(((a, t) for a, t in rows), key=lambda row: (in_order(row[0].partner), row[0].valid.start))


def find_agreement(session: Session, agreement_id: int, *, lock: bool = False) -> Agreement:
    """One agreement; raises NotFound."""
    found = session.get(Agreement, agreement_id, with_for_update=lock) if 0 < agreement_id <= GREATEST_ID else None
    if found is None:
        raise NotFound("agreement.unknown", "Diese Vereinbarung gibt es nicht (mehr).", id=agreement_id)
    return found


def settled_with(session: Session, known: Agreement) -> list[Settlement]:
    """Settlements that stand and charge the partner for days of this agreement: no change of it reaches them."""
    partners = select(SettlementShare.settlement_id).where(SettlementShare.partner == known.partner)
    named = set(session.scalars(partners))
    found = standing(session, "advance", "period", "annual")
    return [each for each in found if each.id in named and each.period.overlaps(known.valid)]


def enter(session: Session, cells_: Mapping[str, str], *, by: str) -> Agreement:
    """Enter one agreement, cells as a clerk writes them; one of the same partner and first day is corrected.

    Raises BadInput("billing.entry") with the column as `field`.
    """
    row = enter_row(session, KIND, cells_, by=by)
    of_partner = session.scalars(select(Agreement).where(Agreement.partner == row["partner"]))
    return next(one for one in of_partner if one.valid.start == row["valid_from"])


def end_agreement(session: Session, agreement_id: int, last_day: date, reason: str, *, by: str) -> Agreement:
    """Let an agreement end with a day, for a reason. Raises BadInput("agreement.end") if it cannot end so."""
    wait_for_others(session)
    known = find_agreement(session, agreement_id, lock=True)
    if not reason.strip():
        raise BadInput("agreement.end", "Bitte einen Grund nennen.", field="reason")
    if last_day not in known.valid:
        message = Sentence("Die Vereinbarung gilt %(valid)s: Der letzte Tag muss darin liegen.", valid=str(known.valid))
        raise BadInput("agreement.end", message, field="last_day")
    known.valid, known.ended_reason = Validity.of(known.valid.start, last_day), reason.strip()
    session.flush()
    follow(session, [known], by)
    details = {"partner": known.partner, "last_day": last_day.isoformat()}
    audit.record(session, by, "agreement.end", object_kind="agreement", object_id=known.id, details=details)
    return known


def withdraw(session: Session, agreement_id: int, *, by: str) -> None:
    """Take out an agreement that should never have been there; memberships are put right in the directory.

    Raises RuleBroken("agreement.settled") once a settlement of its days names the partner.
    """
    known = find_agreement(session, agreement_id, lock=True)
    overlapping = Settlement.period.op("&&")(cast(Range(known.valid.start, known.valid.end, bounds="[)"), DATERANGE))
    settled = (
        select(Settlement.id)
        .join(SettlementShare, SettlementShare.settlement_id == Settlement.id)
        .where(SettlementShare.partner == known.partner, overlapping, Settlement.state != "withdrawn")
    )
    if session.scalar(settled.limit(1)) is not None:
        raise RuleBroken("agreement.settled", "Nach dieser Vereinbarung wurde schon abgerechnet: bitte sie beenden.")
    session.delete(known)
    session.flush()
    details = {"partner": known.partner, "valid": str(known.valid)}
    audit.record(session, by, "agreement.withdraw", object_kind="agreement", object_id=agreement_id, details=details)


def list_agreements(session: Session) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Every agreement in the columns of the import file."""
    return tuple(column.name for column in COLUMNS), [as_cells(*row) for row in all_agreements(session)]


def as_cells(agreement: Agreement, terms: Terms) -> tuple[Any, ...]:
    """An agreement as a row of the file."""
    fixed = "" if agreement.fixed_cents is None else euros(agreement.fixed_cents)
    return (
        *(agreement.partner, terms.name, terms.version, agreement.valid.start, agreement.valid.last_day or ""),
        *(agreement.reference, agreement.signed_on or "", "" if agreement.weight is None else agreement.weight),
        *(fixed, written.tax_text(agreement.tax), agreement.ended_reason),
    )


class _Plan:
    """What rows of agreements would change, against all that is there."""

    def __init__(self, session: Session, draft: Draft) -> None:
        self.draft = draft
        self.partners = {partner.key: partner for partner in session.scalars(select(Partner))}
        self.counted = set(session.scalars(select(PartnerInhabitants.partner)))
        self.terms = {(terms.name, terms.version): terms for terms in session.scalars(select(Terms))}
        self.known = {(one.partner, one.valid.start): one for one in session.scalars(select(Agreement))}
        self.titles = {terms.id: f"{terms.name} ({terms.version})" for terms in self.terms.values()}
        #: Partner -> days and reference of what will be there, by first day.
        self.after: dict[str, dict[date, tuple[Validity, str]]] = {}
        for one in self.known.values():
            self.after.setdefault(one.partner, {})[one.valid.start] = one.valid, one.reference

    def rows(self, rows: Sequence[Row]) -> None:
        read = [(row, values) for row in rows if (values := self._values(row)) is not None]
        for row, values in read:
            self.after.setdefault(row["partner"], {})[values["valid"].start] = values["valid"], values["reference"]
        for row, values in read:
            if self._free(row, values["valid"]):
                self._plan(row, values)

    def _values(self, row: Row) -> dict[str, Any] | None:
        draft, terms = self.draft, self.terms.get((row["terms"], row["version"]))
        validity = draft.validity(row)
        if not draft.known(row, "partner", self.partners, "Partner") or validity is None:
            return None
        if terms is None:
            words = "die Regelung „%(name)s“ hat keine Fassung %(version)s"
            draft.error(row, "terms", Sentence(words, name=row["terms"], version=row["version"]))
        elif terms.state != "agreed":
            draft.error(row, "terms", Sentence("diese Fassung der Regelung ist nicht vereinbart"))
        elif row["weight"] is not None and row["fixed_amount"] is not None:
            draft.error(row, "weight", Sentence("entweder ein Gewicht oder ein fester Betrag, nicht beides"))
        elif row["fixed_amount"] is not None and row["fixed_amount"] < 0:
            draft.error(row, "fixed_amount", Sentence("darf nicht negativ sein"))
        elif row["tax"][0][0] > validity.start.isoformat():
            draft.error(row, "tax", Sentence("muss mit dem ersten Tag der Vereinbarung beginnen"))
        elif self._needs_weight(row, terms):
            words = (
                "%(partner)s hat keine eigenen Einwohner: Für %(variant)s ist ein Gewicht oder ein fester Betrag nötig"
            )
            partner = self.partners[row["partner"]].name
            draft.error(row, "weight", Sentence(words, partner=partner, variant=terms.variant))
        else:
            return {
                "terms_id": terms.id,
                "valid": validity,
                "reference": row["reference"],
                "signed_on": row["signed_on"],
                "weight": row["weight"],
                "fixed_cents": row["fixed_amount"],
                "tax": [{"from": day, "treatment": treatment} for day, treatment in row["tax"]],
                "ended_reason": row["ended_reason"] or "",
            }
        return None

    def _needs_weight(self, row: Row, terms: Terms) -> bool:
        if row["weight"] is not None or row["fixed_amount"] is not None or row["partner"] in self.counted:
            return False
        needs = read_variant(terms.variant, terms.parameters).needs
        return Key.INHABITANTS in needs or terms.counting["unattributed"] == Bears.INHABITANTS

    def _free(self, row: Row, validity: Validity) -> bool:
        for start, (other, reference) in self.after[row["partner"]].items():
            if start != validity.start and other.overlaps(validity):
                words = "überschneidet sich mit der Vereinbarung „%(other)s“ von %(partner)s, %(days)s"
                partner = self.partners[row["partner"]].name
                reason = Sentence(words, other=reference, partner=partner, days=str(other))
                self.draft.error(row, "valid_from", reason)
                return False
        return True

    def _plan(self, row: Row, values: dict[str, Any]) -> None:
        known = self.known.get((row["partner"], values["valid"].start))
        what = f"{self.partners[row['partner']].name}: {self.titles[values['terms_id']]}, {values['valid']}"
        if known is None:
            entry = Agreement(partner=row["partner"], made_at=now(), made_by="", **values)
            self.draft.add(row.line, what, entry)
        elif any(getattr(known, name) != value for name, value in values.items()):
            self.draft.change(row.line, what, known, **values)


def _plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    _Plan(session, draft).rows(rows)


def _done(session: Session, plan: ImportPlan, by: str) -> None:
    entries = [one for one in (*plan.inserts, *(entry for entry, _ in plan.updates)) if isinstance(one, Agreement)]
    follow(session, entries, by)
    details = {"added": len(plan.added), "changed": len(plan.changed), "unchanged": plan.unchanged}
    audit.record(session, by, "agreement.enter", object_kind="agreement", details=details)


KIND = FileKind("agreements", COLUMNS, _plan, _done)
