"""Adapters: one file a vendor. Each turns raw rows into the internal vocabulary; none touches the database.

A new vendor is one new file with a function `decode(rows, reading) -> Decoded`, and one line in the table below.
`decode` must be total: what it cannot read it returns as `Unreadable`, whatever the bytes. The same rows must give the
same events, also when only some rows of a stream are given (a call is folded again from its own rows when a late event
arrives).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from wfm.telephony.rules.events import Decoded, RawRows, Reading

#: kind of source -> (module, rank). Of the sources that tell of one call, the lowest rank is the authority for its
#: stays.
ADAPTERS: dict[str, tuple[str, int]] = {
    "queue_log": ("wfm.telephony.adapters.queue_log", 1),
    "events": ("wfm.telephony.adapters.cloudevents", 2),
    "queue_log_table": ("wfm.telephony.adapters.queue_log_table", 3),
    "cdr": ("wfm.telephony.adapters.cdr", 4),
}

#: Kinds with a door of their own; files of all others are logs, read line by line (`wfm ingest file --kind`).
OWN_DOOR = frozenset({"events", "queue_log_table", "cdr"})

#: Kinds whose rows bear a number or an id instead of their place in a file: where they stood is noted with a delivery.
NUMBERED = frozenset({"events", "queue_log_table"})

#: Kinds of telephone systems that know a queue whatever the case of its name.
ANY_CASE = frozenset({"queue_log", "queue_log_table"})


def decoder(kind: str) -> Callable[[RawRows, Reading], Decoded]:
    """The `decode` function for a kind of source; raises KeyError for an unknown kind."""
    module, _ = ADAPTERS[kind]
    decode: Callable[[RawRows, Reading], Decoded] = import_module(module).decode
    return decode


def rank(kind: str) -> int:
    """How much a kind of source is trusted for stays: lower is better."""
    return ADAPTERS[kind][1]
