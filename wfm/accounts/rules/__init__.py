"""Roles, permissions and what a viewer may see. All of it is data; what is not named here is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from wfm.core.errors import BadInput, NotAllowed, NotFound, Sentence, WfmError

PERMISSIONS: Mapping[str, str] = {
    "usage.read": "Nutzung je Partner und Monat sehen",
    "queues.read": "Warteschlangen und Servicelevel des Zentrums sehen",
    "calls.read": "einzelne Anrufe hinter einer Zahl sehen (ohne Rufnummer, Personen als Pseudonym)",
    "raw.read": "die maskierten Rohereignisse eines Anrufs sehen",
    "completeness.read": "Vollständigkeit und Zustand der Quellen sehen",
    "quarantine.read": "nicht lesbare Rohereignisse sehen",
    "events.write": "Telefonereignisse einliefern",
    "directory.read": "Partner, Warteschlangen, Rufnummern, Leistungen, Zeiten und Ziele sehen",
    "directory.write": "das Verzeichnis ändern",
    "quarantine.manage": "nicht lesbare Rohereignisse erneut einlesen oder gelten lassen",
    "forecast.read": "Prognosen der Warteschlangen, ihre Fehler, Ereignisse und Anpassungen sehen",
    "forecast.partner.read": "Prognosen je Partner und Leistung sehen",
    "forecast.write": "Prognosen rechnen, Ereignisse planen, Anpassungen machen und zurücknehmen",
    "staffing.read": "Personalbedarf, Planungen und Kapazität sehen",
    "staffing.write": "Annahmen und Planungen ändern",
    "months.close": "Monate abschließen: beantragen oder, als zweite Person, bestätigen",
    "settlement.read": "Kosten, Vereinbarungen, Abrechnungen und ihr Hauptbuch sehen",
    "settlement.write": "Kosten und Vereinbarungen eintragen, Abrechnungen und Belege vorbereiten, übergeben",
    "settlement.release": "eine Abrechnung als zweite Person freigeben",
    "statements.read": "Nachweise, Abrechnungen und Rechnungen des Partners sehen",
    "statements.object": "einer Abrechnung für den Partner widersprechen",
    "accession.read": "Entscheidungsunterlagen über einen Beitritt sehen",
    "accession.write": "Fragebögen verschicken, Entscheidungsunterlagen und Vereinbarungsentwürfe erstellen",
    "own.read": "die eigenen Kennzahlen sehen",
    "groups.read": "Kennzahlen von Gruppen sehen, die groß genug sind (Planung)",
    "persons.read": "sehen, wer heute da ist; Früheres einzelner Personen nur nach Vereinbarung mit dem Personalrat",
    "people.manage": "Konten anlegen, ändern und sperren",
    "tokens.manage": "Zugangsschlüssel anlegen und sperren",
    "settings.read": "Einstellungen, Zwecke, Fristen und die Anlage zur Dienstvereinbarung sehen",
    "settings.manage": "Einstellungen, Fristen und die Zuordnung der Einmalanmeldung ändern",
    "audit.read": "das Protokoll lesen",
    "agreements.propose": "eine Vereinbarung über Kennzahlen einzelner Personen vorschlagen und beenden",
    "agreements.sign": "eine solche Vereinbarung für den Personalrat unterzeichnen",
    "metrics.read": "technische Kennzahlen abrufen",
}
#: What a route asks for that everybody who is signed in may use, whatever the role: their own account.
SIGNED_IN = "signed_in"


class Role(StrEnum):
    """What somebody is to the centre."""

    SUPERVISOR = "supervisor"
    AGENT = "agent"
    FINANCE = "finance"
    MUNICIPALITY = "municipality"
    ADMIN = "admin"
    STAFF_COUNCIL = "staff_council"


ROLE_TITLES: Mapping[Role, str] = {
    Role.SUPERVISOR: "Leitung",
    Role.AGENT: "Service",
    Role.FINANCE: "Finanzen",
    Role.MUNICIPALITY: "Kommune",
    Role.ADMIN: "Verwaltung",
    Role.STAFF_COUNCIL: "Personalrat",
}


#: Queue reports are the centre's own, all partners together: a municipality has no part in them. Whoever pays or
#: settles may check a figure down to its raw events, in which persons are masked.
GRANTED: Mapping[Role, frozenset[str]] = {
    Role.SUPERVISOR: frozenset(
        {
            "usage.read",
            "queues.read",
            "calls.read",
            "raw.read",
            "completeness.read",
            "quarantine.read",
            "quarantine.manage",
            "directory.read",
            "directory.write",
            "forecast.read",
            "forecast.partner.read",
            "forecast.write",
            "staffing.read",
            "staffing.write",
            "months.close",
            "settlement.read",
            "settlement.release",
            "statements.read",
            "accession.read",
            "accession.write",
            "settings.read",
            "agreements.propose",
            "groups.read",
            "persons.read",
        }
    ),
    Role.AGENT: frozenset({"queues.read", "directory.read", "own.read", "settings.read"}),
    Role.FINANCE: frozenset(
        {
            "usage.read",
            "calls.read",
            "raw.read",
            "completeness.read",
            "directory.read",
            "forecast.read",
            "forecast.partner.read",
            "staffing.read",
            "months.close",
            "settlement.read",
            "settlement.write",
            "settlement.release",
            "statements.read",
            "accession.read",
            "accession.write",
        }
    ),
    Role.MUNICIPALITY: frozenset(
        {
            "usage.read",
            "calls.read",
            "raw.read",
            "directory.read",
            "forecast.partner.read",
            "statements.read",
            "statements.object",
            "accession.read",
        }
    ),
    # Whoever runs the system must not sign for those it watches, has no calls of their own, and releases nothing.
    Role.ADMIN: frozenset(PERMISSIONS)
    - {"agreements.sign", "own.read", "persons.read", "months.close", "settlement.release", "statements.object"},
    Role.STAFF_COUNCIL: frozenset({"settings.read", "audit.read", "agreements.sign"}),
}


class NotSignedIn(WfmError):
    """Nobody has said who asks, or the token given is worth nothing."""

    http_status = 401


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks: a role, for a municipality its partner's key, for a telephone system the name of its source.

    No scopes means all that the role grants. `person_id` is null for a token; `agent` is the name by which the
    telephone system knows a person who takes calls.
    """

    name: str
    role: Role
    partner: str | None = None
    scopes: frozenset[str] = frozenset()
    source: str | None = None
    person_id: int | None = None
    agent: str | None = None

    @property
    def actor(self) -> str:
        """The name under which the audit trail keeps this viewer: a number, never a person's name."""
        return f"token:{self.name}" if self.person_id is None else f"person:{self.person_id}"

    def may(self, permission: str) -> bool:
        if permission == SIGNED_IN:
            return self.person_id is not None
        return permission in GRANTED[self.role] and (not self.scopes or permission in self.scopes)

    def may_see_partner(self, key: str | None) -> bool:
        """Whether a partner's figures and calls are this viewer's. None stands for what is attributed to nobody."""
        return self.role is not Role.MUNICIPALITY or (key is not None and key == self.partner)

    @property
    def sees_all_partners(self) -> bool:
        """Whether sums over all partners may be shown; a municipality could subtract its own from them."""
        return self.role is not Role.MUNICIPALITY

    def require(self, permission: str) -> None:
        """Raises NotAllowed unless permitted."""
        if not self.may(permission):
            raise NotAllowed(
                "access.denied",
                Sentence(
                    "Diesem Zugang fehlt die Berechtigung „%(permission)s“.",
                    permission=Sentence(PERMISSIONS.get(permission, permission)),
                ),
                permission=permission,
                role=str(self.role),
            )

    def require_partner(self, key: str | None) -> None:
        """Raises NotFound for a foreign partner: that it exists is none of a stranger's business."""
        if not self.may_see_partner(key):
            raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=key)


