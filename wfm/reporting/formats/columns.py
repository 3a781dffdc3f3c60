"""Every column that reports share: its name for programs, its title for people, what it counts, where it stands.

Names are stable: spreadsheets and programs of partners refer to them. `{T}` in a meaning is the report's threshold.
"""

from __future__ import annotations

import re

from wfm.reporting.formats.column import Column, Kind, Row, at, mean_wait, offset_at, quotient


def _column(name: str, title: str, kind: Kind, meaning: str, *path: str) -> Column:
    return Column(name, title, kind, meaning, at(*path))


QUEUE = _column("warteschlange", "Warteschlange", Kind.TEXT, "Name der Warteschlange in der Telefonanlage.", "queue")
PARTNER = _column("partner", "Schlüssel", Kind.TEXT, "Amtlicher Gemeindeschlüssel (AGS) oder REGION.", "partner")
NAME = _column("name", "Partner", Kind.TEXT, "Name des Partners.", "name")
SERVICE = _column("leistung", "LeiKa-Schlüssel", Kind.TEXT, "Schlüssel der Leistung, soweit bekannt.", "service")
SERVICE_NAME = _column("leistung_name", "Leistung", Kind.TEXT, "Name der Leistung.", "service_name")
LIKELY = _column(
    "vermutlich", "Vermutlich", Kind.TEXT, "Partner, auf den die Vorwahl des Anrufers deutet; nie abgerechnet.", "name"
)
OFFSET = Column(
    "utc_versatz",
    "UTC-Versatz",
    Kind.TEXT,
    "Abstand des Beginns zu UTC; trennt die doppelte Stunde im Oktober.",
    offset_at("start"),
)

#: What follows counts stays: one citizen's time in one queue, in the row where it began.
STAYS = (
    _column(
        "angeboten",
        "Angeboten",
        Kind.COUNT,
        "O: Aufenthalte in einer Warteschlange = angenommen + aufgelegt + verlassen + verloren + offen. Ein Anruf kann "
        "mehrere haben (Überlauf, Weiterleitung); jeder zählt dort, wo er beginnt.",
        "offered",
    ),
    _column("angenommen", "Angenommen", Kind.COUNT, "A: Aufenthalte, die jemand annahm.", "answered"),
    _column("aufgelegt", "Aufgelegt", Kind.COUNT, "B: Aufenthalte, in denen der Anrufer auflegte.", "abandoned"),
    _column(
        "verlassen_zeit", "Zeit abgelaufen", Kind.COUNT, "Nach der Höchstwartezeit weitergeleitet.", "left", "timeout"
    ),
    _column("verlassen_taste", "Per Taste verlassen", Kind.COUNT, "Vom Anrufer per Taste verlassen.", "left", "key"),
    _column("verlassen_leer", "Niemand angemeldet", Kind.COUNT, "Verlassen, weil niemand da war.", "left", "empty"),
    _column(
        "verlassen_entnommen", "Entnommen", Kind.COUNT, "Von der Anlage aus der Schlange genommen.", "left", "withdrawn"
    ),
    _column("verloren", "Verloren", Kind.COUNT, "Wartend, als die Telefonanlage ausfiel.", "lost"),
    _column("offen", "Offen", Kind.COUNT, "Noch wartend, als zuletzt gelesen wurde.", "open"),
    _column("abgewiesen", "Abgewiesen", Kind.COUNT, "Nicht in die Schlange gelassen; nicht in „Angeboten“.", "refused"),
    _column(
        "angenommen_in_frist",
        "Angenommen in Frist",
        Kind.COUNT,
        "A_T: angenommen in höchstens {T} s.",
        "answered_within",
    ),
    _column(
        "aufgelegt_in_frist", "Aufgelegt in Frist", Kind.COUNT, "B_T: aufgelegt in höchstens {T} s.", "abandoned_within"
    ),
    _column(
        "wartezeit_angenommen_s",
        "Wartezeit der Angenommenen",
        Kind.DURATION,
        "Summe der Wartezeiten bis zur Annahme.",
        "wait_s_answered",
    ),
    _column(
        "wartezeit_aufgelegt_s",
        "Wartezeit der Aufgelegten",
        Kind.DURATION,
        "Summe der Wartezeiten bis zum Auflegen.",
        "wait_s_abandoned",
    ),
    Column(
        "mittlere_wartezeit_s",
        "Mittlere Wartezeit",
        Kind.MEAN,
        "Wartezeit der Angenommenen / A (englisch ASA), ohne Angenommene mit unbekannter Wartezeit.",
        mean_wait,
    ),
    _column("laengste_wartezeit_s", "Längste Wartezeit", Kind.SECONDS, "Längste gesehene Wartezeit.", "longest_wait_s"),
    _column(
        "wartezeit_unbekannt_angenommen",
        "Wartezeit unbekannt, angenommen",
        Kind.COUNT,
        "Angenommene, deren Wartezeit die Quelle nicht nennt; sie zählen in keinem Service-Level (nicht in O und A).",
        "wait_unknown",
        "answered",
    ),
    _column(
        "wartezeit_unbekannt_sonst",
        "Wartezeit unbekannt, sonst",
        Kind.COUNT,
        "Nicht Angenommene, deren Wartezeit die Quelle nicht nennt; sie zählen in keinem Service-Level (nicht in O).",
        "wait_unknown",
        "unanswered",
    ),
    _column("gespraech_s", "Gespräch", Kind.DURATION, "Summe der Gesprächszeiten.", "talk_s"),
    _column(
        "gespraech_unbekannt",
        "Gespräch unbekannt",
        Kind.COUNT,
        "Angenommene, deren Ende fehlt; sie tragen 0 s zum Gespräch bei.",
        "talk_unknown",
    ),
    _column("nachbearbeitung_s", "Nachbearbeitung", Kind.DURATION, "Summe der Nachbearbeitungszeiten.", "wrapup_s"),
    _column(
        "nachbearbeitung_gemeldet",
        "Nachbearbeitung gemeldet",
        Kind.COUNT,
        "Angenommene, deren Nachbearbeitung die Anlage meldete.",
        "wrapup_source",
        "reported",
    ),
    _column(
        "nachbearbeitung_errechnet",
        "Nachbearbeitung errechnet",
        Kind.COUNT,
        "Angenommene, deren Nachbearbeitung aus der eingestellten Zeit der Schlange errechnet ist, gekürzt bis zum "
        "nächsten Anruf oder zur nächsten Pause.",
        "wrapup_source",
        "inferred",
    ),
    _column(
        "nachbearbeitung_ohne",
        "Ohne Nachbearbeitung",
        Kind.COUNT,
        "Angenommene, von deren Nachbearbeitung nichts bekannt ist.",
        "wrapup_source",
        "none",
    ),
    Column(
        "mittlere_bearbeitungszeit_s",
        "Mittlere Bearbeitungszeit",
        Kind.MEAN,
        "(Gespräch + Nachbearbeitung) / A (englisch AHT).",
        quotient(("talk_s", "wrapup_s"), "answered"),
    ),
)
OTHERWISE = Column(
    "sonst",
    "Sonst",
    Kind.COUNT,
    "Weder angenommen noch aufgelegt: verlassen, verloren oder noch offen.",
    lambda row: row["offered"] - row["answered"] - row["abandoned"],
)
_LEVELS = {
    "offered": ("sl_angeboten", "SL der Angebotenen", "A_T / O mit T = {T} s; wer auflegt, zählt gegen das Zentrum."),
    "answered": ("sl_angenommen", "SL der Angenommenen", "A_T / A mit T = {T} s; nur Angenommene zählen."),
    "excl_abandoned_within": (
        "sl_ohne_aufgelegte_in_frist",
        "SL ohne in Frist Aufgelegte",
        "A_T / (O - B_T) mit T = {T} s; wer in der Frist auflegt, zählt nicht.",
    ),
    "abandoned_met": (
        "sl_aufgelegte_erfuellt",
        "SL mit in Frist Aufgelegten",
        "(A_T + B_T) / O mit T = {T} s; wer in der Frist auflegt, gilt als bedient.",
    ),
}
#: Service level within the report's threshold, in all variants.
LEVELS = {
    variant: _column(name, title, Kind.SHARE, meaning, "service_level", variant)
    for variant, (name, title, meaning) in _LEVELS.items()
}
VARIANTS = {
    "offered": "A_T / O",
    "answered": "A_T / A",
    "excl_abandoned_within": "A_T / (O - B_T)",
    "abandoned_met": "(A_T + B_T) / O",
}

