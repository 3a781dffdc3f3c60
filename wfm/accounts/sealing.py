"""Seals that show whether the audit trail was rewritten, and the only way to drop its old days.

Every night each Berlin day that is over gets a seal: one hash over the seal of the day before, the day, the number of
its entries, and their hash. Days without entries get one too, so no day can go missing. Whoever rewrites an entry
would have to make every later seal anew, and still could not change the newest hash that somebody has kept elsewhere.
The seals of dropped days stay, so the chain can be checked from its first link for ever.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import groupby

from sqlalchemy import Row, Text, cast, func, select, text
from sqlalchemy.orm import Session

from wfm.accounts.models import AuditEntry, AuditSeal
from wfm.core.clock import berlin_day, now, to_micros
from wfm.core.errors import BadInput
from wfm.core.intervals import Days

ONE_DAY = timedelta(days=1)

#: How long a day must be over: an entry is written by a transaction that may end a while after it began.
SETTLED_AFTER = timedelta(hours=2)

#: When a day without a seal is suspicious: by then a nightly job has come round twice.
OVERDUE_AFTER = SETTLED_AFTER + ONE_DAY

#: No entry is dropped before. The function in the database that drops them says the same, and has the last word.
KEPT_AT_LEAST_DAYS = 180

#: What the first seal follows.
BEGINNING = bytes(32)


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one day, as the seal holds them: how many, and the hash of their canonical bytes."""

    count: int
    hash: bytes


NO_ENTRIES = Entries(0, sha256().digest())


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first day on which trail and seals do not agree.

    `what` is one of: changed, missing, added (entries), seal_missing, seal_changed, unknown_hash (one that was kept).
    """

    day: date | None
    what: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `dropped` days had entries once, which are gone after their period."""

    days: int
    entries: int
    dropped: int
    newest: AuditSeal | None
    flaw: Flaw | None


