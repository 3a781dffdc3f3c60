"""One queue, one name.

Asterisk finds a queue whatever the case of its name, and tells it now as the dialplan wrote it (who enters, gives up or
leaves), now as it is configured (who answers, talks, pauses). The directory's spelling is its name, or else the first
one told; where several are known (another system may mean different queues by them), one that somebody has described,
then the first by alphabet.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wfm.directory import queries, service
from wfm.telephony.adapters import ANY_CASE
from wfm.telephony.rules.events import QUEUE, TelephonyEvent

#: Where a transaction keeps the queues it knows: it asks twice a batch.
_KNOWN = "known queues"


def spelled(session: Session, kind: str, events: Sequence[TelephonyEvent]) -> Sequence[TelephonyEvent]:
    """The events of a kind of source with the names that their queues are known by; unknown queues become known."""
    told = [name for name in dict.fromkeys(map(QUEUE, events)) if name]
    if (known := session.info.get(_KNOWN)) is None:
        known = session.info[_KNOWN] = queries.queue_names(session)
    names = {name: name for name in told}
    if kind in ANY_CASE:
        of_any_case: dict[bytes, str] = {}
        for name in (*sorted(known, key=lambda name: (not known[name], name)), *told):
            of_any_case.setdefault(_any_case(name), name)
        names = {name: of_any_case[_any_case(name)] for name in told}
    if new := set(names.values()) - known.keys():
        service.ensure_queues(session, new)
        known |= dict.fromkeys(new, False)
    if all(name == told for told, name in names.items()):  # nearly always
        return events
    return [event._replace(queue=names[event.queue]) if event.queue else event for event in events]


def _any_case(name: str) -> bytes:
    """Asterisk tells no letters of A to Z apart by case; all others it does."""
    return name.encode().lower()
