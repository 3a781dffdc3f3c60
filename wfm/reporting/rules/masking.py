"""A raw event as it may be shown: everything that is not known to be harmless is masked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wfm.telephony.adapters.cloudevents import FIELDS
from wfm.telephony.adapters.queue_log import MAKERS
from wfm.telephony.rules import envelope
from wfm.telephony.rules.events import TelephonyEvent

#: What words of a line, a CSV row or a JSON text are made of: all but what separates them.
_INSIDE = r"[^|;,\s\"{}\[\]]"
_WORD = re.compile(rf"{_INSIDE}+")
_FIELD_NAMES = {name for required, optional in FIELDS.values() for name in (*required, *optional)}
_WORDS = frozenset(
    {*MAKERS, *FIELDS, *_FIELD_NAMES, *envelope.REQUIRED, *envelope.OPTIONAL_TEXTS, "data", "NONE", "null"}
)
#: Seconds, places in a queue, days and times of day. Longer numbers may be telephone numbers.
_HARMLESS = re.compile(r":|:?-?\d{1,5}|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\S*)?|\d\d:\d\d:\d\d(\.\d+)?")
#: Stands for a value that is put back in the end; Unicode's private use area has no other meaning.
_PLACE = 0xE000


def masked_event(payload: bytes, event: TelephonyEvent | None, shown: Mapping[str, str]) -> str:
    """The text of a raw event without persons: its words, times and small numbers stay, whatever else is `***`.

    `shown` says what stands for a value of this event: a pseudonym for the agent, an area code for the caller. What
    could not be read (no event) shows no values. It may mask too much (a name of a colour), never too little.
    """
    text = re.sub("[\ue000-\uf8ff]", "", payload.decode(errors="replace"))
    values = _values(event) | dict(shown)
    places: dict[str, str] = {}
    for value in sorted(filter(None, values), key=len, reverse=True):
        place = chr(_PLACE + len(places))
        text, found = re.subn(rf"(?<!{_INSIDE}){re.escape(value)}(?!{_INSIDE})", place, text)
        if found:
            places[place] = values[value]
    text = _WORD.sub(lambda word: word[0] if _is_harmless(word[0], places) else "***", text)
    return "".join(places.get(character, character) for character in text)


def _values(event: TelephonyEvent | None) -> dict[str, str]:
    """What an event tells that is no person's: its call, queue, number dialled, service and reason."""
    if event is None:
        return {}
    harmless = (event.call, event.queue, event.dialled, event.service, event.text, str(event.at // 1_000_000))
    return {value: value for value in harmless}


def _is_harmless(word: str, places: Mapping[str, str]) -> bool:
    return word in _WORDS or word in places or _HARMLESS.fullmatch(word) is not None
