"""What comes in and goes out over the interface: schemas and fields with German messages.

marshmallow's own fields would do, but speak English, take `1_000` for a number and a week date for a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import marshmallow as ma
from marshmallow import fields, validate

from wfm.core.clock import BERLIN
from wfm.core.errors import Sentence
from wfm.core.intervals import Month

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
Messages = dict[str, str | list[Any] | dict[Any, Any]]
#: PostgreSQL knows no NUL, and nothing that people write needs a control character.
LINE_PATTERN = r"^[^\u0000-\u001f\u007f]*$"


Moment = TypeVar("Moment", bound=date)


def in_our_time(moment: Moment) -> Moment:
    """The same, if centres can have been called then; near the ends of the calendar no zone can be reckoned."""
    if not 2000 <= moment.year <= 2100:
        raise ValueError(f"not in our time: {moment}")
    return moment


class Schema(ma.Schema):
    """A shape of data. A field it does not know is refused: a misspelt `form` must not mean all months."""

    error_messages = {"unknown": "Dieses Feld gibt es nicht.", "type": "Hier wird ein Objekt erwartet."}

    class Meta:
        unknown = ma.RAISE


class _German(fields.Field[Any]):
    """Messages that all fields share."""

    default_error_messages: Messages = {
        "required": "Diese Angabe fehlt.",
        "null": "Diese Angabe darf nicht leer sein.",
        "validator_failed": "Dieser Wert ist nicht zulässig.",
    }


class Text(_German, fields.String):
    """A text; with `choices`, one of a few words."""

    default_error_messages: Messages = {
        "invalid": "Hier wird Text erwartet.",
        "invalid_utf8": "Dieser Text ist kein UTF-8.",
    }

    def __init__(self, *, choices: tuple[str, ...] = (), **kwargs: Any) -> None:
        if choices:
            kwargs["validate"] = validate.OneOf(
                choices, error=Sentence("Möglich sind: %(known)s.", known=", ".join(choices))
            )
        super().__init__(**kwargs)


class Line(Text):
    """One line of text that comes in."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        plain = validate.Regexp(LINE_PATTERN, error="Steuerzeichen sind hier nicht erlaubt.")
        short = validate.Length(1, max_length, error=Sentence("1 bis %(most)s Zeichen.", most=max_length))
        super().__init__(validate=[plain, short], **kwargs)


class Whole(_German, fields.Integer):
    """A whole number, within limits when it comes in."""

    default_error_messages: Messages = {
        "invalid": "Hier wird eine ganze Zahl erwartet.",
        "too_large": "Diese Zahl ist zu groß.",
    }

    def __init__(self, *, at_least: int | None = None, at_most: int | None = None, **kwargs: Any) -> None:
        if at_least is not None or at_most is not None:
            error = Sentence("Möglich ist %(least)s bis %(most)s.", least=at_least, most=at_most)
            if at_least is None or at_most is None:
                error = Sentence("Die Grenze ist %(limit)s.", limit=at_most if at_least is None else at_least)
            kwargs["validate"] = validate.Range(at_least, at_most, error=error)
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
            raise self.make_error("invalid", input=value)
        return int(value)


class Number(_German, fields.Float):
    """A number with a fraction, within limits when it comes in."""

    default_error_messages: Messages = {
        "invalid": "Hier wird eine Zahl erwartet.",
        "too_large": "Diese Zahl ist zu groß.",
        "special": "Hier wird eine Zahl erwartet.",
    }

    def __init__(self, *, at_least: float | None = None, at_most: float | None = None, **kwargs: Any) -> None:
        if at_least is not None or at_most is not None:
            limits = " bis ".join(f"{limit:g}" for limit in (at_least, at_most) if limit is not None)
            kwargs["validate"] = validate.Range(at_least, at_most, error=f"Möglich ist {limits}.")
        super().__init__(**kwargs)


class Flag(_German, fields.Boolean):
    """Yes or no."""

    default_error_messages: Messages = {"invalid": "Hier wird true oder false erwartet."}


class Day(_German, fields.Date):
    """A calendar day in Berlin, 2026-09-30."""

    default_error_messages: Messages = {
        "invalid": "Hier wird ein Tag erwartet (JJJJ-MM-TT).",
        "format": "Hier wird ein Tag erwartet (JJJJ-MM-TT).",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return in_our_time(date.fromisoformat(value))
        except ValueError:
            pass
        raise self.make_error("invalid", input=value, obj_type="date")


class MonthField(_German, fields.String):
    """A calendar month in Berlin, 2026-09."""

    default_error_messages: Messages = {"invalid": "Hier wird ein Monat erwartet (JJJJ-MM)."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs["metadata"] = {"pattern": MONTH_PATTERN, "example": "2026-09", **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            if isinstance(value, str) and re.fullmatch(MONTH_PATTERN, value, re.ASCII):
                return Month.of(in_our_time(date.fromisoformat(f"{value}-01")))
        except ValueError:
            pass
        raise self.make_error("invalid", input=value)


class Instant(_German, fields.AwareDateTime):
    """A moment, RFC 3339 with offset; shown as the clock in Berlin had it."""

    default_error_messages: Messages = {
        "invalid": "Hier wird ein Zeitpunkt mit Zeitzone erwartet (2026-09-30T08:00:00+02:00).",
        "invalid_awareness": "Diesem Zeitpunkt fehlt die Zeitzone (2026-09-30T08:00:00+02:00).",
        "format": "Dieser Zeitpunkt lässt sich nicht darstellen.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            return in_our_time(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise self.make_error("invalid", input=value, obj_type="datetime") from error

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(BERLIN).isoformat()


class Share(_German, fields.Float):
    """A share of 0 to 1; null where there is nothing to have a share of."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["metadata"] = {"minimum": 0, "maximum": 1, **kwargs.get("metadata", {})}
        super().__init__(allow_none=True, **kwargs)


class ListOf(_German, fields.List):
    """A list of one kind of thing."""

    default_error_messages: Messages = {"invalid": "Hier wird eine Liste erwartet."}


class Part(_German, fields.Nested):
    """An object inside another one."""

    default_error_messages: Messages = {"type": "Hier wird ein Objekt erwartet."}


class Object(_German, fields.Dict):
    """An object whose names are not fixed."""

    default_error_messages: Messages = {"invalid": "Hier wird ein Objekt erwartet."}
