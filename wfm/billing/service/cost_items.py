"""Items of cost, by month, cost centre and kind: read in from files, entered by hand, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.billing.models import CostCentre, CostItem
from wfm.billing.rules import written
from wfm.billing.rules.words import euros, money
from wfm.billing.service.cost import cost_of
from wfm.billing.service.files import FileKind, enter_row
from wfm.core.clock import now
from wfm.core.errors import BadInput, Sentence
from wfm.core.intervals import Month
from wfm.core.rounding import half_up
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, ImportPlan

KINDS: Mapping[str, str] = {
    "staff": "Personal",
    "rooms": "Räume",
    "telephony": "Telefonie",
    "it": "IT",
    "overhead": "Gemeinkosten",
    "other": "Sonstiges",
}
STAGES: Mapping[str, str] = {"plan": "Plan", "actual": "Ist"}


def _word_of(words: Mapping[str, str]) -> Any:
    """A reader of one of these words, English or German."""
    by_word = {title.lower(): key for key, title in words.items()} | {key: key for key in words}

    def read(cell: str) -> str:
        if cell.lower() not in by_word:
            known = ", ".join((*words, *words.values()))
            raise ValueError(Sentence("„%(given)s“ ist unbekannt (erlaubt: %(known)s)", given=cell[:40], known=known))
        return by_word[cell.lower()]

    return read


COLUMNS = (
    Column("month", written.month, required=True, filled=True),
    Column("cost_centre", cells.text, required=True, filled=True),
    Column("kind", _word_of(KINDS), required=True, filled=True),
    Column("stage", _word_of(STAGES), required=True, filled=True),
    Column("amount", written.cents, required=True, filled=True),
    Column("note", cells.text),
)


def by_month_and_kind(items: Sequence[CostItem]) -> dict[Month, dict[str, int]]:
    """Sums of the centre's part by month and kind, each rounded for itself: for reading, not for adding up."""
    sums: dict[Month, dict[str, Fraction]] = {}
    for item in items:
        row = sums.setdefault(Month.of(item.month), {})
        row[item.kind] = row.get(item.kind, Fraction(0)) + item.cents * Fraction(item.share)
    return {month: {kind: half_up(exact) for kind, exact in row.items()} for month, row in sums.items()}


# ---- cost centres ----------------------------------------------------------------------------------------------------


def cost_centres(session: Session) -> Sequence[CostCentre]:
    return session.scalars(select(CostCentre).order_by(CostCentre.key)).all()


def keep_cost_centre(session: Session, key: str, name: str, product: str, share: Decimal, *, by: str) -> CostCentre:
    """Add or change a cost centre. Items that are there keep the share they were entered with."""
    if not 0 < share <= 1:
        message = "Der Anteil muss über 0 und höchstens 100 % sein."
        raise BadInput("cost.share", message, field="share")
    known = session.get(CostCentre, key) or CostCentre(key=key)
    known.name, known.product, known.share = name, product, share
    session.add(known)
    session.flush()
    audit.record(session, by, "cost.centre", object_kind="cost_centre", object_id=key, details={"share": str(share)})
    return known


# ---- reading in ------------------------------------------------------------------------------------------------------


def enter(session: Session, cells_: Mapping[str, str], *, by: str) -> None:
    """Enter one item, cells as a clerk writes them. A correction is one more item, negative if need be.

    Raises BadInput("billing.entry") with the column as `field`.
    """
    enter_row(session, KIND, cells_, by=by)


class Effect(NamedTuple):
    """A month's cost of a stage: what is there, and what a file would add to it."""

    month: Month
    stage: str
    there_cents: int
    added_cents: int


def effect(session: Session, plan: ImportPlan) -> list[Effect]:
    """What a file would do to each month, held against what is there."""
    new: dict[tuple[date, str], Fraction] = {}
    for entry in plan.inserts:
        if isinstance(entry, CostItem):
            place = entry.month, entry.stage
            new[place] = new.get(place, Fraction(0)) + entry.cents * Fraction(entry.share)
    found = []
    for (month, stage), exact in sorted(new.items()):
        there = cost_of(session, Month.of(month).days, stage).cents
        found.append(Effect(Month.of(month), stage, there, half_up(exact)))
    return found


def list_cost(session: Session) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Every item, with the share it was entered with: no file to read in again, which would double the cost."""
    rows = session.scalars(select(CostItem).order_by(CostItem.month, CostItem.cost_centre, CostItem.kind, CostItem.id))
    return (*(column.name for column in COLUMNS), "share"), [
        (
            *(f"{row.month:%Y-%m}", row.cost_centre, row.kind, row.stage, euros(row.cents)),
            *(row.note, row.share),
        )
        for row in rows
    ]


def _plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """Items are only ever added. A file is known by what it says: read in again, it says nothing new."""
    centres = {centre.key: centre for centre in cost_centres(session)}
    # What is entered by hand is line 1; in a file that is the heading. By hand the same may be meant twice.
    batch = _batch(rows) if rows and rows[0].line > 1 else None
    if batch and session.scalar(select(CostItem.id).where(CostItem.batch == batch).limit(1)) is not None:
        return
    for number, row in enumerate(rows, 1):
        if not draft.known(row, "cost_centre", centres, "Kostenstelle"):
            continue
        if row["amount"] == 0:
            draft.error(row, "amount", Sentence("ist 0: so etwas ist kein Kostenposten"))
            continue
        entry = CostItem(
            cost_centre=row["cost_centre"],
            month=row["month"],
            kind=row["kind"],
            stage=row["stage"],
            cents=row["amount"],
            share=centres[row["cost_centre"]].share,
            note=row["note"] or "",
            batch=batch,
            row=number if batch else None,
            made_at=now(),
            made_by="",
        )
        what = f"{row['month']:%m/%Y} {row['cost_centre']} {KINDS[row['kind']]} ({STAGES[row['stage']]})"
        draft.add(row.line, f"{what}: {money(row['amount'])}", entry)


def _batch(rows: Sequence[Row]) -> str:
    """The same for two files that say the same, however they are laid out."""
    told = sorted(repr(sorted((name, str(cell)) for name, cell in row.cells.items() if cell)) for row in rows)
    return sha256("\n".join(told).encode()).hexdigest()


def _done(session: Session, plan: ImportPlan, by: str) -> None:
    audit.record(session, by, "cost.enter", object_kind="cost_item", details={"added": len(plan.added)})


KIND = FileKind("cost", COLUMNS, _plan, _done)
