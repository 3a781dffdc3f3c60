"""Background work: how tasks are declared, sent and run.

A message is a hint. Each task finds its work in the database, may run twice without harm, and is in the timetable of
`worker.py`; so a broker that is away, or a message that is lost, costs time and no figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any

import structlog
from celery import Celery, Task, shared_task
from kombu.exceptions import KombuError
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError

from wfm.core import embedded, metrics
from wfm.core.errors import ServerTrouble
from wfm.core.locks import one_at_a_time
from wfm.core.log import get_logger

#: Above the longest task (a whole year derived again), or the broker would hand it to a second worker meanwhile.
LONGEST_TASK_S = 6 * 3600

#: A hint that nobody took in this time is worth nothing: the timetable has come round since.
HINT_EXPIRES_S = 600

#: After a failed attempt the broker is left alone for a while: requests must not wait for it one after the other.
BROKER_REST_S = 10

CONFIGURATION: dict[str, Any] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_ignore_result": True,
    "task_default_queue": "wfm",
    # A task is done when it is done, not when a worker has read its message.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "worker_max_memory_per_child": 500_000,  # KiB
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_send_task_events": False,
    # Nothing of the timetable has to be remembered over a restart, so it needs no file.
    "beat_scheduler": "celery.beat:Scheduler",
    "timezone": "Europe/Berlin",
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "visibility_timeout": LONGEST_TASK_S,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    },
    # A connection that went stale deserves a second try; a broker that is away does not.
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
}

log = get_logger(__name__)
_left_alone_until = 0.0


def celery() -> Celery:
    """The process's Celery application, talking to the Valkey of the settings."""
    return _celery(embedded.celery_url())


@cache
def _celery(broker: str) -> Celery:
    app = Celery("wfm", broker=broker, set_as_current=True)
    app.conf.update(CONFIGURATION)
    return app


def send(name: str, *args: Any) -> None:
    """Hint that a task has work to do. Never fails: what happens without the hint only happens later."""
    global _left_alone_until
    if time.monotonic() < _left_alone_until:
        return
    try:
        celery().send_task(name, args=args, expires=HINT_EXPIRES_S)
    except (KombuError, RedisError, OSError, ServerTrouble) as error:
        _left_alone_until = time.monotonic() + BROKER_REST_S
        log.warning("task.not_sent", task=name, reason=f"{type(error).__name__}: {error}")


class Job(Task):
    """What every task does around its body: log context, time, lock, and another try when the database is away."""

    abstract = True
    one_at_a_time = False
    max_retries = 5

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        began, outcome = time.perf_counter(), "failed"
        with structlog.contextvars.bound_contextvars(task=self.name, task_id=self.request.id):
            try:
                with one_at_a_time(self.name) if self.one_at_a_time else nullcontext(True) as mine:
                    result = self.run(*args, **kwargs) if mine else None
                outcome = "done" if mine else "skipped"
            except (OperationalError, InterfaceError, ServerTrouble) as error:
                outcome = "retried"
                raise self.retry(exc=error, countdown=2**self.request.retries) from error
            finally:
                took = time.perf_counter() - began
                metrics.count_task(self.name, outcome, took)
                log.log(_level(outcome, took), "task.ended", outcome=outcome, seconds=round(took, 3))
            return result


def task(name: str, *, one_at_a_time: bool = False) -> Callable[[Callable[..., Any]], Job]:
    """Declare a task under the name that services and the timetable know it by.

    `one_at_a_time`: while one runs, another one ends at once without doing anything; its work is seen by the next.
    """
    declared: Callable[[Callable[..., Any]], Job] = shared_task(name=name, base=Job, one_at_a_time=one_at_a_time)
    return declared


def _level(outcome: str, seconds: float) -> int:
    """The timetable comes round every few seconds: a line only for what took time or went wrong."""
    import logging

    if outcome in ("failed", "retried"):
        return logging.WARNING
    return logging.INFO if seconds > 1 else logging.DEBUG
