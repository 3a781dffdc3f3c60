"""What terms would cost whom in real months, as pages show it: beside the form, anew with each change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from markupsafe import Markup
from sqlalchemy.orm import Session

from wfm.billing.rules.terms import TermsVersion
from wfm.billing.service import terms as service
from wfm.billing.service.cases import Member, version_of
from wfm.billing.service.cost import Cost, cost_of, counting_cost
from wfm.billing.service.preview import Preview, preview
from wfm.core.clock import berlin_day, now
from wfm.core.errors import BadInput, WfmError
from wfm.core.intervals import Days, Month
from wfm.directory.queries import partner_names
from wfm.reporting.formats.column import Kind
from wfm.reporting.usage_year import months_with_calls
from wfm.web import charts
from wfm.web.forms import Form
from wfm.web.language import N_, number
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.terms_form import amount, blank, given

SHARES = Listing(
    "Vorschau",
    (
        column("Partner", "name"),
        column("Einwohner oder Gewicht", "inhabitants", Kind.COUNT),
        column("Anrufe", "calls", Kind.COUNT),
        column("Bearbeitungszeit", "handle_s", Kind.SECONDS),
        column("Anteil", "euros"),
    ),
)
STAGES: Mapping[str, str] = {
    "plan": N_("geplante Kosten"),
    "actual": N_("tatsächliche Kosten"),
    "amount": N_("anderer Betrag"),
}


def known_months(session: Session) -> dict[str, str]:
    """The months that a preview begins with: the last year that has calls, up to the last month that is over."""
    known = [month for month in months_with_calls(session) if month < Month.of(berlin_day(now()))]
    if not known:
        this = Month.of(berlin_day(now()))
        return {"first": str(this), "last": str(this)}
    return {"first": str(known[max(-12, -len(known))]), "last": str(known[-1])}


@dataclass(frozen=True, slots=True)
class Looked:
    """A preview as a page shows it, or why there is none."""

    problem: str = ""
    preview: Preview | None = None
    rows: Sequence[dict[str, Any]] = ()
    chart: Markup | None = None
    total_cents: int = 0
    #: What of it was taken; None: an amount that was typed.
    cost: Cost | None = None


def asked_for(names: Iterable[str]) -> dict[str, str]:
    """What of a form the page's address gives: so a preview has an address, and can be had as a file."""
    return {name: request.args[name].replace("\0", "") for name in names if name in request.args}


def look(session: Session, form: Form, known: Any = None, also: Sequence[Member] = ()) -> Looked | None:
    """What the form's terms (or `known` ones) would cost whom in the months it asks for. What is wrong is said there,
    at no field: somebody may still be typing."""
    if form.errors:
        return None
    try:
        if known is not None and known.state != "draft":
            terms = version_of(known)
        elif blank(form.values):
            return None
        else:
            said = given(form.values)
            name = form.values["name"] or _("Entwurf")
            terms = TermsVersion.checked(name, 0, *(said[part] for part in service.PARTS))
        first, last = Month.parse(form.values["first"]), Month.parse(form.values["last"])
        if last < first:
            raise BadInput("preview.months", "Der letzte Monat liegt vor dem ersten.", field="last")
        period = Days(first.first, last.next.first)
        total, cost = _total(session, form, period)
        found = preview(session, terms, first, last, total, also)
    except WfmError as error:
        return Looked(_(error.message))
    except ValueError:
        return Looked(_("Bitte einen Monat wählen."))
    rows = _rows(session, found)
    bars = [(row["name"], row["cents"] / 100) for row in rows if row["cents"] >= 0]
    return Looked("", found, rows, charts.share_bars(_("Anteil je Partner"), bars, number), total, cost)


def _total(session: Session, form: Form, period: Days) -> tuple[int, Cost | None]:
    if form.values["stage"] == "amount":
        return amount(form.values["amount"] or "0", "amount"), None
    wants_actual = form.values["stage"] == "actual"
    found = counting_cost(session, period) if wants_actual else cost_of(session, period, "plan")
    if not found.items:
        message = "Für diese Monate sind keine solchen Kosten eingetragen: bitte einen Betrag angeben."
        raise BadInput("preview.no_cost", message, field="stage")
    return found.cents, found


def _rows(session: Session, found: Preview) -> list[dict[str, Any]]:
    names = partner_names(session)
    rows = []
    for keys in found.partners:
        cents = found.shares.cents[keys.partner]
        size = keys.inhabitants if keys.weight is None else keys.weight
        rows.append(
            {
                "partner": keys.partner,
                "name": names.get(keys.partner, keys.partner),
                "inhabitants": size,
                "source": found.inhabitants.get(keys.partner),
                "calls": keys.calls,
                "handle_s": keys.handle_s,
                "cents": cents,
                "euros": number(cents / 100, 2),
                "per_inhabitant": cents / size / 100 if size else None,
                "per_call": cents / keys.calls / 100 if keys.calls else None,
            }
        )
    return rows
