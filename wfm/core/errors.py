"""What can go wrong in the trade, as data: a stable code for programs, a German sentence for people.

A sentence with values in it is a `Sentence`, so that who reads English gets it in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from wfm.core.intervals import Month


class Sentence(str):
    """A German sentence with its values put in, that still knows both: pages say it in the reader's language.

    `Sentence("Möglich sind %(least)s bis %(most)s.", least=1, most=9)` is text like any other; only who translates
    (`wfm.web.language`) looks at `words` and `values`. A value that is a Sentence itself is a word of ours, and is
    translated, too; a Month is told in words, what is called `count` as 1.234, several things one after the other.
    """

    words: str
    values: Mapping[str, object]
    #: Made from a reason that stood behind the name of a field: begins with a capital and ends with a full stop.
    alone: bool

    def __new__(cls, words: str, /, **values: object) -> Self:
        return cls._made(words, values, False)

    @classmethod
    def _made(cls, words: str, values: Mapping[str, object], alone: bool) -> Self:
        text = words % {name: _in_german(name, value) for name, value in values.items()}
        made = super().__new__(cls, stand_alone(text) if alone else text)
        made.words, made.values, made.alone = words, values, alone
        return made

    @classmethod
    def of(cls, reason: str) -> Self:
        """A reason (`fehlt`) as a sentence (`Fehlt.`)."""
        if isinstance(reason, Sentence):
            return cls._made(reason.words, reason.values, True)
        return cls._made(reason.replace("%", "%%"), {}, True)

    def format(self, *_: object, **__: object) -> Self:
        """Itself: marshmallow would put values into its messages so, and these have theirs already."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (Sentence._made, (self.words, dict(self.values), self.alone))


def _in_german(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return ", ".join(str(_in_german(name, each)) for each in value)
    if name == "count" and isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    return value.in_words if isinstance(value, Month) else value


def stand_alone(reason: str) -> str:
    """`fehlt` as `Fehlt.`"""
    return f"{reason[:1].upper()}{reason[1:]}."


class WfmError(Exception):
    """Parent of every error that a person is told about.

    `code` is stable and dotted ("shift.overlaps"), `details` are plain values for programs. One handler turns it into
    problem+json or a page, another into a line on standard error and `exit_status`.
    """

    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception would rebuild itself from the message alone; workers hand errors on as pickles.
        return (_rebuild, (type(self), self.code, self.message, self.details))


def _rebuild(kind: type[WfmError], code: str, message: str, details: dict[str, Any]) -> WfmError:
    return kind(code, message, **details)


class BadInput(WfmError):
    """A file, an argument or a request body that cannot be understood."""

    http_status = 422


class NotFound(WfmError):
    """The thing named does not exist, or not for this person."""

    http_status = 404


class NotAllowed(WfmError):
    """The person is known but may not do this."""

    http_status = 403


class Conflict(WfmError):
    """Somebody else was faster, or the same key already stands for something else."""

    http_status = 409


class RuleBroken(WfmError):
    """Understood and permitted, but against a rule of the trade."""

    http_status = 422


class ServerTrouble(WfmError):
    """PostgreSQL or Valkey cannot be had: nothing the person typed is wrong."""

    exit_status = 3
    http_status = 503
