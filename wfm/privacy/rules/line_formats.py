"""Where persons stand in each kind of raw line, and how the line is written without them.

Each function gives candidates, best first; who calls it takes the first that reads as before. `whole` means the agent
as well (Step.LINE), else only the caller.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

from wfm.privacy.rules.free_text import without_numbers, without_numbers_in
from wfm.privacy.rules.persons import NOBODY
from wfm.telephony.adapters.cloudevents import FIELDS
from wfm.telephony.adapters.queue_log import MAKERS, _behind_torn
from wfm.telephony.rules import events as ev
from wfm.telephony.rules.column_map import ColumnMap, Field, prepare
from wfm.telephony.rules.events import Reading
from wfm.telephony.rules.redacted import FORMER_AGENT

#: Words of a queue_log that tell of an agent's state, or set it; what stands behind them is of no call.
STATE_WORDS = frozenset(
    {
        *("ADDMEMBER", "REMOVEMEMBER", "AGENTLOGIN", "AGENTLOGOFF", "PENALTY", "RINGINUSE"),
        *("PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL"),
    }
)
_POOL = frozenset({"AGENTLOGIN", "AGENTLOGOFF"})
_TRANSFERS = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
#: An event's envelope and data that name no person, by the format's own words.
_ENVELOPE = frozenset({"specversion", "id", "source", "type", "time", "datacontenttype", "data"})
_DATA = frozenset({"call", "queue", "reason", "by", "wait_s", "talk_s", "dialled", "service", "agent", "caller"})
_STATE_TYPES = frozenset({ev.AGENT_JOINED, ev.AGENT_LEFT, ev.AGENT_PAUSED, ev.AGENT_UNPAUSED})
#: So many digits of a number tell no more than where it comes from.
AREA_DIGITS = 5
_LONG_NUMBER = re.compile(r"\d{6,}")


class Persons(Protocol):
    """What takes the place of persons in a line, at a step; applying it twice changes nothing."""

    @property
    def in_states(self) -> bool:
        """Whether agents are replaced in lines of their states, too."""
        ...

    def caller(self, number: str) -> str: ...

    def agent(self, name: str) -> str: ...


# ---- queue_log, and its table ----------------------------------------------------------------------------------------


def queue_log(payload: bytes, reading: Reading, whole: bool, who: Persons) -> Iterator[bytes]:
    """A line of the file, and what goes on in half a one."""
    yield _queue_log_line(payload, whole, who)
    if torn := _behind_torn(payload):
        begun = without_numbers_in(payload[: -len(torn)])
        rest = _queue_log_line(torn, whole, who)
        yield begun + rest
        yield rest


def _queue_log_line(payload: bytes, whole: bool, who: Persons) -> bytes:
    text = payload.decode("utf-8", "surrogateescape")
    line = text.rstrip("\r")
    time, call, queue, agent, event, *data = line.split("|")
    agent = _agent(event, agent, whole, who)
    fields = [time, call, queue, agent, event, *_data(event, data, whole, who)]
    return ("|".join(fields) + text[len(line) :]).encode("utf-8", "surrogateescape")


def queue_log_table(payload: bytes, reading: Reading, whole: bool, who: Persons) -> Iterator[bytes]:
    """A row of the table; its data stand in columns, or all in one with the file's separator."""
    row_id, time, call, queue, agent, event, *columns = json.loads(payload)
    head = [row_id, time, call, queue, _agent(event, agent, whole, who), event]
    if not any("|" in column for column in columns):
        yield _json([*head, *_data(event, columns, whole, who)])
    yield _json([*head, "|".join(_data(event, "|".join(columns).split("|"), whole, who))])


def _agent(event: str, agent: str, whole: bool, who: Persons) -> str:
    """Of states the names stay until those are no longer kept."""
    if not whole or agent in NOBODY or (event in STATE_WORDS and not who.in_states):
        return agent
    return who.agent(agent)


def _data(event: str, data: Sequence[str], whole: bool, who: Persons) -> list[str]:
    """The data fields of an event, as many as before."""
    if event == "ENTERQUEUE":
        matter, caller, position, *name = [*data, "", "", ""][: max(3, len(data))]
        return [matter, who.caller(caller), position, *("" for _ in name)][: len(data)]
    if event in _TRANSFERS:  # to whom: an extension, a telephone, a channel; hold, talk and position are the last three
        return [*("" if whole else without_numbers(field) for field in data[:-3]), *data[-3:]]
    if whole and event in _POOL:  # the channel that an agent of a pool sits at
        return ["" for _ in data]
    if event in MAKERS:
        return list(data)
    return ["" if whole else without_numbers(field) for field in data]


def _queue_log_state(payload: bytes) -> bytes:
    fields = payload.decode("utf-8", "surrogateescape").rstrip("\r").split("|")
    if fields[4] not in STATE_WORDS or fields[3] in NOBODY:
        return payload
    return "|".join([*fields[:3], FORMER_AGENT, fields[4], ""]).encode("utf-8", "surrogateescape")


def _table_state(payload: bytes) -> bytes:
    values = json.loads(payload)
    if values[5] not in STATE_WORDS or values[4] in NOBODY:
        return payload
    return _json([*values[:4], FORMER_AGENT, values[5], ""])


def agent_field(kind: str, payload: bytes) -> str:
    """The agent that a line names in the place for one, also where it tells no event; the empty text if none."""
    try:
        if kind == "queue_log":
            return payload.decode("utf-8", "surrogateescape").split("|")[3]
        if kind == "queue_log_table":
            return str(json.loads(payload)[4])
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    return ""


# ---- events ----------------------------------------------------------------------------------------------------------


