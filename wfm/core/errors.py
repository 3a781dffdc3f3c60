"""What can go wrong in the trade, as data: a stable code for programs, a German sentence for people."""

from __future__ import annotations

from typing import Any, ClassVar


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
