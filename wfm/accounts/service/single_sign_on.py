"""Single sign-on: OpenID Connect, code flow with PKCE, with whatever provider the administration runs.

Where the provider is, and who we are there, comes from the environment (WFM_OIDC_…); what its claims mean here stands
in `oidc_mapping`. Sources: OpenID Connect Core 1.0 (sections 3.1 and 5.3), Discovery 1.0, RP-Initiated Logout 1.0,
Back-Channel Logout 1.0, RFC 7636, RFC 9207.

Its libraries are imported where they are used: a web process that nobody signs on to does not wait for them.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from wfm.accounts.models import LoginSession, OidcLogin, OidcMapping, Person
from wfm.accounts.rules import NotSignedIn, Role
from wfm.accounts.rules.claims import Meaning, meaning_of
from wfm.accounts.service.audit import record
from wfm.accounts.service.leaving import hidden_subject
from wfm.accounts.service.oidc_provider import TIMEOUT_S, Provider, the_provider
from wfm.accounts.service.people import end_sessions, find_person
from wfm.accounts.service.sign_in import Browser, begin_session
from wfm.accounts.service.tokens import digest
from wfm.core.clock import now
from wfm.core.errors import BadInput, NotFound, Sentence, ServerTrouble

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

#: Who has not come back from the provider in this time begins anew.
COMES_BACK_IN = timedelta(minutes=10)
SCOPES = "openid profile email"


def begin(session: Session, *, redirect_uri: str, next_path: str | None) -> tuple[str, str]:
    """Where to send the browser, and the secret that it has to bring back in a cookie."""
    provider = the_provider()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    session.execute(delete(OidcLogin).where(OidcLogin.begun_at < now() - COMES_BACK_IN))
    session.add(
        OidcLogin(state_hash=digest(state), nonce=nonce, verifier=verifier, next_path=next_path, begun_at=now())
    )
    url, _ = _client(provider, redirect_uri).create_authorization_url(
        provider.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
    )
    return url, state


def come_back(session: Session, answer: Mapping[str, str], state: str) -> OidcLogin:
    """The attempt that a browser comes back from, by its cookie. It counts once, whatever comes of it: commit before
    `finish`. Raises NotSignedIn."""
    given = answer.get("state", "")
    if not state or not hmac.compare_digest(given.encode(), state.encode()):
        raise NotSignedIn("oidc.state", "Diese Anmeldung wurde nicht in diesem Browser begonnen.")
    taken = delete(OidcLogin).where(OidcLogin.state_hash == digest(state), OidcLogin.begun_at > now() - COMES_BACK_IN)
    login = session.scalar(taken.returning(OidcLogin))
    if login is None:
        raise NotSignedIn("oidc.late", "Diese Anmeldung ist abgelaufen: bitte noch einmal beginnen.")
    return login


def finish(
    session: Session, login: OidcLogin, answer: Mapping[str, str], *, redirect_uri: str, browser: Browser
) -> tuple[LoginSession, str] | None:
    """A session for whoever the provider says this is, and its secret; None for somebody without a role here.

    Raises NotSignedIn with what to tell the person.
    """
    from authlib.common.errors import AuthlibBaseError
    from requests import RequestException

    provider = the_provider()
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise NotSignedIn("oidc.issuer", "Die Antwort kam von einem anderen Anmeldedienst.")
    if reason := answer.get("error"):
        raise NotSignedIn(
            "oidc.refused", Sentence("Der Anmeldedienst hat abgelehnt (%(reason)s).", reason=reason[:100])
        )
    code = {"grant_type": "authorization_code", "code": answer.get("code"), "code_verifier": login.verifier}
    try:
        client = _client(provider, redirect_uri)
        token = client.fetch_token(provider.token_endpoint, **code)
        claims = provider.claims_of(token.get("id_token", ""), nonce=login.nonce)
        if provider.userinfo_endpoint:
            more = client.get(provider.userinfo_endpoint).json()
            # Of another subject it would be somebody else's: OpenID Connect Core 1.0, section 5.3.2.
            claims = {**more, **claims} if more.get("sub") == claims["sub"] else claims
    except (AuthlibBaseError, RequestException, ValueError) as error:
        raise NotSignedIn("oidc.failed", "Die Anmeldung beim Anmeldedienst hat nicht geklappt.") from error
    person = _person_of(session, provider, claims)
    if person is None:
        return None
    sid = claims.get("sid")
    return begin_session(session, person, browser, method="oidc", oidc_session=sid, id_token=token["id_token"])


def end_elsewhere(session: Session, logout_token: str) -> int:
    """The provider says that somebody has signed out (Back-Channel Logout): their sessions here end; how many.

    Raises BadInput for a token that is not the provider's.
    """
    provider = the_provider()
    try:
        claims = provider.claims_of_logout(logout_token)
    except ValueError as error:
        raise BadInput(
            "oidc.logout_token",
            Sentence("Kein gültiges logout_token: %(error)s", error=str(error)),
            field="logout_token",
        ) from error
    ending = update(LoginSession).where(LoginSession.ended_at.is_(None), LoginSession.method == "oidc")
    if sid := claims.get("sid"):
        ending = ending.where(LoginSession.oidc_session == sid)
    if sub := claims.get("sub"):
        ending = ending.where(
            LoginSession.person_id.in_(select(Person.id).where(Person.subject == _subject(provider, sub)))
        )
    ended = session.scalars(ending.values(ended_at=now()).returning(LoginSession.id)).all()
    for session_id in ended:
        record(session, "oidc", "session.ended", object_kind="login_session", object_id=session_id)
    return len(ended)


def end_there(ended: LoginSession, *, back_to: str) -> str | None:
    """Where to send a browser that has signed out here, so that its person is signed out at the provider, too."""
    if ended.method != "oidc":
        return None
    try:
        return the_provider().sign_out_url(ended.id_token or "", back_to)
    except ServerTrouble:
        return None


def list_mappings(session: Session) -> list[OidcMapping]:
    """What claims mean, in the order in which they are tried."""
    return list(session.scalars(select(OidcMapping).order_by(OidcMapping.place, OidcMapping.id)))


def add_mapping(
    session: Session, *, claim: str, value: str, role: Role, partner: str | None, place: int, by: str
) -> OidcMapping:
    """A further meaning of a claim."""
    if (role is Role.MUNICIPALITY) != (partner is not None):
        raise BadInput("oidc.partner", "Zur Rolle Kommune gehört ein Partner, und nur zu ihr.", field="partner")
    made = OidcMapping(claim=claim, value=value, role=role, partner=partner, place=place)
    session.add(made)
    session.flush()
    details = {"claim": claim, "role": str(role), "partner": partner}
    record(session, by, "oidc_mapping.added", object_kind="oidc_mapping", object_id=made.id, details=details)
    return made


def remove_mapping(session: Session, mapping_id: int, *, by: str) -> None:
    """Take a meaning away; it counts from the next sign-in of those it concerns."""
    made = session.get(OidcMapping, mapping_id)
    if made is None:
        raise NotFound("oidc.mapping_unknown", "Diese Zuordnung gibt es nicht.")
    session.delete(made)
    details = {"claim": made.claim, "role": made.role, "partner": made.partner}
    record(session, by, "oidc_mapping.removed", object_kind="oidc_mapping", object_id=mapping_id, details=details)


def _person_of(session: Session, provider: Provider, claims: Mapping[str, Any]) -> Person | None:
    """Who this is here: known by issuer and subject, with the role that the claims give today; None without one."""
    subject = _subject(provider, claims["sub"])
    same = Person.subject.in_([subject, hidden_subject(subject)])
    person = session.scalar(select(Person).where(same).with_for_update())
    meanings = [Meaning(row.claim, row.value, Role(row.role), row.partner) for row in list_mappings(session)]
    meaning = meaning_of(claims, meanings)
    if meaning is None or (person is not None and person.disabled_at is not None):
        if person is not None:
            end_sessions(session, person.id)
            session.commit()
        raise NotSignedIn(
            "oidc.no_role", "Ihrem Konto ist hier keine Rolle zugeordnet: bitte an die Verwaltung wenden."
        )
    name = str(claims.get("name") or claims.get("preferred_username") or claims.get("email") or claims["sub"])[:200]
    if person is None:
        login = _free_login(session, claims, provider)
        person = Person(login=login, name=name, role=meaning.role, partner=meaning.partner, subject=subject)
        person.created_at = now()
        session.add(person)
        session.flush()
        details: dict[str, object] = {"role": str(meaning.role), "partner": meaning.partner}
        record(session, "oidc", "person.added", object_kind="person", object_id=person.id, details=details)
    elif (person.role, person.partner) != (meaning.role, meaning.partner):
        person.role, person.partner = meaning.role, meaning.partner
        end_sessions(session, person.id)
        details = {"role": str(meaning.role), "partner": meaning.partner}
        record(session, "oidc", "person.changed", object_kind="person", object_id=person.id, details=details)
    person.name = name
    return person


def _free_login(session: Session, claims: Mapping[str, Any], provider: Provider) -> str:
    """A login for somebody new. One that a local account has is not theirs: they get another one."""
    wanted = str(claims.get("preferred_username") or claims.get("email") or claims["sub"]).strip().lower()[:80]
    if len(wanted) >= 3 and wanted.isprintable() and " " not in wanted and find_person(session, wanted) is None:
        return wanted
    return f"{digest(claims['sub']).hex()[:12]}@{urlsplit(provider.issuer).hostname}"


def _subject(provider: Provider, sub: str) -> str:
    return f"{provider.issuer} {sub}"


def _client(provider: Provider, redirect_uri: str) -> OAuth2Session:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=SCOPES,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        default_timeout=TIMEOUT_S,
    )
