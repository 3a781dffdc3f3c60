"""What a report looks like to people, before it is written in any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Row

NOBODY = "nicht zugeordnet"
SIMULATED = "ENTHÄLT SIMULIERTE ANRUFE: keine echten Zahlen."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: columns, rows, and below them the total if there is one.

    `below`: lines in no total, for CSV; each has what the first two columns read, the rest by column in `cells`.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    total: Row | None = None
    below: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A report as people see it.

    `sheets` are whole, for spreadsheets (CSV shows the first); `screens` are narrow, for a terminal; `remarks` stand
    below them. `gaps` and `generated` are None where completeness or simulation are no matter. `facts` say what the
    figures are. `context` repeats the most important of it in each CSV row.
    """

    title: str
    sheets: tuple[Sheet, ...]
    screens: tuple[Sheet, ...]
    gaps: tuple[str, ...] | None
    generated: bool | None
    facts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    definitions: tuple[Row, ...] = ()
    context: Mapping[str, str] | None = None
    threshold: int | None = None

    @property
    def status(self) -> str:
        """Whether the figures are complete, in one line."""
        if self.gaps is None:
            return ""
        if not self.gaps:
            return "Vollständig: alle Ereignisse dieses Zeitraums sind eingetroffen und gezählt."
        return f"NICHT VOLLSTÄNDIG: {len(self.gaps)} {'Lücke' if len(self.gaps) == 1 else 'Lücken'}."

    def meaning(self, column: Column) -> str:
        """What a column counts, with this report's threshold."""
        return column.meaning.replace("{T}", str(self.threshold))


def counted_by(report: Mapping[str, Any], what: str, period: str) -> dict[str, Any]:
    """What a report that counts by a definition of service level says of itself, as parts of its layout."""
    used = report["definition"]
    name = f"{used['name']}, Version {used['version']}" if used["name"] else "keine, nur eine Schwelle"
    gaps = gap_lines(report)
    return {
        "facts": (
            (what, period),
            *([("Stand des Monats", _STATES[report["state"]])] if "state" in report else []),
            ("Definition", used["label"]),
            ("Name und Version", name),
            ("Schwelle T", f"{used['seconds']} s"),
        ),
        "gaps": gaps,
        "generated": report["generated"],
        "definitions": tuple(report["definitions"]),
        "threshold": used["seconds"],
        "context": {
            "definition": used["name"] or "",
            "definition_version": str(used["version"] or ""),
            "schwelle_s": str(used["seconds"]),
            "vollstaendig": german.YES_NO[report["complete"]],
            "luecken": str(len(gaps)),
            "simuliert": german.YES_NO[report["generated"]],
        },
    }


_STATES = {"open": "offen, kann sich noch ändern", "closed": "abgeschlossen"}


def unknown_waits(report: Mapping[str, Any]) -> tuple[str, ...]:
    """How many waits nobody told, if there are any, as a remark."""
    sums = [report["total"]] if "total" in report else report["rows"]
    if count := sum(sum(row["wait_unknown"].values()) for row in sums):
        told = f"Wartezeit unbekannt: {german.count(count)} Aufenthalte, die nur eine Quelle ohne Wartezeiten kennt. "
        return (told + "Sie zählen in keinem Service-Level und in keiner mittleren Wartezeit.",)
    return ()


def period(report: Mapping[str, Any]) -> str:
    """The days of a report; its `to` is exclusive, people name the last day."""
    first, last = date.fromisoformat(report["from"]), date.fromisoformat(report["to"]) - timedelta(days=1)
    return german.day(first) if first == last else f"{german.day(first)} bis {german.day(last)}"


def gap_lines(report: Mapping[str, Any]) -> tuple[str, ...]:
    """The gaps in words. A municipality is told only when they are."""
    return tuple(_gap(gap) for gap in report["gaps"])


#: What a municipality is told of a gap: nothing of sources and counts, which are the centre's.
_KINDS = {
    "missing": "Ereignisse sind verloren",
    "unreadable": "Zeilen sind nicht lesbar",
    "never": "Anrufe kamen bei einer Quelle nie an",
    "unprojected": "Rohereignisse sind noch nicht ausgewertet",
    "uncounted": "der Tag wird noch gezählt",
    "broken": "Summen stimmen nicht überein",
}


def _gap(gap: Row) -> str:
    start, end = (gap[name] and german.moment(datetime.fromisoformat(gap[name])) for name in ("start", "end"))
    source = f"{gap['source']}: " if gap.get("source") else ""
    return (
        f"{start or 'Anfang unbekannt'} bis {end or 'auf Weiteres'}: {source}{gap.get('text') or _KINDS[gap['kind']]}"
    )