def cloudevent(payload: bytes, reading: Reading, whole: bool, who: Persons) -> Iterator[bytes]:
    """An event: fields that the format does not have are dropped, since nobody reads them."""
    event = json.loads(payload)
    kept: dict[str, Any] = {name: value for name, value in event.items() if name in _ENVELOPE}
    if isinstance(kept.get("data"), dict):
        data = {name: value for name, value in kept["data"].items() if name in _DATA}
        if isinstance(data.get("caller"), str):
            data["caller"] = who.caller(data["caller"])
        replaced = whole and (who.in_states or event.get("type") not in _STATE_TYPES)
        if replaced and isinstance(data.get("agent"), str):
            data["agent"] = who.agent(data["agent"])
        kept["data"] = data if event.get("type") in FIELDS else {}
    yield _json(kept)


def _cloudevent_state(payload: bytes) -> bytes:
    event = json.loads(payload)
    if event["type"] not in _STATE_TYPES:
        return payload
    data = {name: value for name, value in event["data"].items() if name == "queue"}
    return _json({**event, "data": {**data, "agent": FORMER_AGENT}})


# ---- call detail records ---------------------------------------------------------------------------------------------


def cdr(payload: bytes, reading: Reading, whole: bool, who: Persons) -> Iterator[bytes]:
    """A record: what the column map does not read goes with the number."""
    settings: Mapping[str, Any] = (reading.settings or {})["cdr"]  # type: ignore[assignment]
    column_map = prepare(settings)
    text = payload.decode(column_map.encoding).removeprefix("\ufeff").rstrip("\r")
    values = next(csv.reader([text], strict=True, **column_map.dialect), [])
    if not values:
        return
    ruled = _columns_of_rules(column_map)
    read = ruled | {field.column for field in column_map.fields.values()}
    values = [value if place in read else "" for place, value in enumerate(values)]
    for kept in (0, AREA_DIGITS, None):  # a rule may compare a column with the digits themselves
        base = [_zeroed(value, kept) if place in ruled else value for place, value in enumerate(values)]
        for of_agent, of_caller in product(_AGENT_WAYS if whole else (None,), _CALLER_WAYS):
            replaced = list(base)
            for name, way, put in (("caller", of_caller, who.caller), ("agent", of_agent, who.agent)):
                field = column_map.fields.get(name)
                if way and field and (original := field.of(values)):
                    replaced[field.column] = way(values[field.column], field, put(original)).strip()
            yield _csv(replaced, column_map).encode(column_map.encoding)


def _columns_of_rules(column_map: ColumnMap) -> set[int]:
    """Columns whose text decides: they stay, but for numbers in them."""
    rules = (column_map.only, *(rule for _, rule in column_map.outcomes))
    named = {field.column for name, field in column_map.fields.items() if name not in ("caller", "agent")}
    return {place for conditions in rules for place, _ in conditions} - named


def _alone(original: str, field: Field, new: str) -> str:
    """Only what takes the place of the person."""
    return new


def _amid(original: str, field: Field, new: str) -> str:
    """In the place of the person, the marks around it left standing, but no words."""
    before, _, after = _parted(original, field)
    return re.sub(r"\w+", "", before) + new + re.sub(r"\w+", "", after)


def _within(original: str, field: Field, new: str) -> str:
    """In the place of the person, the words around it left standing, but no long numbers."""
    before, _, after = _parted(original, field)
    return _zeroed(before) + new + _zeroed(after)


def _bare_shape(original: str, field: Field, new: str) -> str:
    """The number's own shape and no words around it."""
    before, person, after = _parted(original, field)
    return _parted_shape(re.sub(r"\w+", "", before), person, re.sub(r"\w+", "", after))


def _shape(original: str, field: Field, new: str) -> str:
    """The number's own shape, all behind its first digits noughts: for a map that takes only what looks like one."""
    before, person, after = _parted(original, field)
    return _parted_shape(_zeroed(before), person, _zeroed(after))


def _parted_shape(before: str, person: str, after: str) -> str:
    return before + _zeroed(person, AREA_DIGITS if person.startswith("0") else 0) + after


def _nothing(original: str, field: Field, new: str) -> str:
    return ""


Way = Callable[[str, Field, str], str]
_CALLER_WAYS: tuple[Way, ...] = (_alone, _amid, _within, _bare_shape, _shape, _nothing)
_AGENT_WAYS: tuple[Way, ...] = (_alone, _amid, _within, _nothing)


def _parted(text: str, field: Field) -> tuple[str, str, str]:
    """A column before, at and behind the part that the map reads of it."""
    text = text.strip()
    match = None if field.pattern is None else field.pattern.search(text)
    start, end = (0, len(text)) if match is None else match.span(1 if match.re.groups else 0)
    return text[:start], text[start:end], text[end:]


def _zeroed(text: str, kept: int | None = 0) -> str:
    """Noughts for all but the first digits of each long number (None: the text as it is)."""
    if kept is None:
        return text
    return _LONG_NUMBER.sub(lambda found: found[0][:kept].ljust(len(found[0]), "0"), text)


def _csv(values: Sequence[str], column_map: ColumnMap) -> str:
    if "quotechar" in column_map.dialect and column_map.dialect["quotechar"] is None:
        return str(column_map.dialect["delimiter"]).join(values)
    line = io.StringIO()
    csv.writer(line, lineterminator="", quoting=csv.QUOTE_MINIMAL, **column_map.dialect).writerow(values)
    return line.getvalue()


def _as_it_is(payload: bytes) -> bytes:
    return payload


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


#: kind -> a line of an agent's state that tells nothing any more.
STATE_LINES: dict[str, Callable[[bytes], bytes]] = {
    "queue_log": _queue_log_state,
    "queue_log_table": _table_state,
    "events": _cloudevent_state,
    "cdr": _as_it_is,
}
