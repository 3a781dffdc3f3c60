"""Questionnaires for municipalities that have not decided: sent as a link, saved as they are typed, handed in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.accounts.service import audit
from wfm.billing.models import Questionnaire, QuestionnaireAnswer
from wfm.billing.rules.questionnaire import FIELDS, Answers, Read, Typed, as_typed, read_answers
from wfm.core.clock import berlin_day, now
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken
from wfm.directory.models import PartnerProfile
from wfm.directory.queries import partner_names, service_names
from wfm.directory.service import enter

#: Days that a link is good for, and the most that may be asked for.
DAYS, MOST_DAYS = 60, 365
#: Versions of one questionnaire: somebody who types makes some hundred, a program that has the link could fill a disk.
MOST_VERSIONS = 5_000


@dataclass(frozen=True, slots=True)
class State:
    """A questionnaire as it stands: its newest version, and what that means."""

    questionnaire: Questionnaire
    version: int
    typed: Typed
    read: Read
    saved_at: datetime | None

    @property
    def word(self) -> str:
        """open, handed_in, closed or expired."""
        if self.questionnaire.closed_at is not None:
            return "closed"
        if self.questionnaire.handed_in_at is not None:
            return "handed_in"
        return "expired" if self.questionnaire.expires_at <= now() else "open"


def ask(session: Session, viewer: Viewer, partner: str, *, days: int = DAYS) -> tuple[Questionnaire, str]:
    """A new questionnaire for a partner and the secret of its link, which is told this once.

    Raises NotFound for a partner that is none, BadInput for days out of range.
    """
    viewer.require("accession.write")
    if partner not in partner_names(session):
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=partner)
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("questionnaire.days", "Ein Link gilt 1 bis 365 Tage.", field="days")
    secret = secrets.token_urlsafe(32)
    made = Questionnaire(
        partner=partner,
        token_hash=_digest(secret),
        made_at=now(),
        made_by=viewer.actor,
        expires_at=now() + timedelta(days=days),
    )
    session.add(made)
    session.flush()
    _note(session, viewer.actor, "questionnaire.ask", made)
    return made, secret


def open_link(session: Session, secret: str, *, lock: bool = False) -> Questionnaire:
    """The questionnaire of a link. Raises NotFound if it is unknown, closed or over: a stranger learns no difference
    that matters, its owner is told."""
    wanted = select(Questionnaire).where(Questionnaire.token_hash == _digest(secret))
    found = session.scalars(wanted.with_for_update() if lock else wanted).first()
    if found is None:
        raise NotFound("questionnaire.unknown", "Diesen Fragebogen gibt es nicht: Bitte den Link prüfen.")
    if found.closed_at is not None:
        raise NotFound("questionnaire.closed", "Dieser Fragebogen ist geschlossen.")
    if found.expires_at <= now():
        raise NotFound("questionnaire.expired", "Dieser Link ist abgelaufen. Bitte einen neuen anfordern.")
    return found


def state_of(session: Session, questionnaire: Questionnaire) -> State:
    """Its newest version; of one that nothing was typed in yet, nothing."""
    newest = session.scalars(
        select(QuestionnaireAnswer)
        .where(QuestionnaireAnswer.questionnaire_id == questionnaire.id)
        .order_by(QuestionnaireAnswer.version.desc())
        .limit(1)
    ).first()
    typed = dict(newest.answers) if newest else {}
    read = read_answers(typed, service_names(session).keys())
    return State(questionnaire, newest.version if newest else 0, typed, read, newest.saved_at if newest else None)


def save(session: Session, secret: str, sent: Mapping[str, Any]) -> State:
    """Keep what was typed as a new version, with its faults; the same once more is no new version.

    Raises NotFound as `open_link`, Conflict("questionnaire.handed_in"), RuleBroken("questionnaire.versions").
    """
    questionnaire = open_link(session, secret, lock=True)
    if questionnaire.handed_in_at is not None:
        raise Conflict("questionnaire.handed_in", "Dieser Fragebogen ist schon abgegeben.")
    before = state_of(session, questionnaire)
    typed = as_typed(sent, before.typed)
    if before.version and typed == before.typed:
        return before
    if before.version >= MOST_VERSIONS:
        message = "Dieser Fragebogen wurde zu oft geändert. Bitte einen neuen Link anfordern."
        raise RuleBroken("questionnaire.versions", message, most=MOST_VERSIONS)
    session.add(
        QuestionnaireAnswer(
            questionnaire_id=questionnaire.id, version=before.version + 1, answers=typed, saved_at=now()
        )
    )
    session.flush()
    return state_of(session, questionnaire)


def hand_in(session: Session, secret: str) -> State:
    """Hand in what was typed last; it becomes a new version of the partner's profile in the directory.

    Raises BadInput("questionnaire.faults") with the `errors` by field, and what `save` raises.
    """
    questionnaire = open_link(session, secret, lock=True)
    if questionnaire.handed_in_at is not None:
        raise Conflict("questionnaire.handed_in", "Dieser Fragebogen ist schon abgegeben.")
    found = state_of(session, questionnaire)
    if found.read.errors:
        message = "Bitte zuerst berichtigen, was bei den Feldern steht."
        raise BadInput("questionnaire.faults", message, faults=dict(found.read.errors))
    questionnaire.handed_in_at = now()
    by = f"questionnaire:{questionnaire.id}"
    enter(session, "profiles", [_profile(session, questionnaire, found.read.answers)], by=by)
    _note(session, by, "questionnaire.hand_in", questionnaire)
    session.flush()
    return found


def reopen(session: Session, viewer: Viewer, number: int) -> Questionnaire:
    """Let a questionnaire that was handed in be changed again, for its days or at least two weeks more."""
    found = _find(session, viewer, number)
    if found.handed_in_at is None or found.closed_at is not None:
        raise Conflict("questionnaire.not_handed_in", "Wieder öffnen lässt sich nur ein abgegebener Fragebogen.")
    found.handed_in_at = None
    found.expires_at = max(found.expires_at, now() + timedelta(days=14))
    _note(session, viewer.actor, "questionnaire.reopen", found)
    return found


def close(session: Session, viewer: Viewer, number: int) -> Questionnaire:
    """End a link for good; what was answered stays."""
    found = _find(session, viewer, number)
    if found.closed_at is None:
        found.closed_at = now()
        _note(session, viewer.actor, "questionnaire.close", found)
    return found


def questionnaires(session: Session, viewer: Viewer, partner: str | None = None) -> list[State]:
    """Those of a partner, or of all that the viewer may see, the newest first."""
    viewer.require("accession.read")
    if partner is not None:
        viewer.require_partner(partner)
    whose = partner if viewer.sees_all_partners else viewer.partner
    wanted = select(Questionnaire).order_by(Questionnaire.id.desc())
    if whose is not None or not viewer.sees_all_partners:
        wanted = wanted.where(Questionnaire.partner == whose)
    return [state_of(session, each) for each in session.scalars(wanted)]


def find(session: Session, viewer: Viewer, number: int) -> Questionnaire:
    """A questionnaire that the viewer may see. Raises NotFound."""
    viewer.require("accession.read")
    found = session.get(Questionnaire, number)
    if found is None or not viewer.may_see_partner(found.partner):
        raise NotFound("questionnaire.unknown", "Diesen Fragebogen gibt es nicht.", id=number)
    return found


def versions(session: Session, viewer: Viewer, number: int) -> Sequence[QuestionnaireAnswer]:
    """All versions of a questionnaire, the newest first. Raises NotFound."""
    find(session, viewer, number)
    wanted = select(QuestionnaireAnswer).where(QuestionnaireAnswer.questionnaire_id == number)
    return session.scalars(wanted.order_by(QuestionnaireAnswer.version.desc())).all()


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that a version changed."""

    version: int
    saved_at: datetime
    field: str
    before: str
    after: str


