"""Background work on facts."""

from __future__ import annotations

from datetime import timedelta

from wfm.core.clock import berlin_day, now
from wfm.core.db import after_commit, transaction
from wfm.core.log import get_logger
from wfm.core.tasks import task
from wfm.reporting.completeness import find_gaps
from wfm.reporting.service import month_files
from wfm.reporting.service.facts import recount as recount_days
from wfm.reporting.service.rederive import rederive as rederive_calls

log = get_logger(__name__)


@task("reporting.recount", one_at_a_time=True)
def recount() -> None:
    """Count touched days anew, a few at a time, until none is left."""
    while True:
        with transaction() as session:
            days = recount_days(session, limit=10)
        if not days:
            return


@task("reporting.rederive", one_at_a_time=True)
def rederive() -> None:
    """Say again whose calls they were, where a mapping has changed."""
    with transaction() as session:
        if rederive_calls(session) is not None:
            after_commit(session, "reporting.recount")


@task("reporting.check", one_at_a_time=True)
def check() -> None:
    """Tell the log of gaps of the last day, so that an operator hears of them before a report does."""
    with transaction() as session:
        for gap in find_gaps(session, now() - timedelta(days=1), now()):
            log.warning("completeness.gap", **gap)


@task("reporting.make_month_files", one_at_a_time=True)
def make_month_files() -> None:
    """Make the files of finished months, one partner after the other, so that a page can tell how far it is."""
    with transaction() as session:
        months = month_files.months_due(session, berlin_day(now()))
    for month in months:
        with transaction() as session:
            whose = month_files.whose_files_to_make(session, month)
        for partner in whose:
            with transaction() as session:
                month_files.make_files(session, month, partner)
