"""How a partner's share of a settlement came about: every step of the derivation, keys and sources, months, documents.

This is what finance and the partner read beside the invoice, and all that the host's own partner gets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from wfm.billing.models import Document, Settlement, SettlementShare
from wfm.billing.rules.identifiers import iban
from wfm.billing.rules.kinds import KINDS
from wfm.billing.rules.paper import Section, duration, number, table, text
from wfm.billing.rules.run import divide
from wfm.billing.rules.words import money
from wfm.billing.service import papers
from wfm.billing.service.invoices import charge_of, line_name
from wfm.billing.service.numbering import written
from wfm.billing.service.restating import Restated
from wfm.core.intervals import Month
from wfm.directory.service import partner_names
from wfm.reporting.formats import german
from wfm.reporting.frozen_usage import FrozenUsage, frozen_usage

_DOCUMENTS: Mapping[str, str] = {
    "advance": "Abschlagsrechnung",
    "invoice": "Rechnung",
    "correction": "Rechnungskorrektur",
}
#: Steps by which a partner has a part of the cost.
_DIVIDED = ("cost", "remainder_to_partners")
_TAXES: Mapping[str, str] = {"not_taxable": "nicht steuerbar", "exempt": "steuerfrei", "taxed": "steuerpflichtig"}


def account(
    session: Session,
    settlement: Settlement,
    share: SettlementShare,
    host: Mapping[str, Any],
    buyer: Mapping[str, Any],
    *,
    number: str,
    issued: date,
    invoices: Sequence[Document],
    notes: Sequence[str],
) -> dict[str, Any]:
    """The content of the document."""
    name = partner_names(session)[share.partner]
    last = (settlement.period.end or issued) - timedelta(days=1)
    days = f"{german.day(settlement.period.start)} bis {german.day(last)}"
    facts = [["Zeitraum", days], ["Abrechnung Nummer", str(settlement.id)]]
    if reference := references(settlement.inputs, share.partner):
        facts.append(["Vereinbarung", reference])
    content = papers.head(
        host, buyer, f"{KINDS[settlement.kind]}: {name}", number, issued, facts=facts, sections=[], figures=[]
    )
    sections: list[Section] = [_amounts(settlement, share), _documents(invoices)]
    if settlement.kind == "reversal":
        sections.append(text("Grund", settlement.reason))
    else:
        months = _months(session, settlement, share.partner)
        if _groups(settlement, share.partner):
            sections += [_derivation(settlement, share.partner), _keys(settlement, share.partner)]
        sections += [restated] if (restated := _restated(settlement, share.partner)) else []
        sections += [papers.by_month(months), papers.attribution(months)] if months else []
        sections += [booked] if (booked := papers.corrections(months)) else []
        content["simulated"] = bool(settlement.inputs["sources"]["simulated"])
        if months:
            content["link"] = papers.address_of_usage(share.partner, months[-1].month)
    sections.append(_payment(share, host, invoices, notes))
    data = {
        "settlement": settlement.id,
        "cents": share.cents,
        "due_cents": share.due_cents,
        "result_hash": settlement.result_hash.hex(),
    }
    return content | {"sections": [one for one in sections if one], "data": data}


def references(inputs: Mapping[str, Any], partner: str) -> str:
    """The papers that bind the partner, as the agreements in force name them."""
    agreements = inputs.get("sources", {}).get("agreements", ())
    named = [each["reference"] for each in agreements if each["partner"] == partner and each["reference"]]
    return ", ".join(dict.fromkeys(named))


def _amounts(settlement: Settlement, share: SettlementShare) -> Section:
    if settlement.kind == "reversal":
        rows = [("Zurückgenommener Anteil", money(share.cents)), ("Abschläge", money(-share.advances_cents))]
    else:
        charge = charge_of(settlement, share.partner)
        rows = [(line_name(settlement), money(charge["own"]))]
        parts = (
            ("Berichtigungen früherer Abrechnungen", charge["corrections"]),
            ("abzüglich berechneter Abschläge", -charge["advances"]),
            ("auf spätere Jahre vorgetragen", -charge["carried"]),
            ("aus früheren Jahren jetzt fällig", charge["due_of_earlier"]),
        )
        rows += [(title, money(cents)) for title, cents in parts if cents]
    taxed = " Umsatzsteuer kommt nach den Rechnungen hinzu." if "taxed" in share.by_treatment else ""
    name = "Guthaben" if share.due_cents < 0 else "Zu zahlen"
    return table(
        "Was zu zahlen ist", ("Betrag", "#Euro"), rows, total=(name, money(share.due_cents)), note=taxed.strip()
    )


def _documents(invoices: Sequence[Document]) -> Section:
    rows = [
        (
            written(one.series, one.number),
            _DOCUMENTS[one.kind],
            f"{german.day(one.period.start)} bis {german.day(one.period.last_day or one.period.start)}",
            _TAXES[one.treatment or "not_taxable"],
            money(one.cents),
        )
        for one in invoices
    ]
    if not rows:
        return text("Belege dazu", "Eine Rechnung gehört nicht dazu.")
    return table("Belege dazu", ("Nummer", "Art", "Zeitraum", "Umsatzsteuer", "#Betrag"), rows, wide=1)


def _derivation(settlement: Settlement, partner: str) -> Section:
    """The steps that the partner's share rests on, and the cost where it is divided among the partners."""
    rows, divided = [], False
    for group in _groups(settlement, partner):
        own = {step["step"] for step in group["derivation"] if step["partner"] == partner}
        divided = divided or not own.isdisjoint(_DIVIDED)
        rows += [
            (step["text"], "–" if step["cents"] is None else money(step["cents"]))
            for step in group["derivation"]
            if papers.is_told(step["step"], step["partner"], partner, own)
        ]
    titles = ", ".join(f"{group['terms']}: {group['variant']}" for group in _groups(settlement, partner))
    note = f"Gerechnet nach {titles}."
    if divided:
        note += f" Kosten des Zeitraums: {money(settlement.result['cost_cents'])}."
        if carried := settlement.inputs.get("cost", {}).get("carried_cents"):
            note += f" Darin Ausgleich früherer Jahre: {money(carried)}."
    return table("Herleitung", ("Schritt", "#Betrag"), rows, note=note)


