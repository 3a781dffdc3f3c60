"""Services (Leistungen) by LeiKa key, and the tags that stand for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import Sentence
from wfm.directory.models import Service
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft

COLUMNS = (
    Column("leika_key", cells.leika_key, required=True, filled=True),
    Column("name", cells.text, required=True, filled=True, also=("name_de",)),
    Column("rank", cells.whole_number(1, 100_000)),
    Column("source", cells.text),
    Column("tag", cells.text),
)


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A tag means one service; it may pass from one to another within a file."""
    known = {service.leika_key: service for service in session.scalars(select(Service))}
    seen: dict[str, int] = {}
    good: list[Row] = []
    for row in rows:
        key, tag = row["leika_key"], row["tag"]
        if first := seen.get(key):
            draft.error(row, "leika_key", Sentence("kommt schon in Zeile %(line)s vor", line=first))
        elif tag and re.fullmatch(r"\d{14}", tag):
            draft.error(row, "tag", "ein Kürzel darf nicht wie ein LeiKa-Schlüssel aussehen")
        else:
            seen[key] = row.line
            good.append(row)
    owners = _owners(known, good)
    for row in good:
        values = {name: row[name] for name in ("name", "rank", "source", "tag") if name in row}
        if "source" in values:
            values["source"] = values["source"] or ""
        if (tag := row["tag"]) and owners[tag] != row["leika_key"]:
            draft.error(row, "tag", Sentence("„%(tag)s“ steht schon für %(service)s", tag=tag, service=owners[tag]))
        else:
            _plan_one(draft, row, known.get(row["leika_key"]), values)


def _owners(known: dict[str, Service], rows: Sequence[Row]) -> dict[str, str]:
    """Which service each tag would stand for; of two that claim it, the first keeps it."""
    after = {key: service.tag for key, service in known.items()}
    after |= {row["leika_key"]: row["tag"] for row in rows if "tag" in row}
    owners: dict[str, str] = {}
    for key, tag in after.items():
        if tag:
            owners.setdefault(tag, key)
    return owners


def _plan_one(draft: Draft, row: Row, service: Service | None, values: dict[str, Any]) -> None:
    key = row["leika_key"]
    if service is None:
        draft.add(row.line, f"{key} {row['name']}", Service(leika_key=key, **values))
        draft.touch("tag", key)  # whoever gave the bare key is understood from now on
        if row["tag"]:
            draft.touch("tag", row["tag"])
        return
    news = {name: value for name, value in values.items() if getattr(service, name) != value}
    if not news:
        return
    words = {
        "name": f"bisher „{service.name}“",
        "rank": f"Rang {service.rank} → {row['rank']}",
        "source": "andere Quelle",
        "tag": f"Kürzel „{service.tag or ''}“ → „{row['tag'] or ''}“",
    }
    was = ", ".join(words[name] for name in news)
    draft.change(row.line, f"{key} {row['name']}: {was}", service, **news)
    if "tag" in news:
        for tag in (service.tag, row["tag"]):
            if tag:
                draft.touch("tag", tag)
