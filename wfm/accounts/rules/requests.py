"""How many requests may come: every number in one place, with its reason.

The limits are there against programs that run wild and keys that got out, not against load: no one key, session or
address takes all of the service. Whoever needs more asks; a whole installation may have a multiple
(WFM_REQUESTS_FACTOR).
"""

from __future__ import annotations

from typing import NamedTuple

from wfm.accounts.rules import Role, Viewer

WINDOW_S = 60


class RequestLimit(NamedTuple):
    """So many requests a minute; `name` tells programs which one it is."""

    name: str
    most: int
    reason: str


INTAKE = RequestLimit(
    "intake",
    6_000,
    "A telephone system sends each event as it happens, and all of an outage afterwards, in batches of up to 1,000. A "
    "hundred a second is what one web process takes in at all: it bounds the damage and never the day's work.",
)
PERSON = RequestLimit(
    "session",
    600,
    "Somebody who clicks makes one request every few seconds; a page that renews itself every 3 s makes 20 a minute, "
    "and a dozen of them may be open.",
)
PROGRAM = RequestLimit(
    "token",
    600,
    "A program of the centre: at 500 rows a page that is 300,000 rows a minute, more than a night's copy needs.",
)
MUNICIPALITY = RequestLimit(
    "token-municipality",
    120,
    "One partner's own figures change every few minutes at most: 21 of these programs together must leave room for the "
    "people at work.",
)
ADDRESS = RequestLimit(
    "address",
    300,
    "Nobody signed in: the sign-in page, this document, wrong keys. A town hall whose people share one address all "
    "sign in at eight.",
)
LIMITS = (INTAKE, PERSON, PROGRAM, MUNICIPALITY, ADDRESS)


def limit_for(viewer: Viewer | None, permission: str | None) -> RequestLimit:
    """The limit that counts for whoever asks (None: nobody has said who), on a route that asks for this permission."""
    if viewer is None:
        return ADDRESS
    if viewer.person_id is not None:
        return PERSON
    if permission == "events.write":
        return INTAKE
    return MUNICIPALITY if viewer.role is Role.MUNICIPALITY else PROGRAM
