"""The administration's sign-in service, as its own description tells of it, and what its tokens say."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from wfm.core.config import settings
from wfm.core.errors import Sentence, ServerTrouble

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

#: Signed by a key of the provider's own; never `none`, never with our shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
TIMEOUT_S = 10
KEPT_FOR_S = 600
LEEWAY_S = 60
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: addresses from its discovery document, and who we are there."""

    issuer: str
    client_id: str
    client_secret: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None

    def claims_of(self, id_token: str, *, nonce: str) -> dict[str, Any]:
        """What an ID token says; raises ValueError unless it is the provider's, for us, fresh and of this attempt."""
        claims = self._verified(id_token, nonce={"essential": True, "value": nonce}, exp={"essential": True})
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.client_id:
            raise ValueError("azp is not us")
        return claims

    def claims_of_logout(self, token: str) -> dict[str, Any]:
        """What a logout token says (Back-Channel Logout 1.0, section 2.6); raises ValueError."""
        claims = self._verified(token, jti={"essential": True}, events={"essential": True})
        if LOGOUT_EVENT not in claims["events"] or "nonce" in claims or not ("sid" in claims or "sub" in claims):
            raise ValueError("no logout token")
        if claims["iat"] < time.time() - KEPT_FOR_S:
            raise ValueError("too old")
        return claims

    def sign_out_url(self, id_token: str, back_to: str) -> str | None:
        """Where a browser signs out at the provider, and then comes back."""
        if self.end_session_endpoint is None:
            return None
        told = {"id_token_hint": id_token, "post_logout_redirect_uri": back_to, "client_id": self.client_id}
        return f"{self.end_session_endpoint}?{urlencode(told)}"

    def _verified(self, token: str, **demands: Any) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError

        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": "nonce" in demands},
            iat={"essential": True},
            **demands,
        )
        try:
            read = jwt.decode(token, self._keys_for(token), algorithms=list(ALGORITHMS))
            registry.validate(read.claims)
        except JoseError as error:
            raise ValueError(str(error)) from error
        return dict(read.claims)

    def _keys_for(self, token: str) -> KeySet:
        """The provider's keys; fetched anew where this token is signed with one that we do not know yet."""
        from joserfc import jws

        keys = _keys(self.jwks_uri, _now_and_then())
        wanted = jws.extract_compact(token.encode()).headers().get("kid")
        if wanted and wanted not in {key.kid for key in keys.keys}:
            _keys.cache_clear()
            keys = _keys(self.jwks_uri, _now_and_then())
        return keys


def the_provider() -> Provider:
    """The provider of this installation; raises ServerTrouble where there is none, or it does not answer."""
    oidc = settings().oidc
    if oidc is None:
        raise ServerTrouble("oidc.none", "Eine Einmalanmeldung ist hier nicht eingerichtet.")
    return _discovered(oidc.issuer, oidc.client_id, oidc.client_secret, _now_and_then())


def _now_and_then() -> int:
    """Changes every few minutes, so that what is kept from the provider is asked for anew."""
    return int(time.monotonic()) // KEPT_FOR_S


@lru_cache(maxsize=4)
def _discovered(issuer: str, client_id: str, client_secret: str, _when: int) -> Provider:
    _check_encrypted(issuer)
    told = _fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise ServerTrouble(
            "oidc.issuer",
            Sentence(
                "Der Anmeldedienst nennt sich „%(told)s“, nicht „%(issuer)s“.", told=told.get("issuer"), issuer=issuer
            ),
        )
    if "S256" not in told.get("code_challenge_methods_supported", ["S256"]):
        raise ServerTrouble("oidc.pkce", "Der Anmeldedienst kann kein PKCE (S256).")
    try:
        return Provider(
            issuer=issuer,
            client_id=client_id,
            client_secret=client_secret,
            authorization_endpoint=told["authorization_endpoint"],
            token_endpoint=told["token_endpoint"],
            jwks_uri=told["jwks_uri"],
            userinfo_endpoint=told.get("userinfo_endpoint"),
            end_session_endpoint=told.get("end_session_endpoint"),
        )
    except KeyError as error:
        raise ServerTrouble(
            "oidc.incomplete", Sentence("Dem Anmeldedienst fehlt %(name)s.", name=str(error))
        ) from error


@lru_cache(maxsize=4)
def _keys(address: str, _when: int) -> KeySet:
    from joserfc.jwk import KeySet

    return KeySet.import_key_set(_fetch(address))  # type: ignore[arg-type]


def _fetch(address: str) -> Mapping[str, Any]:
    import requests

    try:
        answer = requests.get(address, timeout=TIMEOUT_S)
        answer.raise_for_status()
        told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ServerTrouble("oidc.away", "Der Anmeldedienst antwortet gerade nicht.") from error
    return told if isinstance(told, Mapping) else {}


def _check_encrypted(issuer: str) -> None:
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ServerTrouble("oidc.plain", "Der Anmeldedienst braucht eine https-Adresse.")