def changes(session: Session, viewer: Viewer, number: int) -> list[Change]:
    """What each version of a questionnaire changed, the newest first. Raises NotFound as `versions`."""
    names = service_names(session)
    kept = versions(session, viewer, number)
    found = []
    for after, before in zip(kept, [*kept[1:], None], strict=True):
        for name in FIELDS:
            old, new = (_said(one.answers.get(name) if one else None, names) for one in (before, after))
            if old != new:
                found.append(Change(after.version, after.saved_at, name, old, new))
    return found


def _said(answer: Any, services: Mapping[str, str]) -> str:
    if isinstance(answer, list):
        return ", ".join(services.get(key, key) for key in answer)
    return str(answer or "")


def handed_in(session: Session, partner: str) -> State | None:
    """What a partner handed in last, if anything."""
    found = session.scalars(
        select(Questionnaire)
        .where(Questionnaire.partner == partner, Questionnaire.handed_in_at.is_not(None))
        .order_by(Questionnaire.handed_in_at.desc())
        .limit(1)
    ).first()
    return None if found is None else state_of(session, found)


def _profile(session: Session, questionnaire: Questionnaire, answers: Answers) -> dict[str, str]:
    """The row of the directory's file of profiles. The queue, which the centre settles, stays as it was."""
    newest = select(PartnerProfile.queue).where(PartnerProfile.partner == questionnaire.partner)
    queue = session.scalars(
        newest.order_by(PartnerProfile.as_of.desc(), PartnerProfile.version.desc()).limit(1)
    ).first()
    said = " ".join(answers.calls_source.split())
    source = f"Fragebogen {questionnaire.id}" + (f": {said}" if said else "")
    return {
        "partner": questionnaire.partner,
        "as_of": berlin_day(now()).isoformat(),
        "calls_a_year": "" if answers.calls_a_year is None else str(answers.calls_a_year),
        "source": source,
        "hours": " ".join(answers.hours.split()),
        "services": ";".join(answers.services),
        "wished_start": answers.wished_start.isoformat() if answers.wished_start else "",
        "queue": queue or "",
    }


def _find(session: Session, viewer: Viewer, number: int) -> Questionnaire:
    viewer.require("accession.write")
    found = session.get(Questionnaire, number, with_for_update=True)
    if found is None:
        raise NotFound("questionnaire.unknown", "Diesen Fragebogen gibt es nicht.", id=number)
    return found


def _note(session: Session, by: str, action: str, about: Questionnaire) -> None:
    details = {"partner": about.partner}
    audit.record(session, by, action, object_kind="questionnaire", object_id=about.id, details=details)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
