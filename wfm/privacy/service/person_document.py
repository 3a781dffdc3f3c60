"""The data held of one person as a document to read: a tagged PDF in German."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from wfm.core.pdf import typeset

Row = dict[str, Any]

#: Our words for what happened, in German, and the columns in which they stand.
WORDS = {
    "answered": "angenommen",
    "agent": "Agent",
    "caller": "Anrufende",
    "system": "Anlage",
    "blind": "weitergeleitet",
    "attended": "weitergeleitet nach Rücksprache",
    "restart": "Neustart der Anlage",
    "age": "Ende nicht gemeldet",
    "unknown": "unbekannt",
    "ready": "bereit",
    "paused": "Pause",
    "agent.queue_joined": "angemeldet",
    "agent.queue_left": "abgemeldet",
    "agent.paused": "Pause",
    "agent.unpaused": "Pause beendet",
}
_OURS = ("outcome", "ended_by", "kind", "state")
#: German heads of columns in the document.
HEADS = {
    "system": "Anlage",
    "alias": "Bezeichnung",
    "valid_from": "gültig ab",
    "valid_to": "gültig bis",
    "name": "Name",
    "queue": "Warteschlange",
    "entered_at": "eingereiht",
    "outcome": "Ausgang",
    "answered_at": "angenommen",
    "ended_at": "beendet",
    "ended_by": "durch",
    "wait_s": "Wartezeit (s)",
    "talk_s": "Gespräch (s)",
    "wrapup_s": "Nachbearbeitung (s)",
    "day": "Tag",
    "names": "genannt",
    "answered": "angenommen",
    "talk_unknown": "Gespräch unbekannt",
    "queues": "Warteschlangen",
    "logged_on_s": "angemeldet (s)",
    "ready_s": "bereit (s)",
    "talking_s": "im Gespräch (s)",
    "wrapping_up_s": "in Nachbearbeitung (s)",
    "paused": "Pause (s)",
    "at": "Zeitpunkt",
    "kind": "Ereignis",
    "reason": "Grund",
    "starts_at": "von",
    "ends_at": "bis",
    "state": "Zustand",
    "source": "Quelle",
    "file": "Datei",
    "position": "Stelle",
    "received_at": "empfangen",
    "line": "Zeile",
    "login": "Anmeldename",
    "role": "Rolle",
    "partner": "Partner",
    "language": "Sprache",
    "created_at": "angelegt",
    "disabled_at": "gesperrt",
    "begun_at": "begonnen",
    "seen_at": "zuletzt",
    "method": "Verfahren",
    "browser": "Browser",
    "actor": "wer",
    "action": "was",
    "object_kind": "Art",
    "object_id": "Objekt",
    "fields": "Felder",
}


def as_pdf(export: Row) -> bytes:
    """The export to read, in German."""
    document = {
        **export,
        "made_at": _german(export["made_at"]),
        "sections": [{**section, "rows": _table(section["rows"])} for section in export["sections"]],
    }
    return typeset((files("wfm.privacy") / "data" / "person.typ").read_bytes(), document)


def _table(rows: Sequence[Row]) -> list[list[str]]:
    """Head and rows as texts; columns in which nothing stands are left out."""
    columns = [name for name in (rows[0] if rows else ()) if any(row[name] not in (None, "", []) for row in rows)]
    if not columns:
        return []
    return [[HEADS[name] for name in columns], *([_cell(name, row[name]) for name in columns] for row in rows)]


def _cell(name: str, value: Any) -> str:
    """Our own words in German; texts of the telephone system as they are."""
    return WORDS.get(value, value) if name in _OURS and isinstance(value, str) else _german(value)


def _german(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value) if len(value) >= 10 else None
        except ValueError:
            return value
        if moment is not None:
            return f"{moment:%d.%m.%Y}" if len(value) == 10 else f"{moment:%d.%m.%Y %H:%M:%S}"
    return str(value)
