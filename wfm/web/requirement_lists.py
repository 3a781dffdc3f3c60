"""The tables of a requirement, each a list to download: half hours, queues, groups, what was tried and simulated."""

from __future__ import annotations

from datetime import datetime

from wfm.reporting.formats.column import Kind
from wfm.web.lists import Listing, column

HALF_HOURS = Listing(
    "Bedarf je halbe Stunde",
    (
        column("Beginn", lambda row: datetime.fromisoformat(row["start"]), Kind.MOMENT),
        column("Anrufe", "calls", Kind.DECIMAL),
        column("Bearbeitungszeit", lambda row: row.get("handling_s"), Kind.MEAN),
        column("Last (Erlang)", "load", Kind.DECIMAL),
        column("Agents", "agents", Kind.COUNT),
        column("Servicelevel", lambda row: row.get("service_level"), Kind.SHARE),
        column("mit einem weniger", lambda row: row.get("one_less"), Kind.SHARE),
        column("Auslastung", lambda row: row.get("occupancy"), Kind.SHARE),
    ),
)
_SUMS = (
    column("Anrufe", "calls", Kind.DECIMAL),
    column("Stunden am Telefon", "agent_hours", Kind.DECIMAL),
    column("bezahlte Stunden", "paid_hours", Kind.DECIMAL),
    column("Kosten (Euro)", lambda row: None if row["cents"] is None else row["cents"] / 100, Kind.DECIMAL),
    column("meiste Agents", "most_agents", Kind.COUNT),
)
QUEUES = Listing("Bedarf je Warteschlange", (column("Warteschlange", "queue"), *_SUMS))
AT_ONCE = Listing(
    "Bedarf einer halben Stunde",
    (
        column("Warteschlange", "queue"),
        column("Anrufe", "calls", Kind.DECIMAL),
        column("Last (Erlang)", "load", Kind.DECIMAL),
        column("Agents", "agents", Kind.COUNT),
    ),
)
OUTCOMES = Listing(
    "Was so viele bedeuten",
    (
        column("Agents", "agents", Kind.COUNT),
        column("Servicelevel", "service_level", Kind.SHARE),
        column("mittlere Wartezeit", "asa_s", Kind.SECONDS),
        column("verlorene Anrufe", "calls_lost", Kind.DECIMAL),
        column("Auslastung", "occupancy", Kind.SHARE),
        column("Chance", "chance", Kind.SHARE),
        column("bezahlte Köpfe", "paid_heads", Kind.DECIMAL),
        column("Kosten (Euro)", lambda row: None if row["cents"] is None else row["cents"] / 100, Kind.DECIMAL),
    ),
)
SIMULATED = Listing(
    "Simulierter Tag",
    (
        column("Beginn", lambda row: datetime.fromisoformat(row["start"]), Kind.MOMENT),
        column("Agents", "agents", Kind.COUNT),
        column("Servicelevel nach Erlang", "erlang", Kind.SHARE),
        column("simuliert", "simulated", Kind.SHARE),
        column("schwächster Tag von zehn", "p10", Kind.SHARE),
        column("bester Tag von zehn", "p90", Kind.SHARE),
    ),
)
GROUPS = Listing(
    "Bedarf je Gruppe",
    (
        column("Gruppe", "group"),
        column("Warteschlangen", "queues"),
        *_SUMS[1:],
    ),
)
CHECKS = Listing(
    "Prüfung durch Simulation",
    (
        column("Warteschlange", "queue"),
        column("Ziel", "target", Kind.SHARE),
        column("erreicht", "level", Kind.SHARE),
        column("mindestens", "low", Kind.SHARE, "Untere Grenze mit 95 Prozent Sicherheit."),
        column("höchstens", "high", Kind.SHARE, "Obere Grenze mit 95 Prozent Sicherheit."),
    ),
)
GROUPS_AT_ONCE = Listing(
    "Gruppen einer halben Stunde", (column("Gruppe", "group"), column("Agents", "agents", Kind.COUNT))
)
TRIED = Listing(
    "Einer mehr und einer weniger",
    (
        column("Agents", "agents", Kind.COUNT),
        column("Warteschlange", "queue"),
        column("Servicelevel", "level", Kind.SHARE),
        column("mindestens", "low", Kind.SHARE, "Untere Grenze mit 95 Prozent Sicherheit."),
        column("höchstens", "high", Kind.SHARE, "Obere Grenze mit 95 Prozent Sicherheit."),
    ),
)
