"""Which column of a CDR file means what: a small language in TOML, the same for every vendor. See docs/adapters.md.

A map is kept with its source, so that rows are read tomorrow as they are today; here it is checked and made ready.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Any, NoReturn

from wfm.core.errors import BadInput
from wfm.telephony.rules.local_time import is_zone

#: What a row may tell; the first two it must.
FIELDS = ("call", "start", "queue", "agent", "answered", "ended", "wait_s", "talk_s", "caller", "dialled", "service")
REQUIRED = ("call", "start")
OUTCOMES = ("answered", "abandoned", "refused", "timeout", "key", "empty", "withdrawn", "attempt")
DEFAULTS: dict[str, Any] = {
    "delimiter": ",",
    "quote": '"',
    "encoding": "utf-8",
    "timezone": "Europe/Berlin",
    "time_format": "",
    "answered_by": "system",
    "header": False,
    "columns": [],
    "only": {},
    "fields": {},
    "outcome": [],
}

#: Who `answered` is about: the telephone system, which answers before anybody waits, or the agent.
ANSWERED_BY = ("system", "agent")

Condition = tuple[int, tuple[re.Pattern[str], ...]]


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field stands, what part of the column it is, and which of our words stand for the file's."""

    column: int
    pattern: re.Pattern[str] | None
    values: Mapping[str, str]

    def of(self, row: Sequence[str]) -> str:
        text = row[self.column].strip()
        if self.pattern is not None:
            match = self.pattern.search(text)
            text = "" if match is None else (match[1] or "") if match.re.groups else match[0]
        return self.values.get(text, text)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A checked map, ready to read rows with. `width` is the number of columns, None where only a least is known.

    `tells_waits`: what lies between start and answer is the wait.
    """

    dialect: Mapping[str, Any]
    encoding: str
    time_format: str
    header: bool
    width: int | None
    at_least: int
    only: tuple[Condition, ...]
    fields: Mapping[str, Field]
    outcomes: tuple[tuple[str, tuple[Condition, ...]], ...]
    tells_waits: bool

    def wants(self, row: Sequence[str]) -> bool:
        """Whether a row is one of those that tell of calls at all."""
        return _fit(self.only, row)

    def outcome(self, row: Sequence[str]) -> str | None:
        """The outcome of the first rule that fits."""
        return next((outcome for outcome, conditions in self.outcomes if _fit(conditions, row)), None)


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """A map with all its defaults, as it is kept with a source; raises BadInput for what is no key of a map."""
    for key in given:
        if key not in DEFAULTS:
            _refuse(key, "ist kein Schlüssel einer Spaltenzuordnung")
    return DEFAULTS | dict(given)


def prepare(settings: Mapping[str, Any]) -> ColumnMap:
    """Check a complete map; raises BadInput naming the `key` that is wrong, such as `fields.start`."""
    settings = DEFAULTS | dict(settings)  # one that was kept may be older than a key
    for key, default in DEFAULTS.items():
        if type(settings[key]) is not type(default):
            _refuse(key, f"muss vom Typ {type(default).__name__} sein")
    _check_characters(settings)
    if settings["answered_by"] not in ANSWERED_BY:
        _refuse("answered_by", f"ist keines von {', '.join(ANSWERED_BY)}")
    columns = settings["columns"]
    if not all(isinstance(name, str) and name for name in columns) or len(set(columns)) != len(columns):
        _refuse("columns", "müssen verschiedene Namen sein")
    fields = {name: _field(name, value, columns) for name, value in settings["fields"].items()}
    for name in REQUIRED:
        if name not in fields:
            _refuse(f"fields.{name}", "fehlt")
    if not settings["outcome"]:
        _refuse("outcome", "fehlt: ohne Regel für den Ausgang sagt keine Zeile etwas")
    only = _conditions("only", settings["only"], columns)
    outcomes = tuple(_outcome(number, rule, columns) for number, rule in enumerate(settings["outcome"]))
    used = [field.column for field in fields.values()]
    used += [column for _, rule in (("", only), *outcomes) for column, _ in rule]
    return ColumnMap(
        dialect=_dialect(settings["delimiter"], settings["quote"]),
        encoding=settings["encoding"],
        time_format=settings["time_format"],
        header=settings["header"],
        width=len(columns) or None,
        at_least=max(used) + 1,
        only=only,
        fields=fields,
        outcomes=outcomes,
        tells_waits=settings["answered_by"] == "agent",
    )


def _dialect(delimiter: str, quote: str) -> dict[str, Any]:
    """The file's characters in the words of Python's csv module."""
    if quote:
        return {"delimiter": delimiter, "quotechar": quote}
    return {"delimiter": delimiter, "quotechar": None, "quoting": csv.QUOTE_NONE}


def _check_characters(settings: Mapping[str, Any]) -> None:
    if len(settings["delimiter"]) != 1 or not settings["delimiter"].isascii():
        _refuse("delimiter", "muss ein einzelnes Zeichen sein")
    if len(settings["quote"]) > 1 or settings["quote"] == settings["delimiter"]:
        _refuse("quote", "muss ein einzelnes Zeichen oder leer sein")
    try:
        if "\n".encode(settings["encoding"]) != b"\n":
            _refuse("encoding", "muss ASCII enthalten; UTF-16 bitte vorher umwandeln")
        codecs.lookup(settings["encoding"])
    except (LookupError, ValueError):
        _refuse("encoding", f"„{settings['encoding']}“ ist keine bekannte Kodierung")
    if not is_zone(settings["timezone"]):
        _refuse("timezone", f"„{settings['timezone']}“ ist keine bekannte Zeitzone")


def _field(name: str, value: Any, columns: Sequence[str]) -> Field:
    key = f"fields.{name}"
    if name not in FIELDS:
        _refuse(key, f"gibt es nicht; möglich sind {', '.join(FIELDS)}")
    if not isinstance(value, dict):
        return Field(_column(key, value, columns), None, {})
    if not {"column"} <= set(value) <= {"column", "pattern", "values"}:
        _refuse(key, "braucht „column“ und darf „pattern“ und „values“ haben")
    values = value.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(word, str) for word in values.values()):
        _refuse(f"{key}.values", "muss Texten Texte zuordnen")
    try:
        pattern = re.compile(value["pattern"]) if "pattern" in value else None
    except (re.error, TypeError) as error:
        _refuse(f"{key}.pattern", f"ist kein regulärer Ausdruck: {error}")
    return Field(_column(key, value["column"], columns), pattern, values)


def _outcome(number: int, rule: Any, columns: Sequence[str]) -> tuple[str, tuple[Condition, ...]]:
    key = f"outcome[{number}]"
    if not isinstance(rule, dict) or not {"is"} <= set(rule) <= {"is", "when"}:
        _refuse(key, "braucht „is“ und darf „when“ haben")
    if rule["is"] not in OUTCOMES:
        _refuse(f"{key}.is", f"ist keines von {', '.join(OUTCOMES)}")
    return rule["is"], _conditions(f"{key}.when", rule.get("when", {}), columns)


def _conditions(key: str, given: Any, columns: Sequence[str]) -> tuple[Condition, ...]:
    """Conditions on columns, all of which must hold: a shell pattern, or a list of which one must fit."""
    if not isinstance(given, dict):
        _refuse(key, "muss Spalten Muster zuordnen")
    conditions = []
    for column, wanted in given.items():
        patterns = wanted if isinstance(wanted, list) else [wanted]
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            _refuse(f"{key}.{column}", "muss ein Text oder eine Liste von Texten sein")
        place = _column(f"{key}.{column}", int(column) if column.isdecimal() else column, columns)
        conditions.append((place, tuple(re.compile(translate(pattern)) for pattern in patterns)))
    return tuple(conditions)


def _fit(conditions: Sequence[Condition], row: Sequence[str]) -> bool:
    return all(any(pattern.match(row[column].strip()) for pattern in patterns) for column, patterns in conditions)


def _column(key: str, given: Any, columns: Sequence[str]) -> int:
    """A column by its name, or by its number from 1."""
    if isinstance(given, str) and given in columns:
        return columns.index(given)
    if type(given) is int and 1 <= given <= (len(columns) or 1_000):
        return given - 1
    return _refuse(key, f"nennt eine Spalte, die es nicht gibt: {given!r}", column=given)


def _refuse(key: str, what: str, **details: Any) -> NoReturn:
    raise BadInput("cdr.map", f"Spaltenzuordnung: {key} {what}.", key=key, **details)
