"""Closing months in stories: two people, without the ceremony."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import time_machine

from tests.flows.exchange import execute
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.reporting.models import MonthState
from wfm.reporting.service.closing import ask_to_close, close_month

FINANCE = Viewer("finance", Role.FINANCE, person_id=1)
SUPERVISOR = Viewer("supervisor", Role.SUPERVISOR, person_id=2)
#: What a handmade log never has in order: its queues and numbers are nobody's.
REASONS = dict.fromkeys(("queue", "number", "missing", "never", "unreadable", "open_calls"), "Probe")


@contextmanager
def after(month: Month) -> Iterator[None]:
    """The twentieth of the month after."""
    with time_machine.travel(f"{month.next}-20T12:00:00+00:00", tick=True):
        yield


def close(told: str, reasons: Mapping[str, str] = REASONS) -> MonthState:
    """Close a month with two people, whatever may be overridden."""
    month = Month.parse(told)
    with after(month):
        with transaction() as session:
            ask_to_close(session, FINANCE, month, reasons)
        with transaction() as session:
            return close_month(session, SUPERVISOR, month)


def settle(told: str) -> None:
    """Make a closed month final."""
    execute("UPDATE month SET settled_at = closed_at WHERE month = :first", first=Month.parse(told).first)
