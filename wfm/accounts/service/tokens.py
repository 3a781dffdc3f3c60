"""API tokens: keys for programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from wfm.accounts.models import ApiToken, Person
from wfm.accounts.rules import NotSignedIn, Role, Viewer, check_grant, check_usable
from wfm.accounts.service.audit import record
from wfm.core.clock import now
from wfm.core.errors import BadInput, NotFound, Sentence

#: Scanners that look for leaked secrets in repositories and logs, ours included, know a token by this.
PREFIX = "wfm_"

#: When a token was last used is told to the minute: not every request has to write.
USE_NOTED_EVERY = timedelta(minutes=1)


def create_token(
    session: Session,
    *,
    name: str,
    role: Role,
    partner: str | None = None,
    scopes: Collection[str] = (),
    source: str | None = None,
    expires_at: datetime | None = None,
    person: Person | None = None,
    by: str,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown this once and can't be recovered.

    With `person` it is theirs: it acts as they do, and can do no more than they can.
    """
    check_grant(role, partner, scopes, source)
    if expires_at is not None and expires_at <= now():
        raise BadInput("token.expired", "Das Ablaufdatum liegt in der Vergangenheit.", field="expires")
    if partner is not None and not session.scalar(text("SELECT 1 FROM partner WHERE key = :key"), {"key": partner}):
        raise NotFound(
            "partner.unknown",
            Sentence("Einen Partner „%(partner)s“ gibt es nicht.", partner=partner),
            partner=partner,
            field="partner",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        token_hash=digest(secret),
        name=name,
        role=role,
        partner=partner,
        source=source,
        person_id=person and person.id,
        scopes=sorted(scopes),
        created_at=now(),
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    details: dict[str, object] = {"role": str(role), "partner": partner, "scopes": sorted(scopes), "source": source}
    if person is not None:
        details["person"] = person.id
    record(session, by, "token.created", object_kind="api_token", object_id=token.id, details=details)
    return token, secret


def create_own_token(
    session: Session,
    person_id: int,
    *,
    name: str,
    scopes: Collection[str] = (),
    expires_at: datetime | None = None,
    by: str,
) -> tuple[ApiToken, str]:
    """A token of a person: it carries their role and partner, whatever these are when it is used."""
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        raise NotFound("person.unknown", "Dieses Konto gibt es nicht, oder es ist gesperrt.")
    role, partner = Role(person.role), person.partner
    return create_token(
        session, name=name, role=role, partner=partner, scopes=scopes, expires_at=expires_at, person=person, by=by
    )


def own_tokens(session: Session, person_id: int) -> list[ApiToken]:
    """The tokens of a person, oldest first."""
    return list(session.scalars(select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.id)))


def authenticate(session: Session, secret: str) -> Viewer:
    """Who brings this token; raises NotSignedIn for one that is unknown, revoked or expired."""
    token = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest(secret)))
    if token is None:
        raise NotSignedIn("token.unknown", "Dieser Zugangsschlüssel ist nicht bekannt.")
    check_usable(token.revoked_at, token.expires_at, now())
    if token.last_used_at is None or token.last_used_at < now() - USE_NOTED_EVERY:
        session.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now()))
    scopes = frozenset(token.scopes)
    if token.person_id is None:
        return Viewer(token.name, Role(token.role), token.partner, scopes, token.source)
    person = session.get_one(Person, token.person_id)
    if person.disabled_at is not None:
        raise NotSignedIn("token.person_disabled", "Das Konto, zu dem dieser Zugangsschlüssel gehört, ist gesperrt.")
    role = Role(person.role)
    return Viewer(person.login, role, person.partner, scopes, person_id=person.id, agent=person.agent)


def revoke_token(session: Session, token_id: int, *, by: str) -> ApiToken:
    """End a token for good; revoking it again changes nothing."""
    token = session.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise NotFound(
            "token.unknown",
            Sentence("Einen Zugangsschlüssel mit der Nummer %(number)s gibt es nicht.", number=token_id),
        )
    if token.revoked_at is None:
        token.revoked_at = now()
        record(session, by, "token.revoked", object_kind="api_token", object_id=token.id)
    return token


def list_tokens(session: Session) -> list[ApiToken]:
    """Every token there ever was, oldest first; revoked ones stay to explain the audit trail."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.id)))


def digest(secret: str) -> bytes:
    """What is stored of a token.

    A plain, fast hash is right here: the secret has 256 random bits, so there is nothing to guess that argon2 could
    make dearer, and every request pays for it. Unkeyed, so that tokens outlive a change of WFM_SECRET.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
