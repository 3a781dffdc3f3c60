"""What partners say of themselves: calls by their own count, hours, services, and when they want to begin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.clock import berlin_day, now
from wfm.core.errors import Sentence
from wfm.directory.models import PartnerProfile, Service
from wfm.directory.queries import partner_names, queue_labels
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft


def _leika_keys(cell: str) -> tuple[str, ...]:
    return tuple(sorted({cells.leika_key(key.strip()) for key in re.split(r"[;,]", cell) if key.strip()}))


COLUMNS = (
    Column("partner", cells.partner_key, required=True, filled=True),
    Column("as_of", cells.day, required=True, filled=True),
    Column("calls_a_year", cells.whole_number(0, 100_000_000)),
    Column("source", cells.text, required=True, filled=True),
    Column("hours", cells.text),
    Column("services", _leika_keys),
    Column("wished_start", cells.day),
    Column("queue", cells.text),
)
_VALUES = ("calls_a_year", "source", "hours", "services", "wished_start", "queue")


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A profile of a day that is known already is a further version of it; nothing is overwritten."""
    partners, queues = partner_names(session), queue_labels(session)
    services = set(session.scalars(select(Service.leika_key)))
    newest: dict[tuple[str, object], PartnerProfile] = {}
    for known in session.scalars(select(PartnerProfile).order_by(PartnerProfile.version)):
        newest[known.partner, known.as_of] = known
    seen: dict[tuple[str, object], int] = {}
    for row in rows:
        key = (row["partner"], row["as_of"])
        unknown = [service for service in row["services"] or () if service not in services]
        if seen.setdefault(key, row.line) != row.line:
            draft.error(
                row, "as_of", Sentence("dieser Partner und Stand kommt schon in Zeile %(line)s vor", line=seen[key])
            )
        elif not draft.known(row, "partner", partners, "Partner"):
            continue
        elif row["as_of"] > berlin_day(now()):
            draft.error(
                row,
                "as_of",
                Sentence("%(day)s liegt in der Zukunft; gemeint ist der Stand der Angaben", day=row["as_of"]),
            )
        elif unknown:
            draft.error(row, "services", Sentence("Leistung „%(key)s“ ist nicht bekannt", key=unknown[0]))
        elif row["queue"] is None or draft.known(row, "queue", queues, "Warteschlange"):
            _plan_one(draft, row, partners[row["partner"]], newest.get(key))


def _plan_one(draft: Draft, row: Row, name: str, known: PartnerProfile | None) -> None:
    values = {column: row[column] for column in _VALUES}
    values |= {"hours": row["hours"] or "", "services": list(row["services"] or ())}
    if known is not None and all(getattr(known, column) == value for column, value in values.items()):
        return
    version = 1 if known is None else known.version + 1
    calls = "Anrufe unbekannt" if row["calls_a_year"] is None else f"{row['calls_a_year']} Anrufe im Jahr"
    draft.add(
        row.line,
        f"{name}, Stand {row['as_of']}: {calls}{f', Fassung {version}' if version > 1 else ''}",
        PartnerProfile(partner=row["partner"], as_of=row["as_of"], version=version, **values),
    )
