"""Terms: drafted, agreed on, withdrawn, and changed only by a version more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wfm.accounts.service import audit
from wfm.billing.models import Agreement, Terms
from wfm.billing.rules.terms import TermsVersion
from wfm.core.clock import now
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken, Sentence

Given = Mapping[str, Any]
#: What of a version may be given, beside its name and number.
PARTS = ("variant", "parameters", "counting", "keys", "cycle")
STATES: Mapping[str, str] = {"draft": "Entwurf", "agreed": "vereinbart", "withdrawn": "zurückgezogen"}
GREATEST_ID = 2**63 - 1


def all_terms(session: Session) -> Sequence[Terms]:
    """Every version, by name."""
    return session.scalars(select(Terms).order_by(Terms.name, Terms.version)).all()


def find_terms(session: Session, terms_id: int, *, lock: bool = False) -> Terms:
    """One version; raises NotFound."""
    found = session.get(Terms, terms_id, with_for_update=lock) if 0 < terms_id <= GREATEST_ID else None
    if found is None:
        raise NotFound("terms.unknown", "Diese Regelung gibt es nicht.", id=terms_id)
    return found


def draft(session: Session, name: str, given: Given, *, note: str = "", by: str) -> Terms:
    """A first version of new terms, as a draft.

    Raises RuleBroken with the wrong `field`, Conflict("terms.name") if the name is taken.
    """
    if session.scalar(select(Terms.id).where(Terms.name == name).limit(1)) is not None:
        message = Sentence("Die Regelung „%(name)s“ gibt es schon: bitte von ihr eine neue Fassung anlegen.", name=name)
        raise Conflict("terms.name", message, field="name")
    return _keep(session, Terms(name=name, version=1, state="draft"), given, note, by, "terms.draft")


def new_version(session: Session, terms_id: int, *, by: str) -> Terms:
    """The next version of these terms: a draft that says the same so far."""
    known = find_terms(session, terms_id, lock=True)
    newest = session.scalar(select(func.max(Terms.version)).where(Terms.name == known.name)) or 0
    made = Terms(name=known.name, version=newest + 1, state="draft")
    return _keep(session, made, {part: getattr(known, part) for part in PARTS}, known.note, by, "terms.version")


def change(session: Session, terms_id: int, given: Given, *, note: str = "", by: str) -> Terms:
    """Let a draft say something else. Raises RuleBroken("terms.not_draft") for a version that is none any more."""
    known = find_terms(session, terms_id, lock=True)
    if known.state != "draft" or used_by(session, terms_id):
        message = Sentence(
            "%(terms)s ist kein Entwurf mehr und wird nicht geändert: bitte eine neue Fassung anlegen.",
            terms=f"{known.name} ({known.version})",
        )
        raise RuleBroken("terms.not_draft", message)
    return _keep(session, known, given, note, by, "terms.change")


def agree(session: Session, terms_id: int, *, by: str) -> Terms:
    """A draft becomes what partners can be bound to. From then on it is never edited."""
    known = find_terms(session, terms_id, lock=True)
    if known.state != "draft":
        raise RuleBroken("terms.not_draft", "Nur ein Entwurf kann vereinbart werden.")
    TermsVersion.checked(known.name, known.version, *(getattr(known, part) for part in PARTS))
    return _set_state(session, known, "agreed", by)


def withdraw(session: Session, terms_id: int, *, by: str) -> Terms:
    """Nobody can be bound to them any more. Raises RuleBroken("terms.used") while an agreement refers to them."""
    known = find_terms(session, terms_id, lock=True)
    if users := used_by(session, terms_id):
        message = Sentence(
            "%(terms)s gilt in Vereinbarungen (%(partners)s) und kann nicht zurückgezogen werden.",
            terms=f"{known.name} ({known.version})",
            partners=", ".join(sorted({agreement.partner for agreement in users})),
        )
        raise RuleBroken("terms.used", message)
    return _set_state(session, known, "withdrawn", by)


def used_by(session: Session, terms_id: int) -> Sequence[Agreement]:
    """The agreements that refer to a version."""
    return session.scalars(select(Agreement).where(Agreement.terms_id == terms_id).order_by(Agreement.partner)).all()


def _keep(session: Session, terms: Terms, given: Given, note: str, by: str, action: str) -> Terms:
    unknown = given.keys() - set(PARTS)
    if unknown or set(PARTS) - given.keys():
        raise BadInput(
            "terms.parts", Sentence("Anzugeben sind: %(parts)s.", parts=", ".join(PARTS)), field="parameters"
        )
    checked = TermsVersion.checked(terms.name, terms.version, *(given[part] for part in PARTS))
    terms.variant, terms.parameters = checked.variant, dict(checked.parameters)
    terms.counting, terms.keys, terms.cycle = (
        checked.counting.to_json(),
        checked.keys.to_json(),
        checked.cycle.to_json(),
    )
    terms.note, terms.made_at, terms.made_by = note, now(), by
    session.add(terms)
    session.flush()
    details = {"name": terms.name, "version": terms.version}
    audit.record(session, by, action, object_kind="terms", object_id=terms.id, details=details)
    return terms


def _set_state(session: Session, terms: Terms, state: str, by: str) -> Terms:
    terms.state = state
    session.flush()
    audit.record(session, by, f"terms.{state}", object_kind="terms", object_id=terms.id)
    return terms
