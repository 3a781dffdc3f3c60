"""Queues: what they are called, how long wrap-up lasts, and whom they serve if it is one partner only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import Sentence
from wfm.directory.models import Queue, QueuePartner
from wfm.directory.queries import partner_names
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, plan_dated

COLUMNS = (
    Column("queue", cells.text, required=True, filled=True),
    Column("label", cells.text),
    Column("wrapup_s", cells.whole_number(0, 3600)),
    Column("partner", cells.partner_key),
    Column("valid_from", cells.day),
    Column("valid_to", cells.day),
)


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A queue has a row for each partner it served one after the other; no partner: it serves several.

    An import makes a queue that the telephone system brought up a described one, even if nothing else is new.
    """
    queues = {queue.name: queue for queue in session.scalars(select(Queue))}
    partners = partner_names(session)
    first_rows: dict[str, Row] = {}
    wanted = []
    for row in rows:
        first = first_rows.setdefault(row["queue"], row)
        if first is row:
            _plan_queue(draft, row, queues.get(row["queue"]))
        for column in ("label", "wrapup_s"):
            if row[column] != first[column]:
                draft.error(row, column, Sentence("widerspricht Zeile %(line)s", line=first.line))
        if row["partner"] is not None:
            if draft.known(row, "partner", partners, "Partner") and (validity := draft.validity(row)):
                wanted.append((row.line, (row["queue"],), validity, row["partner"]))
        elif row["valid_from"] or row["valid_to"]:
            draft.error(row, "partner", "fehlt, obwohl Gültigkeitstage angegeben sind")
        elif first is not row:
            draft.error(row, "queue", Sentence("kommt schon in Zeile %(line)s vor", line=first.line))
    plan_dated(
        session,
        draft,
        QueuePartner,
        ("queue", "partner"),
        wanted,
        lambda key, partner: f"{key[0]} für {partners[partner]}",
        touches="queue",
    )


def _plan_queue(draft: Draft, row: Row, queue: Queue | None) -> None:
    name = row["queue"]
    values: dict[str, Any] = {"mapped": True}
    if "label" in row:
        values["label"] = row["label"] or name
    if "wrapup_s" in row:
        values["wrapup_s"] = row["wrapup_s"]
    if queue is None:
        draft.add(row.line, f"Warteschlange {name}", Queue(**{"name": name, "label": name} | values))
        return
    news = {column: value for column, value in values.items() if getattr(queue, column) != value}
    if not news:
        return
    words = {
        "mapped": "jetzt beschrieben",
        "label": f"Bezeichnung „{queue.label}“ → „{news.get('label')}“",
        "wrapup_s": f"Nachbearbeitung {queue.wrapup_s} s → {news.get('wrapup_s')} s",
    }
    draft.change(row.line, f"Warteschlange {name}: {', '.join(words[column] for column in news)}", queue, **news)
    if "wrapup_s" in news:
        draft.touch("queue", name)
