"""Raw events as they may be shown: a caller is an area code, an agent is a pseudonym, whatever the kind of source.

What a source's format says of a field decides whether it is shown; a field of which nothing is known is not shown. A
line that cannot be taken apart loses every number long enough to be a telephone number.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from wfm.core.errors import BadInput
from wfm.directory.rules.numbers import canonical_number, mask, masked_origin
from wfm.telephony.rules.column_map import ColumnMap, prepare
from wfm.telephony.rules.local_time import EARLIEST, LATEST
from wfm.telephony.rules.redacted import read_mark

HIDDEN = "***"
#: Longer lines are cut: nobody reads them, and an endless one must not fill an answer.
LONGEST = 4_000
#: Six digits or more, perhaps with separators: may be a telephone number.
_NUMBER = re.compile(r"\+?\(?\d(?:[ ./()-]{0,3}\d){5,}")
#: Asterisk's channel ids (and with them call ids): `epoch.counter`, perhaps behind a system's name.
_CHANNEL_ID = re.compile(r"(?:[\w.-]+-)?\d{9,10}\.\d+")
_EPOCH = re.compile(r"\d{9,10}", re.ASCII)
_NOBODY = ("", "NONE")

#: What CloudEvents may show as it is: the envelope's attributes, and the fields of `data` that name no person.
_ENVELOPE = ("specversion", "id", "source", "type", "time", "datacontenttype")
_DATA = ("call", "queue", "reason", "by", "wait_s", "talk_s", "dialled", "service")
#: The same for what a column of a CDR may mean.
_CDR = ("call", "start", "queue", "answered", "ended", "wait_s", "talk_s", "dialled", "service")


class Masking:
    """Masks the raw events of one call, and remembers whom it hid, so that no other field shows them.

    `codes` are the known area codes, `pseudonym` names an agent as the telephone system writes it.
    """

    def __init__(self, codes: Container[str], pseudonym: Callable[[str], str]) -> None:
        self._codes = codes
        self._pseudonym = pseudonym
        self._callers: set[str] = set()
        self._agents: dict[str, str] = {}

    def caller(self, number: str) -> str:
        """Area code and stars. What is withheld says so."""
        if not number:
            return ""
        if mark := read_mark(number):
            return masked_origin(mark.origin)
        self._callers.add(re.sub(r"\D", "", number))
        self._callers.add(canonical_number(number).removeprefix("+").removeprefix("49"))
        return mask(number, self._codes)

    def agent(self, name: str) -> str:
        """The agent's pseudonym."""
        if name in _NOBODY:
            return name
        return self._agents.setdefault(name, self._pseudonym(name))

    def text(self, text: str) -> str:
        """Text of no known form, without telephone numbers."""
        return _NUMBER.sub(lambda found: self._number(found[0]), text)

    def _number(self, number: str) -> str:
        mark = read_mark(number)
        return masked_origin(mark.origin) if mark else mask(number, self._codes)

    def leftovers(self, line: str) -> str:
        """A masked line without callers and agents that other fields of it name."""
        for digits in self._callers:
            if len(digits) >= 6:
                line = re.sub(rf"(?<!\d)(?:\+|00)?(?:49|0)?{digits}(?!\d)", HIDDEN, line)
        for name, shown in self._agents.items():
            if len(name) >= 4 or not name.isdecimal():
                line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", shown, line)
        return line


def masked_lines(events: Sequence[tuple[str, bytes, Mapping[str, Any]]], masking: Masking) -> list[str]:
    """The raw events of one call, each given as kind of source, payload and the source's settings, as shown."""
    lines = [masked_line(kind, payload, settings, masking) for kind, payload, settings in events]
    return [masking.leftovers(line) for line in lines]


def masked_line(kind: str, payload: bytes, settings: Mapping[str, Any], masking: Masking) -> str:
    """One raw event as it may be shown."""
    try:
        line = _KINDS[kind](payload, settings, masking)
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error, BadInput):
        line = _unreadable(payload.decode("utf-8", "replace"), masking)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _unreadable(text: str, masking: Masking) -> str:
    """A line that cannot be taken apart: time, call id and agent are still looked for where a queue_log has them."""
    fields = text.split("|")
    shown = []
    for place, field in enumerate(fields):
        known = (place == 0 < len(fields) - 1 and _is_time(field)) or (place == 1 and _CHANNEL_ID.fullmatch(field))
        if place == 3:
            shown.append(masking.agent(field) if len(field) <= 255 else HIDDEN)
        else:
            shown.append(field if known else masking.text(field))
    return "|".join(shown)