def seal(session: Session) -> list[AuditSeal]:
    """Seal every day that is over and has no seal, from the day of the first entry on; the new seals.

    A day waits for the next round while a transaction is open that began on it, which could still bring an entry.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('wfm.audit_seal'))"))
    last = session.scalar(select(AuditSeal).order_by(AuditSeal.day.desc()).limit(1))
    first_day = last.day + ONE_DAY if last else _first_day(session)
    settled = _open_since(session, now() - SETTLED_AFTER)
    if first_day is None or first_day >= settled:
        return []
    made, previous = [], last.hash if last else BEGINNING
    days = Days(first_day, settled)
    found = entries_by_day(session, days)
    for day in days:
        entries = found.get(day, NO_ENTRIES)
        previous = seal_hash(previous, day, entries)
        made.append(
            AuditSeal(day=day, entries=entries.count, entries_hash=entries.hash, hash=previous, sealed_at=now())
        )
    session.add_all(made)
    session.flush()
    return made


def verify(session: Session, known: Collection[bytes] = ()) -> Verdict:
    """Reckon every seal anew, and compare the trail with them.

    `known` are hashes of earlier verdicts that were kept outside this database: each must be that of a seal.
    """
    seals = {found.day: found for found in session.scalars(select(AuditSeal).order_by(AuditSeal.day))}
    newest = seals[max(seals)] if seals else None
    begins = [day for day in (min(seals, default=None), _first_day(session)) if day is not None]
    overdue = berlin_day(now() - OVERDUE_AFTER)
    end = max(overdue, newest.day + ONE_DAY) if newest else overdue
    days = Days(min(begins), end) if begins and min(begins) < end else None
    found = entries_by_day(session, days) if days else {}
    flaw, dropped = _first_flaw(days, seals, found) if days else (None, 0)
    if flaw is None and (strange := set(known) - {each.hash for each in seals.values()}):
        flaw = Flaw(None, "unknown_hash", f"Kein Siegel hat den aufbewahrten Hash {min(strange).hex()}.")
    return Verdict(len(seals), sum(entries.count for entries in found.values()), dropped, newest, flaw)


def drop_sealed_days(session: Session, older_than_days: int) -> int:
    """Delete the entries of sealed days longer ago than this; their seals stay. Returns how many entries went.

    The one deletion that the application's role can ask for, through a function of the database that checks both the
    seal and the least period. Raises BadInput for less than that.
    """
    if older_than_days < KEPT_AT_LEAST_DAYS:
        raise BadInput(
            "audit.kept_longer",
            f"Das Protokoll wird mindestens {KEPT_AT_LEAST_DAYS} Tage aufbewahrt, nicht nur {older_than_days}.",
            at_least=KEPT_AT_LEAST_DAYS,
        )
    session.flush()
    session.execute(text("SET LOCAL ROLE wfm_retention"))
    dropped = session.scalar(text("SELECT drop_sealed_audit_days(:days)"), {"days": older_than_days})
    session.execute(text("RESET ROLE"))
    return int(dropped or 0)


def may_be_rewritten(session: Session) -> bool:
    """Whether the role we connect as could change or delete entries: then the seals are all that protects them."""
    rights = "has_table_privilege('audit_entry', 'UPDATE') OR has_table_privilege('audit_entry', 'DELETE')"
    return bool(session.scalar(text(f"SELECT {rights}")))


def entries_by_day(session: Session, days: Days) -> dict[date, Entries]:
    """The entries of these Berlin days; a day without any is not in it. One query, of which no day is kept."""
    day = func.date(func.timezone("Europe/Berlin", AuditEntry.at))
    rows = session.execute(
        select(day.label("day"), *_SEALED_COLUMNS)
        .where(AuditEntry.at >= days.begins_at, AuditEntry.at < days.ends_at)
        .order_by(day, AuditEntry.id)
        .execution_options(yield_per=5_000)
    )
    return {of: _reckon(entries) for of, entries in groupby(rows, key=lambda row: row.day)}


def seal_hash(previous: bytes, day: date, entries: Entries) -> bytes:
    """SHA-256 over the hash of the day before, the day, the number of its entries, and their hash."""
    return sha256(previous + f"{day.isoformat()} {entries.count}\n".encode() + entries.hash).digest()


def canonical_bytes(row: Row[tuple[object, ...]]) -> bytes:
    """An entry as one line of JSON: unambiguous, and nothing of it left out.

    `details` is the text that PostgreSQL makes of a jsonb: always the same for the same value. A column added later
    must be left out where it is null, or old seals would break.
    """
    moment, values = row.at, (row.actor, row.action, row.object_kind, row.object_id, row.fields, row.details)
    line = json.dumps([row.id, to_micros(moment), *values, row.purpose], separators=(",", ":"))
    return line.encode() + b"\n"


_SEALED_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.object_kind,
    AuditEntry.object_id,
    AuditEntry.fields,
    cast(AuditEntry.details, Text).label("details"),
    AuditEntry.purpose,
)


def _reckon(rows: Iterator[Row[tuple[object, ...]]]) -> Entries:
    count, hashed = 0, sha256()
    for row in rows:
        hashed.update(canonical_bytes(row))
        count += 1
    return Entries(count, hashed.digest())


def _first_day(session: Session) -> date | None:
    first = session.scalar(select(func.min(AuditEntry.at)))
    return None if first is None else berlin_day(first)


def _open_since(session: Session, moment: datetime) -> date:
    """The first day that can't be sealed yet: the one of this moment, or of an older transaction that is still open.

    PostgreSQL shows a role the transactions of its own sessions only: those of the application.
    """
    oldest = session.scalar(text("SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database()"))
    return berlin_day(min(moment, oldest or moment))


def _first_flaw(days: Days, seals: Mapping[date, AuditSeal], found: Mapping[date, Entries]) -> tuple[Flaw | None, int]:
    """The first flaw, and how many days before it were dropped. Only the oldest days can be: none after one that is
    still there."""
    previous, dropped, may_be_dropped = BEGINNING, 0, True
    oldest_kept = berlin_day(now()) - timedelta(days=KEPT_AT_LEAST_DAYS)
    for day in days:
        entries, sealed = found.get(day, NO_ENTRIES), seals.get(day)
        if sealed is None:
            return Flaw(day, "seal_missing", f"Das Siegel fehlt (Einträge des Tages: {entries.count})."), dropped
        written = Entries(sealed.entries, sealed.entries_hash)
        if seal_hash(previous, day, written) != sealed.hash:
            message = "Das Siegel wurde geändert, oder es folgt nicht auf das Siegel des Vortags."
            return Flaw(day, "seal_changed", message), dropped
        previous = sealed.hash
        if entries.count:
            may_be_dropped = False
        elif may_be_dropped and day < oldest_kept and written.count:
            dropped += 1
            continue
        if entries != written:
            return _difference(day, written, entries), dropped
    return None, dropped


def _difference(day: date, sealed: Entries, found: Entries) -> Flaw:
    counts = f"versiegelt {sealed.count}, vorhanden {found.count}"
    if found.count < sealed.count:
        return Flaw(day, "missing", f"Einträge fehlen ({counts}).")
    if found.count > sealed.count:
        return Flaw(day, "added", f"Einträge kamen nach dem Versiegeln hinzu ({counts}).")
    return Flaw(day, "changed", f"Einträge wurden geändert ({counts}).")
