"""Monthly reports as files: made some days after the month, anew while its figures change, final once it is closed.

Each file holds what its reader may see: one partner's what a municipality sees, the one of all partners what the centre
does. All is found in the database, so the task that calls this may stop and begin again at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import false, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.accounts.rules import Role, Viewer
from wfm.core.clock import now
from wfm.core.errors import NotFound
from wfm.core.intervals import Month
from wfm.directory.service import calendar, partner_names
from wfm.reporting.formats import render
from wfm.reporting.models import ReportFile
from wfm.reporting.rules.working_days import last_month_is_due
from wfm.reporting.service.usage import usage_of_month
from wfm.reporting.usage_year import months_with_calls

FORMATS = ("pdf", "xlsx", "csv")
#: By then late events have come and numbers that were not mapped may have been.
WORKING_DAYS_AFTER = 3


def months_due(session: Session, today: date) -> list[Month]:
    """The month before, once enough working days are over, and those with files that are not final yet."""
    last = Month.of(today).earlier(1)
    not_final = select(ReportFile.month).where(or_(ReportFile.state.is_(None), ReportFile.state != "closed"))
    due = {Month.of(month) for month in session.scalars(not_final.distinct())}
    if last_month_is_due(today, WORKING_DAYS_AFTER, calendar(session).holidays) and last in months_with_calls(session):
        due.add(last)
    return sorted(due)


def whose_files_to_make(session: Session, month: Month) -> list[str | None]:
    """Note that a month's files are wanted: of all partners (None) and of each, if figures have changed since they were
    made, or some were not made yet. Nothing is wanted where they are as they should be."""
    whose: list[str | None] = [None, *partner_names(session)]
    wanted = [
        {"month": month.first, "partner": partner, "format": form, "wanted_at": now()}
        for partner in whose
        for form in FORMATS
    ]
    session.execute(insert(ReportFile).on_conflict_do_nothing(), wanted)
    figures = _figures(_report(session, month, None))
    of_all = session.scalars(_files(month).where(ReportFile.partner.is_(None))).all()
    unmade = session.scalar(select(func.count()).where(ReportFile.month == month.first, ~finished()))
    if any(file.state == "closed" for file in of_all) and not unmade:
        return []
    if all(file.figures == figures for file in of_all) and not unmade:
        return []
    if not unmade:
        again = update(ReportFile).where(ReportFile.month == month.first, ReportFile.state == "open")
        session.execute(again.values(wanted_at=now()))
    found = session.scalars(select(ReportFile.partner).where(ReportFile.month == month.first, ~finished()).distinct())
    return sorted(found, key=lambda partner: partner or "")


def make_files(session: Session, month: Month, partner: str | None) -> None:
    """Make the files of one partner, or of all. What would be as before is left as it is, and is current again."""
    report = _report(session, month, partner)
    figures = _figures(report)
    own = _files(month).where(ReportFile.partner.is_not_distinct_from(partner), ~finished())
    for file in session.scalars(own.with_for_update()):
        if file.figures == figures:
            file.wanted_at = file.made_at or file.wanted_at
            continue
        content = render(report, file.format)
        file.made_at, file.figures, file.content = now(), figures, content
        file.sha256 = hashlib.sha256(content).digest()
        file.state, file.complete = report["state"], report["complete"]
        file.gaps, file.generated = len(report["gaps"]), report["generated"]


def finished() -> Any:
    """SQL: whether a file was made since it was last wanted."""
    return func.coalesce(ReportFile.made_at >= ReportFile.wanted_at, False)


def file_for(session: Session, viewer: Viewer, file_id: int) -> ReportFile:
    """A file with its content; raises NotFound unless it is there and this viewer's."""
    viewer.require("usage.read")
    file = session.get(ReportFile, file_id)
    if file is None or file.content is None or not viewer.may_see_partner(file.partner):
        raise NotFound("report_file.unknown", "Diese Datei gibt es nicht.")
    return file


def list_files(session: Session, viewer: Viewer, partner: str | None) -> Sequence[ReportFile]:
    """The files of one partner, or (None) of all partners together; the newest month first."""
    viewer.require("usage.read")
    viewer.require_partner(partner)
    chosen = select(ReportFile).where(ReportFile.partner.is_not_distinct_from(partner))
    return session.scalars(chosen.order_by(ReportFile.month.desc(), ReportFile.format)).all()


def progress(session: Session, viewer: Viewer) -> list[tuple[Month, int, int]]:
    """Months whose files are being made: how many are finished, of how many. Of a municipality only its own count."""
    rows = session.execute(
        select(ReportFile.month, func.count().filter(finished()), func.count())
        .where(or_(true() if viewer.sees_all_partners else false(), ReportFile.partner == viewer.partner))
        .group_by(ReportFile.month)
        .having(func.bool_or(~finished()))
        .order_by(ReportFile.month)
    )
    return [(Month.of(month), made, count) for month, made, count in rows]


def _files(month: Month) -> Any:
    return select(ReportFile).where(ReportFile.month == month.first)


def _report(session: Session, month: Month, partner: str | None) -> dict[str, Any]:
    role = Role.FINANCE if partner is None else Role.MUNICIPALITY
    return usage_of_month(session, Viewer("month-files", role, partner), month)


def _figures(report: dict[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(report, sort_keys=True).encode()).digest()
