"""The reports without a service level: completeness by source, names without a mapping, and agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfm.reporting.formats import columns as c
from wfm.reporting.formats import german
from wfm.reporting.formats.column import Column, Kind, at, day_at, moment_at
from wfm.reporting.formats.german import YES_NO
from wfm.reporting.formats.layout import Layout, Sheet, gap_lines, period

_COUNTS = tuple(
    Column(name, title, Kind.COUNT, meaning, at(key))
    for key, name, title, meaning in (
        ("arrived", "eingetroffen", "eingetroffen", "Gelesene Ereignisse."),
        ("late", "verspaetet", "verspätet", "Davon mehr als eine Viertelstunde nach dem Geschehen eingetroffen."),
        ("twice", "doppelt", "doppelt", "Ereignisse, die noch einmal kamen und nur einmal zählen."),
        ("never", "nie", "nie", "Anrufe, die nur eine nachrangige Quelle kennt."),
        ("unreadable", "unlesbar", "unlesbar", "Zeilen in Quarantäne."),
        ("restarted", "neustarts", "Neustarts", "Neustarts der Telefonanlage."),
    )
)
_SOURCE = Column("quelle", "Quelle", Kind.TEXT, "Quelle der Telefonereignisse.", at("source"))
_QUARTER = Column("beginn", "Viertelstunde", Kind.MOMENT, "Beginn der Viertelstunde.", moment_at("start"))
#: What an operator looks into; that a file came late is as it should be.
_STRIKING = ("twice", "never", "unreadable", "restarted")

_AGENT = Column("agent", "Agent", Kind.TEXT, "Name der Person, sonst der Telefonanlage.", at("agent"))
_REASON = Column("grund", "Grund", Kind.TEXT, "Pausengrund, wie an der Anlage gewählt.", at("reason"))
_SPENT = Column("pause_s", "Pause", Kind.DURATION, "In allen Schlangen zugleich pausiert.", at("spent"))
_AGENT_FIGURES = tuple(
    Column(key, title, kind, "", at(key))
    for key, title, kind in (
        ("answered", "ange-\nnommen", Kind.COUNT),
        ("talk_s", "Gespräch", Kind.DURATION),
        ("talk_unknown", "unbe-\nkannt", Kind.COUNT),
        ("wrapup_s", "Nach-\nbearb.", Kind.DURATION),
        ("logged_on_s", "ange-\nmeldet", Kind.DURATION),
        ("talking_s", "davon im\nGespräch", Kind.DURATION),
        ("wrapping_up_s", "in Nach-\nbearb.", Kind.DURATION),
        ("ready_s", "bereit", Kind.DURATION),
    )
)
_PAUSED = Column("paused_s", "in Pause", Kind.DURATION, "", lambda row: sum(row["paused_s"].values()))


def completeness(report: Mapping[str, Any]) -> Layout:
    """What arrived, by source and quarter of an hour."""
    striking = [row for row in report["rows"] if any(row[name] for name in _STRIKING)]
    return Layout(
        title=f"Vollständigkeit {period(report)}",
        sheets=(Sheet("Viertelstunden", (_SOURCE, _QUARTER, *_COUNTS), report["rows"]),),
        screens=(
            Sheet("", (_SOURCE, *_COUNTS), report["totals"]),
            Sheet("Auffällige Viertelstunden", (_SOURCE, _QUARTER, *_COUNTS), striking),
        ),
        facts=(("Zeitraum", period(report)),),
        gaps=gap_lines(report),
        generated=report["generated"],
    )


_UNKNOWN = {"number": "Rufnummer", "queue": "Warteschlange", "service": "Leistung"}
_UNMAPPED = (
    Column("art", "Art", Kind.TEXT, "Was es ist.", lambda row: _UNKNOWN[row["kind"]]),
    Column("name", "Name", Kind.TEXT, "Wie es in der Telefonanlage heißt.", at("name")),
    Column("anzahl", "Anrufe", Kind.COUNT, "Wie oft es vorkam.", at("count")),
    Column("zuerst", "zuerst", Kind.DAY, "Erster Tag.", day_at("first")),
    Column("zuletzt", "zuletzt", Kind.DAY, "Letzter Tag.", day_at("last")),
    Column("simuliert", "simuliert", Kind.TEXT, "Auch in simulierten.", lambda row: YES_NO[row["generated"]]),
)


def unmapped(report: Mapping[str, Any]) -> Layout:
    """What the telephone system names and the directory does not know."""
    sheet = Sheet("", _UNMAPPED, report["rows"])
    return Layout(f"Ohne Zuordnung {period(report)}", (sheet,), (sheet,), gap_lines(report), report["generated"])


def agents(report: Mapping[str, Any]) -> Layout:
    """What each agent did, by queue, and their pauses by reason."""
    rows = [{**row, "agent": row["agent"] or "(nicht genannt)"} for row in report["rows"]]
    queues = [{"agent": row["agent"], "queue": queue, **of} for row in rows for queue, of in row["by_queue"].items()]
    pauses = [
        {"agent": row["agent"], "reason": reason or "(ohne Grund)", "spent": spent}
        for row in rows
        for reason, spent in row["paused_s"].items()
    ]
    sheets = (
        Sheet("", (_AGENT, *_AGENT_FIGURES, _PAUSED), rows),
        Sheet("Je Warteschlange", (_AGENT, c.QUEUE, *_AGENT_FIGURES[:2]), queues),
        Sheet("Pausen", (_AGENT, _REASON, _SPENT), pauses),
    )
    told = (*_left_out(report), *gap_lines(report))
    return Layout(f"Agenten {period(report)}", sheets, sheets, told, report["generated"])


def _left_out(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Days that are not counted, since retention has begun to take names or states of them."""
    gone = [german.iso_day(day) for day in report["days_left_out"]]
    return (f"Nicht mehr vollständig aufbewahrt, daher nicht gezählt: {', '.join(gone)}.",) if gone else ()