def _restated(settlement: Settlement, partner: str) -> Section | None:
    """What corrections made of earlier settlements: the partner's share as it was and as it is now."""
    rows = []
    for stored in settlement.inputs.get("earlier", ()):
        earlier = Restated.from_json(stored)
        if change := earlier.differences().get(partner, 0):
            before, after = (divide(run).cents.get(partner, 0) for run in (earlier.before, earlier.after))
            rows.append((str(earlier.settlement_id), money(before), money(after), money(change)))
    columns = ("Abrechnung Nummer", "#Anteil bisher", "#Anteil jetzt", "#Unterschied")
    note = "Mit dem neu gerechnet, was seitdem berichtigt wurde; Schlüssel und Regeln sind die von damals."
    return table("Berichtigte frühere Abrechnungen", columns, rows, note=note) if rows else None


def _groups(settlement: Settlement, partner: str) -> list[dict[str, Any]]:
    """The groups of the result in which the partner takes part."""
    return [group for group in settlement.result["groups"] if any(one["partner"] == partner for one in group["shares"])]


def _keys(settlement: Settlement, partner: str) -> Section:
    rows = []
    for group in settlement.inputs["run"]["groups"]:
        for keys in group["partners"]:
            if keys["partner"] != partner:
                continue
            if keys["inhabitants"] is not None:
                rows.append(("Einwohner", number(keys["inhabitants"]), _source(settlement, partner)))
            if keys["weight"] is not None:
                rows.append(("vereinbartes Gewicht", number(keys["weight"]), "Vereinbarung"))
            if keys["amount_cents"] is not None:
                rows.append(("vereinbarter Betrag", money(keys["amount_cents"]), "Vereinbarung"))
            usage = "abgeschlossene Monate, gezählt nach der Vereinbarung"
            rows += [
                ("Anrufe", number(keys["calls"] or 0), usage),
                ("Bearbeitung", duration(keys["handle_s"] or 0), usage),
                ("begonnene Minuten", number(keys["started_minutes"] or 0), usage),
            ]
    return table("Schlüssel und ihre Quellen", ("Schlüssel", "#Wert", "Quelle"), rows, wide=2)


def _source(settlement: Settlement, partner: str) -> str:
    found = settlement.inputs["sources"]["inhabitants"][partner]
    as_of = german.iso_day(found["as_of"])
    return ", ".join(part for part in (f"Stand {as_of}", found["basis"], found["source"]) if part)


def _months(session: Session, settlement: Settlement, partner: str) -> list[FrozenUsage]:
    """The closed months of the period; none for an advance, which is reckoned from those of the year before."""
    if settlement.kind == "advance":
        return []
    months = dict.fromkeys(each["month"] for each in settlement.inputs["sources"]["usage"] if not each["correction"])
    return [frozen_usage(session, Month.parse(month), partner) for month in months]


def _payment(
    share: SettlementShare, host: Mapping[str, Any], invoices: Sequence[Document], notes: Sequence[str]
) -> Section:
    owed = sum(one.cents for one in invoices)
    said = []
    if owed > 0 and share.due_on is not None:
        said.append(
            f"Bitte überweisen Sie {money(owed)} bis zum {german.day(share.due_on)} an {host['name']}, "
            f"IBAN {iban(host['iban'])}, je Rechnung mit ihrer Nummer als Verwendungszweck."
        )
    elif owed < 0:
        said.append(f"Ihr Guthaben beträgt {money(-owed)}.")
    else:
        said.append("Es ist nichts zu zahlen.")
    return text("Zahlung und Widerspruch", *said, *notes)
