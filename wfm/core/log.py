"""Logs: one event a line on standard error, JSON for machines, readable at a terminal.

Every line carries what is bound at the time: `request_id` in the web process, `task` and `task_id` in the worker. No
line carries a caller's number or a token: fields of such names are dropped, and text that looks like one is masked,
lines and tracebacks of libraries included.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

_SECRET_FIELDS = frozenset({"authorization", "caller", "number", "password", "payload", "secret", "token"})
_TOKEN = re.compile(r"wfm_[\w-]{16,}")
_PASSWORD_IN_URL = re.compile(r"(?<=:)[^:/@\s]+(?=@)")
#: Numbers begin with + or 0; instants, durations and hashes in our lines do not, or stand inside a longer word.
_TELEPHONE = re.compile(r"(?:(?<![\w.])\+|(?<![\w.:-])0)\d[\d /-]{4,}\d(?![\w:-]|\.\w)")
_NOISY = ("celery.app.trace", "celery.worker.strategy", "celery.beat", "kombu", "alembic", "urllib3")


class _StandardError(logging.StreamHandler[Any]):
    """Whatever standard error is at the time: tests, and `wfm up`, exchange it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _value: Any) -> None:
        raise AttributeError("standard error is what it is")


_stderr = _StandardError()


def configure(*, readable: bool | None = None, level: int = logging.INFO) -> None:
    """Send every log line of this process, our own and the libraries', to standard error in one shape.

    `readable` is for people; unless told, it is so when standard error is a terminal.
    """
    if readable is None:
        readable = sys.stderr.isatty()
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if readable:
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            renderer,
        ],
    )
    _stderr.setFormatter(formatter)
    logging.getLogger().addHandler(_stderr)
    logging.getLogger().setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> Any:
    """A logger of this process, configured: otherwise lines would go to standard output, among the data."""
    if not structlog.is_configured():
        configure()
    return structlog.get_logger(name)


def without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """The last processor before rendering: what must not be written is not there any more."""
    for name, value in event.items():
        if name in _SECRET_FIELDS:
            event[name] = "***"
        elif isinstance(value, str) and name not in ("timestamp", "request_id", "task_id"):
            event[name] = masked(value)
    return event


def masked(text: str) -> str:
    """The text without tokens, passwords in addresses, and telephone numbers."""
    text = _TOKEN.sub("wfm_***", text)
    text = _PASSWORD_IN_URL.sub("***", text) if "://" in text else text
    return _TELEPHONE.sub("***", text)
