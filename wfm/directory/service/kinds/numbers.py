"""Dialled numbers: to which partner they belong, and since when."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wfm.directory.models import DialledNumber
from wfm.directory.queries import partner_names
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, plan_dated

COLUMNS = (
    Column("number", cells.number, required=True, filled=True),
    Column("partner", cells.partner_key, required=True, filled=True),
    Column("valid_from", cells.day, required=True, filled=True),
    Column("valid_to", cells.day),
)


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A number that gets a new first day moves: its open older range ends the day before."""
    partners = partner_names(session)
    wanted = [
        (row.line, (row["number"],), validity, row["partner"])
        for row in rows
        if draft.known(row, "partner", partners, "Partner") and (validity := draft.validity(row))
    ]
    plan_dated(
        session,
        draft,
        DialledNumber,
        ("number", "partner"),
        wanted,
        lambda key, partner: f"{key[0]} {partners[partner]}",
        touches="number",
    )