def check_grant(role: Role, partner: str | None, scopes: Iterable[str], source: str | None) -> None:
    """Refuse a token that would be worth more, or less, than it says."""
    if role is Role.MUNICIPALITY and partner is None:
        raise BadInput("token.partner_missing", "Ein Zugang für eine Kommune braucht ihren Partner.", field="partner")
    if role is not Role.MUNICIPALITY and partner is not None:
        message = Sentence(
            "Die Rolle %(role)s sieht alle Partner; ein Partner passt nicht dazu.", role=Sentence(ROLE_TITLES[role])
        )
        raise BadInput("token.partner_useless", message, field="partner")
    if beyond := sorted(set(scopes) - GRANTED[role]):
        raise BadInput(
            "token.scope",
            Sentence(
                "Die Rolle %(role)s hat diese Berechtigung nicht: %(scopes)s.",
                role=Sentence(ROLE_TITLES[role]),
                scopes=", ".join(beyond),
            ),
            scopes=beyond,
            field="scopes",
        )
    if source is not None and "events.write" not in (set(scopes) or GRANTED[role]):
        raise BadInput(
            "token.source_useless", "Eine Quelle gehört nur zu einem Zugang mit events.write.", field="source"
        )


def check_usable(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> None:
    """Refuse a token that was revoked or has expired."""
    if revoked_at is not None:
        raise NotSignedIn("token.revoked", "Dieser Zugangsschlüssel wurde gesperrt.")
    if expires_at is not None and expires_at <= now:
        raise NotSignedIn("token.expired", "Dieser Zugangsschlüssel ist abgelaufen.")


def pseudonym(agent: str, call: str, key: bytes) -> str:
    """A name for an agent that is the same in one call, another one in the next, and says nothing about the person.

    Were it the same in all calls, whoever may open calls could add up what one person did. Keyed, so that nobody can
    try the names of the staff; 24 bits, so that two in a call hardly ever share one.
    """
    told = f"{call}\0{agent}".encode()
    return f"Agent {blake2b(told, key=key[:64], digest_size=3, person=b'wfm-agent').hexdigest().upper()}"
