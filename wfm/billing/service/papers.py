"""What every statement has: who sends it to whom, facts of a month's usage, the way down to the calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from wfm.billing.rules.paper import Section, duration, number, percent, table
from wfm.billing.rules.words import telephone
from wfm.core.config import settings
from wfm.core.intervals import Month
from wfm.reporting.formats import german
from wfm.reporting.formats.queues_and_usage import METHODS
from wfm.reporting.frozen_usage import FrozenUsage

#: Attribution that nobody has to trust.
FIRM = frozenset(name for name, (_, trust) in METHODS.items() if trust == "fest")


def head(
    host: Mapping[str, Any], buyer: Mapping[str, Any], title: str, number_: str, issued: date, **more: Any
) -> dict[str, Any]:
    """The beginning of a statement's content."""
    return {
        "title": title,
        "number": number_,
        "issued": issued.isoformat(),
        "sender": {"name": host["name"], "address": _address(host), "contact": _contact(host)},
        "recipient": _address(buyer),
        "facts": [["Nummer", number_], ["Datum", german.day(issued)], *more.pop("facts", [])],
        "link": None,
        "simulated": False,
        **more,
    }


def address_of_usage(partner: str, month: Month) -> dict[str, str] | None:
    """Where the month's usage can be opened down to its calls; nothing if nobody said under which address we are."""
    base = settings().public_url
    if base is None:
        return None
    return {
        "url": f"{base}/nutzung/{partner}?month={month}",
        "text": "Diese Zahlen, bis zum einzelnen Anruf (Anmeldung nötig)",
    }


def attribution(months: Sequence[FrozenUsage]) -> Section:
    """By what calls were known to be the partner's."""
    calls: dict[str, int] = {}
    for month in months:
        for row in month.by_method:
            calls[row["name"]] = calls.get(row["name"], 0) + row["calls"]
    whole = sum(calls.values())
    rows = [
        (METHODS[name][0], METHODS[name][1], number(count), percent(count, whole))
        for name, count in sorted(calls.items(), key=lambda item: -item[1])
    ]
    firm = percent(sum(count for name, count in calls.items() if name in FIRM), whole)
    return table(
        "Wie Anrufe zugeordnet wurden",
        ("Zuordnung nach", "Gewissheit", "#Anrufe", "#Anteil"),
        rows,
        note=f"Fest zugeordnet sind {firm} der Anrufe." if whole else "",
    )


def is_told(step: str, whose: str | None, partner: str, own: Collection[str]) -> bool:
    """Whether a partner reads a step of the derivation: its own, and everybody's that its own rest on.

    What all pay together only says something of the others, unless the rest of the cost is divided by it (`own` has the
    partner's steps).
    """
    return whose == partner or (whose is None and (step != "remainder" or "remainder_to_partners" in own))


def corrections(months: Sequence[FrozenUsage]) -> Section | None:
    """What was booked in these months for days of earlier ones."""
    rows = [
        (
            german.day(row["day"]),
            {"late": "später eingetroffen", "objection": "Einwand"}[row["cause"]],
            german.month(str(month.month)),
            number(row["calls"]),
            number(row["calls_answered"]),
            duration(row["talk_s"]),
        )
        for month in months
        for row in month.corrections
    ]
    columns = ("Tag der Leistung", "Grund", "gebucht in", "#Anrufe", "#davon angenommen", "#Gespräch")
    note = "Was nach dem Abschluss eines Monats bekannt wurde, zählt im nächsten Monat, der abgeschlossen wird."
    return table("Berichtigungen früherer Monate", columns, rows, note=note, wide=1) if rows else None


def by_month(months: Sequence[FrozenUsage]) -> Section:
    """Usage of each month with the hash it was closed with."""
    rows = [
        (
            german.month(str(one.month)),
            number(one.total("calls")),
            number(one.total("calls_answered")),
            duration(one.total("talk_s")),
            one.state.content_hash.hex() if one.state.content_hash else "–",
        )
        for one in months
    ]
    total = (
        "Summe",
        *(number(sum(one.total(name) for one in months)) for name in ("calls", "calls_answered")),
        duration(sum(one.total("talk_s") for one in months)),
        "",
    )
    columns = ("Monat", "#Anrufe", "#davon angenommen", "#Gespräch", "Prüfwert des Abschlusses (SHA-256)")
    return table("Nutzung nach Monaten", columns, rows, total=total, wide=4)


def _address(details: Mapping[str, Any]) -> list[str]:
    lines = (details["name"], details.get("street"), f"{details.get('postcode', '')} {details.get('town', '')}".strip())
    return [line for line in lines if line]


def _contact(details: Mapping[str, Any]) -> list[list[str]]:
    named = (
        ("Ansprechstelle", details.get("contact")),
        ("Telefon", telephone(details.get("telephone", ""))),
        ("E-Mail", details.get("email")),
    )
    return [[title, told] for title, told in named if told]
