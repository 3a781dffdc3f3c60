"""The worker: `celery -A worker worker -B` (with `-B` it keeps the timetable too; run only one of those).

Everything that runs by itself stands in TIMETABLE.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any, NamedTuple

from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init

from wfm.core import db, log, tasks

# Forecasts reckon with small matrices: threads of the linear algebra would only wait for each other. Read by numpy when
# it is imported, which happens inside tasks.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class Entry(NamedTuple):
    """One line of the timetable: a task, when, and why it has to come round by itself."""

    task: str
    every: timedelta | crontab
    why: str


TIMETABLE = (
    Entry("queues.project", timedelta(seconds=5), "new raw events become calls, also where the hint was lost"),
    Entry("queues.retry", timedelta(minutes=1), "what lies in quarantine is read again where somebody asked for it"),
    Entry("reporting.recount", timedelta(seconds=15), "touched days get their facts"),
    Entry("reporting.rederive", timedelta(minutes=1), "a changed mapping re-derives the calls of open months"),
    Entry("privacy.redact", timedelta(minutes=15), "callers' numbers go when their time is over"),
    Entry("privacy.retain", crontab(hour=3, minute=40), "retention of every class of data"),
    Entry("reporting.make_month_files", crontab(minute=40, hour=5), "reports of a month on its 3rd working morning"),
    Entry("reporting.check", timedelta(minutes=15), "invariants and the completeness ledger"),
    Entry("forecasting.run", crontab(hour=2, minute=30), "a snapshot of the next three months; on Sundays of 18"),
    Entry("forecasting.run_asked", timedelta(minutes=1), "snapshots that somebody asked for"),
    Entry("forecasting.reforecast_today", crontab(minute="1-59/15", hour="6-20"), "the rest of today, by quarter hour"),
    Entry("staffing.simulate", timedelta(minutes=1), "days of plans that somebody wants simulated"),
    Entry("accounts.seal_audit", crontab(hour=3, minute=10), "yesterday's audit entries can't be changed unnoticed"),
)

#: Imported when the worker starts, which fails there and then if one is missing.
MODULES = (
    "wfm.accounts.tasks",
    "wfm.queues.tasks",
    "wfm.reporting.tasks",
    "wfm.forecasting.tasks",
    "wfm.staffing.tasks",
    "wfm.privacy.tasks",
)


def _options(entry: Entry) -> dict[str, Any]:
    # A round that could not start before the next one is due has nothing to add to it.
    return {"expires": entry.every.total_seconds()} if isinstance(entry.every, timedelta) else {}


app = tasks.celery()
app.conf.include = MODULES
app.conf.beat_schedule = {
    entry.task: {"task": entry.task, "schedule": entry.every, "options": _options(entry)} for entry in TIMETABLE
}


@setup_logging.connect
def _log_as_everywhere(**_: object) -> None:
    log.configure()


@worker_process_init.connect
def _begin_child(**_: object) -> None:
    db.leave_connections_to_parent()
