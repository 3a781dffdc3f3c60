"""What takes the place of a caller's number and of an agent's name."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from wfm.core.clock import berlin_ordinal
from wfm.directory.rules.numbers import canonical_number, origin, subscriber
from wfm.telephony.rules.local_time import call_began
from wfm.telephony.rules.redacted import HASH_BYTES, CallerMark, is_pseudonym, pseudonym, read_mark

#: What systems write for a number that is withheld; any other word in a number's place is a name.
WITHHELD = "anonymous"
#: What stands in an agent's place where there is none.
NOBODY = ("", "NONE")
#: An agent has another pseudonym every so many days.
PSEUDONYM_DAYS = 30


@dataclass(frozen=True, slots=True)
class Key:
    """The key of callers' hashes from one day to another, `ends_on` exclusive."""

    period: int
    starts_on: date
    ends_on: date
    secret: bytes


def caller_hash(number: str, secret: bytes) -> bytes:
    """The keyed hash of a canonical number, the same for all of its spellings."""
    return blake2b(subscriber(number).encode(), key=secret, digest_size=HASH_BYTES, person=b"wfm-caller").digest()


def agent_pseudonym(agent: str, system_id: int, period: int, secret: bytes) -> str:
    """An agent's pseudonym in one telephone system and one stretch of PSEUDONYM_DAYS days.

    `secret` is the installation's, which the database does not hold.
    """
    told = f"{system_id}\0{period}\0{agent}".encode(errors="surrogatepass")
    return pseudonym(blake2b(told, key=secret[:64], digest_size=6, person=b"wfm-pseudonym").hexdigest())


def pseudonym_period(callid: str, at: int) -> int:
    """The stretch of days whose pseudonyms a call's events bear: that in which it began, if its id tells that."""
    began = call_began(callid)
    return berlin_ordinal(at if began is None else began) // PSEUDONYM_DAYS


@dataclass(frozen=True, slots=True)
class Replacement:
    """Persons of one line, for `redaction.redact_rows`. `key` is None where no hash may be made (any more)."""

    codes: Container[str]
    key: Key | None
    system_id: int
    period: int
    secret: bytes
    keep_hash: bool = True
    in_states: bool = False

    def caller(self, number: str) -> str:
        """A mark. What is withheld stays; a name in the number's place goes."""
        if mark := read_mark(number):
            return str(mark if self.keep_hash else CallerMark(mark.origin))
        canonical = canonical_number(number)
        if not canonical:
            return WITHHELD if any(character.isalnum() for character in number) else number
        came_from = origin(canonical, self.codes)
        if self.key is None or not self.keep_hash:
            return str(CallerMark(came_from))
        return str(CallerMark(came_from, self.key.period, caller_hash(canonical, self.key.secret)))

    def agent(self, name: str) -> str:
        """A pseudonym; nobody stays nobody."""
        if name in NOBODY or is_pseudonym(name):
            return name
        return agent_pseudonym(name, self.system_id, self.period, self.secret)


@dataclass(frozen=True, slots=True)
class Renaming:
    """Other names for some agents, everywhere in a line; callers stay as they are."""

    names: Mapping[str, str]
    in_states: bool = True

    def caller(self, number: str) -> str:
        """The number itself."""
        return number

    def agent(self, name: str) -> str:
        """The new name of an agent who has one."""
        return self.names.get(name, name)
