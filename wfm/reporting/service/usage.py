"""Usage as a viewer may see it: everything, or one's own and what may be told of all partners together."""

from __future__ import annotations

from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.core.errors import BadInput, NotFound
from wfm.core.intervals import Month
from wfm.directory.service import partner_names
from wfm.reporting import queries
from wfm.reporting.rules.figures import Row
from wfm.reporting.usage_year import month_together, monthly_sums, of_partner, year_report


def usage_of_month(
    session: Session,
    viewer: Viewer,
    month: Month,
    *,
    partner: str | None = None,
    threshold: int | None = None,
    definition: str | None = None,
) -> Row:
    """The usage report of a month; of one partner if one is named, or may be seen alone."""
    partner = _whose(session, viewer, partner)
    if threshold is not None and definition is not None:
        message = "Bitte „threshold“ oder „definition“ angeben, nicht beides."
        raise BadInput("report.definition", message, field="threshold")
    used = queries.definition(session, month.first, threshold=threshold, name=definition)
    report = queries.usage_report(session, month, used, partner=partner)
    if partner is not None:
        report["together"] = month_together(session, month)
    return _as_seen(report, viewer)


def usage_of_year(session: Session, viewer: Viewer, year: int, *, partner: str | None = None) -> Row:
    """The usage report of a calendar year; of one partner if one is named, or may be seen alone."""
    partner = _whose(session, viewer, partner)
    return _as_seen(year_report(session, year, partner=partner), viewer)


def usage_by_month(
    session: Session, viewer: Viewer, first: Month, last: Month, *, partner: str | None = None
) -> dict[Month, dict[str, Row]]:
    """Sums by month and partner, as far as this viewer may see them; a month without any calls of anybody is missing.

    With `partner` those of one partner alone, zeros for a month in which only others were called for.
    """
    partner = _whose(session, viewer, partner)
    months = monthly_sums(session, first, last)
    if partner is None:
        return months
    return {month: {partner: of_partner(rows, partner)} for month, rows in months.items()}


def _whose(session: Session, viewer: Viewer, partner: str | None) -> str | None:
    viewer.require("usage.read")
    if not viewer.sees_all_partners:
        if partner is not None:
            viewer.require_partner(partner)
        return viewer.partner
    if partner is not None and partner not in partner_names(session):
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=partner)
    return partner


def _as_seen(report: Row, viewer: Viewer) -> Row:
    """Gaps as this viewer may see them: a partner is told when they are, not how many calls of all are concerned."""
    if not viewer.sees_all_partners:
        report["gaps"] = [{name: gap[name] for name in ("start", "end", "kind")} for gap in report["gaps"]]
    return report
