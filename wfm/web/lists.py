"""The lists of pages as files: all rows as CSV or XLSX, at the page's own address, so that its rights and filters hold.

A page names its list once as a `Listing`; its template shows the download beside the table:
`kern.table(…, files=list_files("konten"))`. German throughout, as all files of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from wfm.core.clock import now, start_of_day
from wfm.core.errors import BadInput, NotFound
from wfm.reporting.downloads import download
from wfm.reporting.formats import csv_file, german, workbook
from wfm.reporting.formats.column import Column, Kind
from wfm.reporting.formats.layout import Layout, Sheet
from wfm.web.forms import Form

FORMATS = ("csv", "xlsx")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def column(title: str, what: str | Callable[[Any], Any], kind: Kind = Kind.TEXT, meaning: str = "") -> Column:
    """A column by its German title. `what` is a key or an attribute of the rows, or takes the value from a row."""

    def read(row: Any) -> Any:
        if callable(what):
            value = what(row)
        else:
            value = row[what] if isinstance(row, Mapping) else getattr(row, what)
        return _plain(value)

    return Column(_word(title, "_"), title, kind, meaning, read)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be downloaded: its title and the columns of its file, never one with a secret."""

    title: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """What the list is called in addresses and files."""
        return _word(self.title, "-")

    def wanted(self, chosen: Form | None = None) -> str | None:
        """The format in which the page's address asks for this list, if it does.

        Raises BadInput for a format that is not there, and if what was `chosen` of the list is wrong.
        """
        if request.args.get("liste") != self.name:
            return None
        form = request.args.get("format")
        if form not in FORMATS:
            raise BadInput("list.format", "Als Datei gibt es csv und xlsx.", field="format")
        if chosen is not None:
            chosen.checked()
        return form

    def file(self, form: str, rows: Iterable[Any]) -> Response:
        """The rows as a file; not kept by anybody: the next reader may be another one."""
        sheet = Sheet("Liste", self.columns, list(rows))
        if form == "csv":
            content = csv_file.table(sheet.columns, sheet.rows)
        else:
            stand = (("Stand", german.moment(now())),)
            content = workbook.write(Layout(self.title, (sheet,), (), None, generated=None, facts=stand))
        response = download(content, form, self.name)
        response.headers["Cache-Control"] = "no-store"
        return response


def wanted_file(lists: Iterable[tuple[Listing, Iterable[Any]]], chosen: Form | None = None) -> Response | None:
    """The one of a page's lists that its address asks for, as a file; None where it asks for the page."""
    for listing, rows in lists:
        if form := listing.wanted(chosen):
            return listing.file(form, rows)
    return None


def refuse_unknown() -> None:
    """A page that is about to answer an address which asks for a file has no such list: raises NotFound."""
    if not request.args.keys().isdisjoint(("liste", "format")):
        raise NotFound("list.unknown", "Eine solche Datei gibt es auf dieser Seite nicht.")


def list_files(name: str, address: str = "") -> dict[str, str]:
    """Where a list of the page asked for can be downloaded, chosen as it is; or one of the page at an address."""
    if not address:
        kept = [one for one in request.args.items(multi=True) if one[0] not in ("cursor", "liste", "format")]
        address = f"{request.path}?{urlencode(kept)}" if kept else request.path
    begun = f"{address}{'&' if '?' in address else '?'}"
    return {form: begun + urlencode({"liste": name, "format": form}) for form in FORMATS}


def _plain(value: Any) -> Any:
    """A value as files know it."""
    if isinstance(value, bool):
        return german.YES_NO[value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return start_of_day(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(part) for part in value)
    return value


def _word(title: str, between: str) -> str:
    return re.sub(r"[^a-z0-9]+", between, title.lower().translate(_UMLAUTS)).strip(between)


#: From when to when an entry holds, as people name it.
DAYS = (
    column("erster Tag", "valid_from", Kind.DAY),
    column("letzter Tag", "valid_to", Kind.DAY, "Leer: bis auf Weiteres."),
)
