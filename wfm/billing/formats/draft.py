"""A draft of the agreement in German, as blocks. What nobody has settled stands as `[OFFEN: …]`, never as a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wfm.billing.formats import blocks as b
from wfm.billing.formats import draft_end, draft_scope, draft_terms
from wfm.billing.formats.blocks import gap
from wfm.billing.rules.accession_law import NO_ADVICE
from wfm.reporting.formats import german

Item = Mapping[str, Any]
Part = Iterator[str | b.Block]

#: The sections in their order: what is taken over, what it costs, how it ends.
SECTIONS: tuple[tuple[str, Callable[[Item], Part]], ...] = (
    ("Gegenstand und Umfang", draft_scope.scope),
    ("Servicezeiten und Standards", draft_scope.standards),
    ("Aufgaben des Trägers", draft_scope.host_duties),
    ("Mitwirkung der Kommune", draft_scope.duties),
    ("Finanzierung", draft_terms.finance),
    ("Schlüssel und Zählweise", draft_terms.keys),
    ("Abschläge, Jahresabrechnung, Ausgleich", draft_terms.settlement),
    ("Einwände und Prüfung", draft_terms.objection),
    ("Umsatzsteuer", draft_terms.tax),
    ("Datenschutz", draft_end.privacy),
    ("Haftung", draft_end.liability),
    ("Personal", draft_end.people),
    ("Beginn und Dauer", draft_end.duration),
    ("Kündigung", draft_end.notice),
    ("Auflösung und Folgen", draft_end.dissolution),
    ("Genehmigung, Bekanntmachung, Schlussbestimmungen", draft_end.final),
    ("Anlagen", draft_end.annexes),
)


def document_of(data: Item) -> dict[str, Any]:
    """The draft, and its open points in the order of the text, each once; they stand again at its end as a list."""
    name = data["name"]
    parts = [b.section("Beteiligte", *_parties(data))]
    parts += [
        b.section(f"§ {place} {title}", *b.numbered(make(data))) for place, (title, make) in enumerate(SECTIONS, 1)
    ]
    parts.append(_signatures(data))
    gaps = [(_place(part["title"]), found) for part in parts for found in _gaps(part)]
    return {
        "title": f"Entwurf: Vereinbarung über den Beitritt zum gemeinsamen Servicecenter – {name}",
        "short": f"Entwurf einer Vereinbarung: {name}",
        "about": f"Stand {german.iso_day(data['made_on'])}. {NO_ADVICE} Was offen ist, ist markiert.",
        "numbered": False,
        "sections": [*parts, _to_settle(gaps)],
        "open_points": list(dict.fromkeys(found for _, found in gaps)),
    }


def footer_of(data: Item) -> str:
    return f"Entwurf, Stand {german.iso_day(data['made_on'])}, keine Rechtsberatung"


def _place(title: str) -> str:
    """§ 5, or what the section is called."""
    return " ".join(title.split()[:2]) if title.startswith("§") else title


def _gaps(part: Mapping[str, Any]) -> list[str]:
    return re.findall(r"\[OFFEN: ([^\]]*)\]", json.dumps(part, ensure_ascii=False))


def _to_settle(gaps: list[tuple[str, str]]) -> dict[str, Any]:
    """What is open, to be ticked off; no part of the agreement."""
    rows = [(str(place), where, what) for place, (where, what) in enumerate(gaps, 1)]
    told = b.text("Diese Liste ist nicht Teil der Vereinbarung.")
    return b.section(
        "Offene Stellen dieses Entwurfs", told, b.table("Was zu regeln bleibt", ("Nr.", "Wo", "Was"), rows)
    )


def _parties(data: Item) -> Iterator[b.Block]:
    name = data["name"]
    yield b.facts(
        [
            ("Träger des Servicecenters (Träger)", _party(data["host"], "Name und Anschrift des Trägers")),
            ("Vertreten durch", gap("wer den Träger vertritt")),
            ("Beitretende Kommune (Kommune)", _party(data["party"], f"Anschrift von {name}", name)),
            ("Vertreten durch", gap("wer die Kommune vertritt")),
            ("Übrige Beteiligte", gap("die schon Beteiligten, die dem Beitritt zustimmen")),
        ]
    )


def _party(details: Item | None, what: str, name: str = "") -> str:
    if details is None:
        return f"{name}, {gap(what)}" if name else gap(what)
    place = " ".join(str(details.get(key, "")) for key in ("postcode", "town")).strip()
    parts = [details.get("name") or name, details.get("street"), place]
    return ", ".join(str(part) for part in parts if part) or gap(what)


def _signatures(data: Item) -> dict[str, Any]:
    host = (data["host"] or {}).get("name") or "Träger des Servicecenters"
    names = [f"Ort, Datum – {host}", f"Ort, Datum – {data['name']}"]
    return b.section("Unterschriften", {"kind": "signatures", "items": names})
