"""Numbers of documents: in each series and year they ascend by one, without a gap, whoever issues at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from wfm.billing.models import Document

#: Series of invoices unless the host's entry names another one (`series`); statements have their own.
_INVOICES, _STATEMENTS = "SC", "N"


def hold_numbers(session: Session) -> None:
    """Let nobody else number documents until this transaction ends: rolled back, it leaves no gap."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('document'))"))


def series_of(prefix: str, day: date) -> str:
    """`SC-2027-`"""
    return f"{prefix}-{day.year}-"


def next_number(session: Session, series: str) -> int:
    """The number that comes next, while `hold_numbers` holds; void ones count."""
    newest = session.scalar(select(func.max(Document.number)).where(Document.series == series))
    return (newest or 0) + 1


def next_invoice(session: Session, host: Mapping[str, Any], day: date) -> tuple[str, int]:
    """Series and number of the host's next invoice or correction."""
    series = series_of(host.get("series") or _INVOICES, day)
    return series, next_number(session, series)


def next_statement(session: Session, host: Mapping[str, Any], day: date) -> tuple[str, int]:
    """The same of its next statement."""
    series = series_of(f"{host.get('series') or _INVOICES}-{_STATEMENTS}", day)
    return series, next_number(session, series)


def written(series: str, number: int) -> str:
    """`SC-2027-0012`, as it stands on the paper."""
    return f"{series}{number:04d}"


def read_number(text: str) -> tuple[str, int] | None:
    """Series and number of `SC-2027-0012`; None for what is no number of ours."""
    series, dash, number = text.rpartition("-")
    return (f"{series}{dash}", int(number)) if number.isdecimal() and number.isascii() and len(number) < 10 else None
