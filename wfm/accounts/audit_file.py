"""The audit trail as a file: CSV as all of ours, for a German Excel, without anything it would reckon as a formula."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from wfm.accounts.models import AuditEntry
from wfm.core import harmless
from wfm.core.clock import BERLIN

HEADS = {
    "id": "Nr.",
    "at": "Zeit",
    "actor": "Wer",
    "action": "Was",
    "object_kind": "Art",
    "object_id": "Gegenstand",
    "purpose": "Zweck",
    "fields": "Felder",
    "details": "Näheres",
}


def write_csv(entries: Iterable[AuditEntry], file: TextIO) -> None:
    """A head of stable names and the entries; `file` is opened as UTF-8 with `newline=""`."""
    file.write("\ufeff")
    rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEADS)
    rows.writerows([harmless.in_spreadsheet(cell) for cell in texts(entry)] for entry in entries)


def texts(entry: AuditEntry) -> list[str]:
    """An entry as texts, one for each head; the time as the clock in Berlin had it."""
    special = {
        "at": f"{entry.at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S}",
        "fields": " ".join(entry.fields),
        "details": json.dumps(entry.details, ensure_ascii=False) if entry.details else "",
    }
    values = ((name, special.get(name, getattr(entry, name))) for name in HEADS)
    return ["" if value is None else str(value) for _, value in values]
