"""The figures of the reports, read in one query each. Every format (JSON, CSV, XLSX, table, API) shows these rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.core.clock import BERLIN
from wfm.core.db import cursor
from wfm.core.errors import NotFound, Sentence
from wfm.core.intervals import Days, Month
from wfm.directory import queries as directory
from wfm.reporting.completeness import find_gaps
from wfm.reporting.corrected import corrections_of
from wfm.reporting.rules.figures import Definition, Row, add_up, describe_target, figures
from wfm.reporting.rules.waits import WAIT_CLASSES, share
from wfm.reporting.usage_sums import COLUMNS, by_month

__all__ = ["STEPS", "Definition", "definition", "describe_target", "figures", "queue_report", "usage_report"]

#: Length of a row of the queue report -> the start of the row that an instant lies in, in SQL.
STEPS = {
    "15": "date_bin('15 minutes', {at}, 'epoch')",
    "30": "date_bin('30 minutes', {at}, 'epoch')",
    "60": "date_bin('60 minutes', {at}, 'epoch')",
    "day": "date_trunc('day', {at}, 'Europe/Berlin')",
    "month": "date_trunc('month', {at}, 'Europe/Berlin')",
}
#: The one definition a report uses unless told otherwise.
DEFAULT_TARGET = "115"

_COUNTS = (
    "offered",
    "answered",
    "abandoned",
    "left_timeout",
    "left_key",
    "left_empty",
    "left_withdrawn",
    "lost",
    "open",
    "refused",
    "wait_s_answered",
    "wait_s_abandoned",
    "wait_unknown_answered",
    "wait_unknown_unanswered",
    "talk_s",
    "talk_unknown",
    "wrapup_s",
    "wrapup_reported",
    "wrapup_inferred",
)
_CALL_COUNTS = ("calls", "calls_answered", "calls_refused", "started_minutes", "generated")


def definition(session: Session, day: date, *, threshold: int | None = None, name: str | None = None) -> Definition:
    """The definition for a report that begins on `day`: by threshold, by name, or the default one."""
    targets = tuple(directory.targets_on(session, day))
    by_name = {target.name: target for target in targets}
    if threshold is not None and name is None:
        used = next((target for target in targets if target.seconds == threshold), None)
        return Definition(threshold, used, targets)
    chosen = by_name.get(name or DEFAULT_TARGET)
    if chosen is None and name is not None:
        raise NotFound(
            "target.unknown",
            Sentence(
                "Eine Service-Level-Definition „%(name)s“ gilt am %(day)s nicht.", name=name, day=f"{day:%d.%m.%Y}"
            ),
            name=name,
        )
    return Definition(chosen.seconds if chosen else 30, chosen, targets)


def _sums(columns: Sequence[str], used: Definition) -> str:
    """Sums of fact columns, and what lay within those thresholds that are wait classes."""
    sums = [f"sum({column}) AS {column}" for column in columns]
    sums += [
        f"sum({kind}_by_class[{WAIT_CLASSES.index(limit) + 1}]) AS {kind}_{limit}"
        for limit in used.seconds
        if limit in WAIT_CLASSES
        for kind in ("answered", "abandoned")
    ]
    return ", ".join((*sums, "max(longest_wait_s) AS longest_wait_s"))


def queue_report(session: Session, days: Days, step: str, used: Definition) -> Row:
    """Volume and service level of each queue by interval, hour, day or month; totals by queue and over all."""
    found = _fetch(
        session,
        f"""SELECT {STEPS[step].format(at="starts_at")} AS bucket, queue, {_sums(_COUNTS, used)}
            FROM fact_interval WHERE starts_at >= %(from)s AND starts_at < %(to)s
              AND (offered > 0 OR refused > 0)
            GROUP BY GROUPING SETS ((1, 2), (2), ()) ORDER BY 1 NULLS LAST, 2 NULLS LAST""",
        days,
    )
    odd = _odd_waits(session, days, used, STEPS[step].format(at="s.entered_at"), "s.queue")
    rows, totals, total = [], [], None
    for record in found:
        record |= odd.get((record["bucket"], record["queue"]), {})
        if record["bucket"] is not None:
            start = record["bucket"].astimezone(BERLIN)
            rows.append(
                {
                    "queue": record["queue"],
                    "start": start.isoformat(),
                    "end": _end(start, step).isoformat(),
                    **figures(record, used),
                }
            )
        elif record["queue"] is not None:
            totals.append({"queue": record["queue"], **figures(record, used)})
        else:
            total = figures(record, used)
    gaps = find_gaps(session, days.begins_at, days.ends_at)
    return {
        "from": days.start.isoformat(),
        "to": days.end.isoformat(),
        "interval": step,
        "definition": used.describe(),
        "definitions": [describe_target(target) for target in used.targets],
        "complete": not gaps,
        "gaps": gaps,
        "generated": _generated(session, days),
        "rows": rows,
        "totals": totals,
        "total": total or figures({}, used),
    }


def usage_report(session: Session, month: Month, used: Definition, *, partner: str | None = None) -> Row:
    """Usage per partner in a month: calls, sums over their stays, by service; the unattributed remainder; the total.

    With `partner`, only that partner's row: a municipality sees itself and no sum from which others could be reckoned.
    """
    days = month.days
    found = _fetch(
        session,
        f"""SELECT partner, likely, service, method, {_sums((*_COUNTS, *_CALL_COUNTS), used)}
            FROM ({by_month((*COLUMNS, "longest_wait_s"), "%(first)s::date", "%(last)s::date")}) told
            WHERE %(partner)s::text IS NULL OR partner = %(partner)s
            GROUP BY 1, 2, 3, 4""",
        days,
        partner=partner,
    )
    keys = ("coalesce(c.partner, '')", "coalesce(c.likely, '')", "coalesce(c.service, '')", "c.method")
    odd = _odd_waits(session, days, used, *keys, sets=False)
    for record in found:
        record |= odd.get((record["partner"], record["likely"], record["service"], record["method"]), {})
    return _shape_usage(session, month, used, found, partner)


def _shape_usage(session: Session, month: Month, used: Definition, found: list[Row], partner: str | None) -> Row:
    names = directory.partner_names(session)
    services = {row.leika_key: row.name for row in session.execute(text("SELECT leika_key, name FROM service"))}

    def summed(chosen: Iterable[Row]) -> Row:
        return figures(add_up(chosen), used, calls=True)

    rows = []
    for key, name in names.items():
        if partner not in (None, key):
            continue
        own = [record for record in found if record["partner"] == key]
        by_service = [
            {"service": service or None, "name": services.get(service, "unbekannt"), **summed(records)}
            for service, records in _grouped(own, "service")
        ]
        rows.append(
            {"partner": key, "name": name, **summed(own), "attribution": _by_method(own), "by_service": by_service}
        )
    month_days = month.days
    gaps = find_gaps(session, month_days.begins_at, month_days.ends_at)
    report: Row = {
        "month": str(month),
        "state": month_state(session, month),
        "definition": used.describe(),
        "definitions": [describe_target(target) for target in used.targets],
        "complete": not gaps,
        "gaps": gaps,
        "generated": sum(record["generated"] for record in found) > 0,
        "attribution": _by_method(found),
        "rows": rows,
        "corrections": corrections_of(session, month, partner),
    }
    if partner is None:
        nobody = [record for record in found if not record["partner"]]
        report["unattributed"] = {
            **summed(nobody),
            "likely": [
                {"partner": key, "name": names.get(key, key), **summed(records)}
                for key, records in _grouped(nobody, "likely")
                if key
            ],
        }
        report["total"] = summed(found)
    return report


def month_state(session: Session, month: Month) -> str:
    """Whether the month is open or closed."""
    state = session.scalar(text("SELECT state FROM month WHERE month = :month"), {"month": month.first})
    return str(state or "open")


def _grouped(records: Sequence[Row], name: str) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for record in records:
        groups.setdefault(record[name], []).append(record)
    return sorted(groups.items())


def _by_method(records: Sequence[Row]) -> dict[str, Row]:
    """Attribution quality: calls by the method that named the partner, with the share of all."""
    total = sum(record["calls"] for record in records)
    methods: dict[str, Row] = {}
    for method, own in _grouped(records, "method"):
        calls = sum(record["calls"] for record in own)
        if calls:
            methods[method] = {"calls": int(calls), "share": share(int(calls), int(total))}
    return methods


def _end(start: datetime, step: str) -> datetime:
    if step == "day":
        return datetime.combine(start.date() + timedelta(days=1), start.timetz()).replace(tzinfo=BERLIN)
    if step == "month":
        return datetime.combine(Month.of(start.date()).next.first, start.timetz()).replace(tzinfo=BERLIN)
    # in UTC, so that the hour that comes twice has its right length
    return (start.astimezone(UTC) + timedelta(minutes=int(step))).astimezone(BERLIN)


def _odd_waits(
    session: Session, days: Days, used: Definition, *keys: str, sets: bool = True
) -> dict[tuple[Any, ...], Row]:
    """Counts within thresholds that are no wait class, from the stays themselves, by the keys of the report's rows."""
    odd = [limit for limit in used.seconds if limit not in WAIT_CLASSES]
    if not odd:
        return {}
    columns = ", ".join(
        f"count(*) FILTER (WHERE s.outcome = '{kind}' AND s.wait_s <= {limit:d}) AS {kind}_{limit:d}"
        for limit in odd
        for kind in ("answered", "abandoned")
    )
    places = ", ".join(str(number) for number in range(1, len(keys) + 1))
    grouping = f"GROUPING SETS (({places}), ({len(keys)}), ())" if sets else places
    named = ", ".join(f"{key} AS key_{number}" for number, key in enumerate(keys))
    found = _fetch(
        session,
        f"""SELECT {named}, {columns} FROM stay s JOIN call c USING (system_id, callid, nth)
            WHERE s.day >= %(first)s AND s.day < %(last)s {"AND s.queue <> ''" if sets else ""} GROUP BY {grouping}""",
        days,
    )
    return {tuple(record.pop(f"key_{number}") for number in range(len(keys))): record for record in found}


def _generated(session: Session, days: Days) -> bool:
    found = session.scalar(
        text("SELECT EXISTS (SELECT FROM fact_day WHERE day >= :first AND day < :last AND generated > 0)"),
        {"first": days.start, "last": days.end},
    )
    return bool(found)


def _fetch(session: Session, query: str, days: Days, **more: Any) -> list[Row]:
    db = cursor(session)
    parameters = {"from": days.begins_at, "to": days.ends_at, "first": days.start, "last": days.end, **more}
    rows = db.execute(query, parameters).fetchall()
    assert db.description is not None
    names = [column.name for column in db.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