#: What follows counts citizens' calls, on the day they began.
CALLS = (
    _column(
        "anrufe",
        "Anrufe",
        Kind.COUNT,
        "Anrufe von Bürgern: einer über alle seine Aufenthalte, abgewiesene eingeschlossen; am Tag seines Beginns.",
        "calls",
    ),
    _column(
        "anrufe_angenommen",
        "Anrufe angenommen",
        Kind.COUNT,
        "Anrufe, die mindestens einmal jemand annahm.",
        "calls_answered",
    ),
    _column(
        "anrufe_abgewiesen",
        "Anrufe abgewiesen",
        Kind.COUNT,
        "Anrufe, die nirgends eingelassen wurden.",
        "calls_refused",
    ),
    _column(
        "begonnene_minuten",
        "Begonnene Minuten",
        Kind.COUNT,
        "Gesprächszeit jedes Anrufs auf volle Minuten aufgerundet, dann summiert.",
        "started_minutes",
    ),
    _column(
        "anrufe_simuliert", "Davon simuliert", Kind.COUNT, "Anrufe aus einer Simulation, keine echten.", "generated"
    ),
)


def named_levels(definitions: list[Row]) -> tuple[Column, ...]:
    """What was reached by each named definition of service level."""
    return tuple(
        Column(
            "sl_" + re.sub(r"\W+", "_", definition["name"].lower()),
            f"SL {definition['name']}",
            Kind.SHARE,
            f"{definition['label']} (Version {definition['version']}): {VARIANTS[definition['variant']]}, "
            f"T = {definition['seconds']} s.",
            at("service_levels", definition["name"]),
        )
        for definition in definitions
    )


def by_name(*names: str) -> tuple[Column, ...]:
    """Some of the columns of stays and calls."""
    known = {column.name: column for column in (*STAYS, *CALLS)}
    return tuple(known[name] for name in names)
