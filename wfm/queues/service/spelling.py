"""One queue, one name.

Asterisk finds a queue whatever the case of its name, and tells it now as the dialplan wrote it (who enters, gives up or
leaves), now as it is configured (who answers, talks, pauses). The spelling that was known first is its name: that of
the directory, or else the first one told.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from wfm.directory import queries as directory
from wfm.directory import service as directory_service
from wfm.telephony.adapters import ANY_CASE
from wfm.telephony.rules.events import QUEUE, TelephonyEvent


def spelled(session: Session, kind: str, events: Sequence[TelephonyEvent]) -> Sequence[TelephonyEvent]:
    """The events of a kind of source with the names that their queues are known by; unknown queues become known."""
    known = directory.queue_names(session)
    new = [name for name in dict.fromkeys(map(QUEUE, events)) if name and name not in known]
    if not new:  # nearly always
        return events
    names = {name: name for name in new}
    if kind in ANY_CASE:
        by_any_case = {name.casefold(): name for name in sorted(known, reverse=True)}
        names = {name: by_any_case.setdefault(name.casefold(), name) for name in new}
    directory_service.ensure_queues(session, set(names.values()) - known)
    if all(name == told for told, name in names.items()):
        return events
    return [event._replace(queue=names[event.queue]) if event.queue in names else event for event in events]
