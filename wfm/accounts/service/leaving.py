"""What becomes of accounts of people who have left: a number without a name.

The row stays, since the audit trail and agreements speak of `person:7`, and says what role that was. Who came by single
sign-on stays locked out: of the provider's subject a keyed hash is kept, by which the same subject is known again and
from which nobody without the installation's secret gets back to it.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, column, func, not_, select, table
from sqlalchemy.orm import Session

from wfm.accounts.models import Person
from wfm.core.config import settings


def count_with_names(session: Session, before: datetime) -> int:
    """How many accounts `take_names` would change."""
    return session.scalar(select(func.count()).where(_left(before))) or 0


def take_names(session: Session, before: datetime) -> int:
    """Take name, login, password and subject from accounts locked out before an instant; how many.

    One that still belongs to an agent whom the directory knows keeps its name until that person is forgotten or their
    names there are over.
    """
    people = session.scalars(select(Person).where(_left(before)).with_for_update()).all()
    for person in people:
        person.login = person.nameless_login
        person.name = f"Konto {person.id}"
        person.password_hash = person.agent = None
        person.must_change_password = False
        person.subject = person.subject and hidden_subject(person.subject)
        person.language = "de"
    session.flush()
    return len(people)


def hidden_subject(subject: str) -> str:
    """What is left of a subject when its account has no name any more."""
    return "hidden " + hmac.new(settings().secret, f"subject|{subject}".encode(), "sha256").hexdigest()


def _left(before: datetime) -> ColumnElement[bool]:
    # The directory stands above this package: its table is named, not imported.
    in_directory: Select[Any] = select(column("agent")).select_from(table("agent_alias"))
    still_agent = and_(Person.agent.is_not(None), Person.agent.in_(in_directory))
    return and_(Person.disabled_at < before, Person.login != "konto " + cast(Person.id, Text), not_(still_agent))