def _is_time(text: str) -> bool:
    return bool(_EPOCH.fullmatch(text)) and EARLIEST <= int(text) <= LATEST


def _queue_log(payload: bytes, settings: Mapping[str, Any], masking: Masking) -> str:
    fields = payload.decode().rstrip("\r").split("|")
    if not _is_time(fields[0]):
        raise ValueError("no queue_log line")
    epoch, call, queue, agent, event, *data = fields
    return "|".join((epoch, call, masking.text(queue), masking.agent(agent), event, *_data(event, data, masking)))


def _queue_log_table(payload: bytes, settings: Mapping[str, Any], masking: Masking) -> str:
    row_id, time, call, queue, agent, event, *data = json.loads(payload)
    data = "|".join(data).split("|")  # one column `data` holds the fields of the file
    head = [row_id, time, call, masking.text(queue), masking.agent(agent), event]
    return json.dumps([*head, *_data(event, data, masking)], ensure_ascii=False)


def _data(event: str, data: Sequence[str], masking: Masking) -> list[str]:
    """The data fields of a queue_log event."""
    if event == "ENTERQUEUE":
        matter, caller, *rest = [*data, "", ""][: max(2, len(data))]
        # Behind the position stands the caller's name.
        shown = [_matter(matter, masking), masking.caller(caller)]
        return [*shown, *(field if field.isdecimal() else field and HIDDEN for field in rest)][: len(data)]
    if event == "DID":
        return [*data[:1], *(masking.text(field) for field in data[1:])]
    return [_field(field, masking) for field in data]


def _matter(text: str, masking: Masking) -> str:
    """The url of a queue: the number dialled, a LeiKa key, or a word."""
    return text if text.removeprefix("+").isdecimal() else masking.text(text)


def _field(text: str, masking: Masking) -> str:
    """Any other field: ids of channels are shown, their names (`SIP/1234-00001`) and addresses are not."""
    if _CHANNEL_ID.fullmatch(text):
        return text
    return HIDDEN if "/" in text or "@" in text else masking.text(text)


def _cloudevent(payload: bytes, settings: Mapping[str, Any], masking: Masking) -> str:
    event = json.loads(payload)
    shown = {name: event[name] if name in _ENVELOPE else HIDDEN for name in event}
    if isinstance(event.get("data"), dict):
        shown["data"] = {name: _value(name, value, masking) for name, value in event["data"].items()}
    return json.dumps(shown, ensure_ascii=False)


def _value(name: str, value: Any, masking: Masking) -> Any:
    if name in ("caller", "agent"):
        return (masking.caller if name == "caller" else masking.agent)(str(value))
    if name in ("service", "reason") and isinstance(value, str):
        return _matter(value, masking)
    return value if name in _DATA and isinstance(value, str | int) else HIDDEN


def _cdr(payload: bytes, settings: Mapping[str, Any], masking: Masking) -> str:
    column_map = prepare(settings["cdr"])
    text = payload.decode(column_map.encoding).removeprefix("\ufeff").rstrip("\r")
    values = next(csv.reader([text], strict=True, **column_map.dialect))
    line = io.StringIO()
    dialect = {"quoting": csv.QUOTE_MINIMAL, "escapechar": "\\", **column_map.dialect}
    csv.writer(line, lineterminator="", **dialect).writerow(_columns(values, column_map, masking))
    return line.getvalue()


def _columns(values: Sequence[str], column_map: ColumnMap, masking: Masking) -> list[str]:
    """Columns that the map says the meaning of, and those that decide the outcome; nothing else."""
    fields = column_map.fields
    shown = [value and HIDDEN for value in values]
    for conditions in (column_map.only, *(rule for _, rule in column_map.outcomes)):
        for place, _ in conditions:
            shown[place] = _field(values[place], masking)
    for name in _CDR:
        if name in fields:
            told = values[fields[name].column]
            shown[fields[name].column] = masking.text(told) if name in ("queue", "service") else told
    if "agent" in fields:
        shown[fields["agent"].column] = masking.agent(fields["agent"].of(values))
    if "caller" in fields:
        shown[fields["caller"].column] = masking.caller(fields["caller"].of(values))
    return shown


_KINDS: dict[str, Callable[[bytes, Mapping[str, Any], Masking], str]] = {
    "queue_log": _queue_log,
    "queue_log_table": _queue_log_table,
    "events": _cloudevent,
    "cdr": _cdr,
}
