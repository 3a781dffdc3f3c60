"""The ledger: journal of some days, and balances at their end."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, Response

from wfm.accounts.access import requires, viewer
from wfm.billing.rules.ledger_words import ENTRIES, account_title
from wfm.billing.service.reports import ledger_report
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.core.intervals import Days
from wfm.directory.queries import partner_names
from wfm.reporting.formats.column import Kind
from wfm.web.forms import read_query
from wfm.web.lists import Listing, column, wanted_file
from wfm.web.settlement_lists import ENTRY_LINES
from wfm.web.shell import page

blp = Blueprint("journal", __name__, url_prefix="/abrechnung/hauptbuch")

BALANCES = Listing(
    "Salden",
    (
        column("Konto", "title"),
        column("Kontonummer", "account"),
        column("Saldo (Euro)", "cents", Kind.MONEY, "Soll ist positiv, Haben negativ."),
    ),
)


class DaysQuery(fields.Schema):
    """Days, both included."""

    first = fields.Day(data_key="from", load_default=None)
    last = fields.Day(data_key="to", load_default=None)


@blp.get("")
@requires("settlement.read")
def overview() -> Response:
    """What was booked on which days, and how the accounts stand at their end"""
    asked = read_query(DaysQuery)
    today = berlin_day(now())
    first = asked.data.get("first") or date(today.year, 1, 1)
    last = asked.data.get("last") or max(today, first)
    if last < first:
        asked.refuse(BadInput("ledger.days", "Der letzte Tag liegt vor dem ersten.", field="to"))
        last = first
    with transaction() as session:
        report = ledger_report(session, viewer(), Days(first, last + timedelta(days=1)))
        names = partner_names(session)
    balances, lines = (
        [row | {"title": account_title(row["account"], names)} for row in report[name]]
        for name in ("balances", "lines")
    )
    if (file := wanted_file(((BALANCES, balances), (ENTRY_LINES, lines)), asked)) is not None:
        return file
    return page(
        "settlement/ledger.html",
        asked.status,
        asked=asked,
        first=first,
        last=last,
        report=report,
        balances=balances,
        lines=lines,
        entries=ENTRIES,
    )
