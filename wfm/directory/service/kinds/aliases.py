"""Names of agents: what a telephone system calls a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wfm.directory.models import AgentAlias
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import ALIAS, Draft, plan_dated

#: The system to which sources belong unless told otherwise.
DEFAULT_SYSTEM = "main"

COLUMNS = (
    Column("system", cells.text),
    Column("alias", cells.text, required=True, filled=True),
    Column("agent", cells.text, required=True, filled=True),
    Column("valid_from", cells.day, required=True, filled=True),
    Column("valid_to", cells.day),
)


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A new one changes no call, but whose day it was: facts of agents are counted anew."""
    wanted = [
        (row.line, (row["system"] or DEFAULT_SYSTEM, row["alias"]), validity, row["agent"])
        for row in rows
        if (validity := draft.validity(row))
    ]
    plan_dated(
        session,
        draft,
        AgentAlias,
        ("system", "alias", "agent"),
        wanted,
        lambda key, agent: f"{key[0]}: {key[1]} = {agent}",
        touches=ALIAS,
    )
