"""Partners: who they are, how many people live there, which area codes they use, and how they take part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.core.errors import Sentence
from wfm.directory.models import AreaCode, Partner, PartnerInhabitants, PartnerMembership
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import Column, Row
from wfm.directory.service.plans import Draft, plan_dated

#: The official list of municipalities calls them by their legal form.
KINDS = {"stadt": "municipality", "gemeinde": "municipality", "municipality": "municipality", "region": "region"}
STATUS = {"pilot": "Pilot", "full": "Vollmitglied", "left": "ausgetreten"}

COLUMNS = (
    Column("key", cells.partner_key, required=True, filled=True, also=("ags",)),
    Column("name", cells.text, required=True, filled=True),
    Column("kind", cells.one_of(*KINDS), required=True, filled=True),
    Column("inhabitants", cells.whole_number(1, 20_000_000)),
    Column("as_of", cells.day, also=("inhabitants_as_of",)),
    Column("basis", cells.text),
    Column("source", cells.text),
    Column("area_codes", cells.area_codes),
    Column("status", cells.one_of(*STATUS)),
    Column("valid_from", cells.day),
    Column("valid_to", cells.day),
)


def plan(session: Session, rows: Sequence[Row], draft: Draft) -> None:
    """A partner has a row for each count of its inhabitants or time of membership; the rest must be the same."""
    partners = {partner.key: partner for partner in session.scalars(select(Partner))}
    counts = {(c.partner, c.as_of, c.basis): c for c in session.scalars(select(PartnerInhabitants))}
    codes: dict[str, dict[str, AreaCode]] = {}
    for code in session.scalars(select(AreaCode)):
        codes.setdefault(code.partner, {})[code.code] = code
    first_rows: dict[str, Row] = {}
    named_counts: dict[tuple[str, date, str], int] = {}
    wanted = []
    for row in rows:
        key = row["key"]
        first = first_rows.setdefault(key, row)
        if first is row:
            _plan_partner(draft, row, partners.get(key))
            if "area_codes" in row:
                _plan_area_codes(draft, row, codes.get(key, {}))
        for column in ("name", "kind", "area_codes"):
            if row[column] != first[column]:
                draft.error(row, column, Sentence("widerspricht Zeile %(line)s", line=first.line))
        _plan_inhabitants(draft, row, counts, named_counts)
        if row["status"] is None:
            if row["valid_from"] or row["valid_to"]:
                draft.error(row, "status", "fehlt, obwohl Gültigkeitstage angegeben sind")
        elif validity := draft.validity(row):
            wanted.append((row.line, (key,), validity, row["status"]))
    plan_dated(
        session,
        draft,
        PartnerMembership,
        ("partner", "status"),
        wanted,
        lambda key, status: f"{first_rows[key[0]]['name']} {STATUS[status]}",
    )


def _plan_partner(draft: Draft, row: Row, partner: Partner | None) -> None:
    key, kind = row["key"], KINDS[row["kind"]]
    if (kind == "municipality") != key.isdigit():
        draft.error(row, "key", "eine Kommune braucht ihren AGS, die Region hat keinen")
    elif partner is None:
        ags = key if kind == "municipality" else None
        draft.add(row.line, f"{key} {row['name']}", Partner(key=key, name=row["name"], kind=kind, ags=ags))
    elif partner.name != row["name"]:
        draft.change(row.line, f"{key} „{partner.name}“ → „{row['name']}“", partner, name=row["name"])


def _plan_area_codes(draft: Draft, row: Row, known: dict[str, AreaCode]) -> None:
    """The cell names all codes of a partner. A code once starred stays so until it is taken off the list."""
    wanted = dict(row["area_codes"] or ())
    for code, starred in wanted.items():
        entry = known.get(code)
        if entry is None:
            words = f"{row['name']} Vorwahl {code}" + (" (nicht zuordnen)" if starred else "")
            draft.add(row.line, words, AreaCode(code=code, partner=row["key"], attributable=not starred))
        elif starred and entry.attributable:
            draft.change(row.line, f"{row['name']} Vorwahl {code} nicht mehr zuordnen", entry, attributable=False)
        else:
            continue
        draft.touch("area_code", code)
    for code in known.keys() - wanted.keys():
        draft.remove(row.line, f"{row['name']} ohne Vorwahl {code}", known[code])
        draft.touch("area_code", code)


def _plan_inhabitants(
    draft: Draft,
    row: Row,
    known: dict[tuple[str, date, str], PartnerInhabitants],
    named: dict[tuple[str, date, str], int],
) -> None:
    key, inhabitants, as_of = row["key"], row["inhabitants"], row["as_of"]
    if inhabitants is None:
        if as_of:
            draft.error(row, "inhabitants", "fehlt, obwohl ein Stichtag angegeben ist")
        return
    if KINDS[row["kind"]] == "region":
        draft.error(row, "inhabitants", "die Region hat keine eigenen Einwohner")
        return
    if as_of is None:
        draft.error(row, "as_of", "fehlt: Einwohnerzahlen brauchen einen Stichtag")
        return
    basis = row["basis"] or ""
    if "basis" not in row:  # then the one count of that day is meant
        bases = [basis_ for partner, day, basis_ in known if (partner, day) == (key, as_of)]
        basis = bases[0] if len(bases) == 1 else ""
    place = (key, as_of, basis)
    values: dict[str, Any] = {"inhabitants": inhabitants} | ({"source": row["source"] or ""} if "source" in row else {})
    entry = known.get(place)
    words = f"{row['name']} {inhabitants} Einwohner am {as_of} {basis}".rstrip()
    if named.setdefault(place, inhabitants) != inhabitants:
        draft.error(row, "inhabitants", "die Datei nennt für diesen Stichtag zwei Zahlen")
    elif entry is None:
        entry = PartnerInhabitants(partner=key, as_of=as_of, basis=basis, **values)
        known[place] = entry
        draft.add(row.line, words, entry)
    elif entry.inhabitants != inhabitants:
        draft.change(row.line, f"{words} (vorher {entry.inhabitants})", entry, **values)
    elif any(getattr(entry, name) != value for name, value in values.items()):
        draft.change(row.line, f"{words}: andere Quelle", entry, **values)
