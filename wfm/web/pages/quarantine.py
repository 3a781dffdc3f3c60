"""What could not be read: by source and reason, one line at a time, tried again or accepted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Row
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.accounts.service import audit
from wfm.core import fields
from wfm.core.db import after_commit, transaction
from wfm.core.errors import WfmError
from wfm.core.paging import fetch_page
from wfm.core.web import page_body
from wfm.queues.service import rebuilding
from wfm.reporting.drilldown import quarantined_line
from wfm.reporting.formats.column import Kind
from wfm.telephony import queries
from wfm.telephony.models import Quarantine
from wfm.telephony.rules.numbers import without_numbers
from wfm.telephony.service.quarantine import accept as accept_lines
from wfm.web.forms import Form, read_form, read_query
from wfm.web.language import N_, ngettext
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("quarantine", __name__, url_prefix="/quarantaene")

STATES = {
    "open": N_("offen"),
    "read": N_("inzwischen gelesen"),
    "accepted": N_("anerkannt"),
    "dropped": N_("gelöscht, weil ihre Frist vorbei war"),
}
REASONS = {
    "unknown_event": N_("unbekanntes Ereignis"),
    "unknown_outcome": N_("unbekannter Ausgang"),
    "future": N_("Zeit in der Zukunft"),
    "time_format": N_("keine lesbare Zeit"),
    "half_line": N_("halbe Zeile"),
    "line_too_long": N_("Zeile zu lang"),
    "field_too_long": N_("Feld zu lang"),
    "too_few_fields": N_("zu wenige Felder"),
    "nul_byte": N_("Nullbyte in der Zeile"),
    "encoding": N_("falsche Zeichenkodierung"),
    "time": N_("keine Zeit am Anfang"),
    "data": N_("Angaben unvollständig"),
    "csv": N_("keine CSV-Zeile"),
    "columns": N_("falsche Zahl von Spalten"),
    "not_a_row": N_("keine Tabellenzeile"),
    "not_an_event": N_("kein Ereignis"),
    "no_map": N_("Spaltenplan fehlt"),
    "conflict": N_("gleiche Kennung, anderer Inhalt"),
}

SUMS = Listing(
    "Offen je Quelle und Grund",
    (
        column("Quelle", "source"),
        column("Grund", lambda row: REASONS.get(row["reason"], row["reason"])),
        column("offen", "count", Kind.COUNT),
        column("zuletzt", "newest", Kind.MOMENT),
        column("zuletzt versucht", "retried_at", Kind.MOMENT),
    ),
)
LINES = Listing(
    "Zeilen in Quarantäne",
    (
        column("Nr.", "id", Kind.COUNT),
        column("Quelle", "source"),
        column("Datei", "file"),
        column("Zeile", "line", Kind.COUNT),
        column("Ereignis der Sendung", "item", Kind.COUNT, "Die wievielte Stelle in der HTTP-Sendung."),
        column("Grund", lambda row: REASONS.get(row["reason"], row["reason"])),
        column("Näheres", "detail"),
        column("empfangen", "received_at", Kind.MOMENT),
        column("Stand", lambda row: STATES[row["state"]]),
    ),
)


class FilterSchema(fields.Schema):
    """Which lines to show."""

    quelle = fields.Line(max_length=200)
    grund = fields.Line(max_length=100)
    stand = fields.Text(choices=tuple(STATES))
    cursor = fields.Line(max_length=1000)


class RetrySchema(fields.Schema):
    """Which lines to try again: all of a reason, perhaps of one source."""

    quelle = fields.Line(max_length=200)
    grund = fields.Line(max_length=100, required=True)


class AcceptSchema(fields.Schema):
    """Why nothing is lost by a line."""

    reason = fields.Line(max_length=300, required=True)


@blp.get("")
@requires("quarantine.read")
def overview() -> Response:
    """Lines that could not be read, with sums by source and reason"""
    chosen = read_query(FilterSchema)
    state = chosen.data.get("stand") or "open"
    with transaction() as session:
        sums = session.execute(queries.quarantine_reasons()).mappings().all()
        still_open = [row for row in sums if row["state"] == "open"]
        if wanted := SUMS.wanted():
            return SUMS.file(wanted, still_open)
        statement = queries.quarantined(state, chosen.data.get("quelle"), chosen.data.get("grund"))
        if wanted := LINES.wanted(chosen):
            return LINES.file(wanted, map(_harmless, session.execute(statement.order_by(Quarantine.id))))
        found = fetch_page(session, statement, [Quarantine.id], cursor=chosen.data.get("cursor"))
    rows = [_harmless(row) for row in found.items]
    return page(
        "sources/quarantine.html",
        chosen.status,
        rows=rows,
        next=page_body(found)["next"],
        sums=still_open,
        asked=sum(row["asked"] for row in sums),
        source_choices=[(name, name) for name in sorted({row["source"] for row in sums})],
        reason_choices=[(word, _(REASONS.get(word, word))) for word in sorted({row["reason"] for row in sums})],
        state_choices=[(word, _(told)) for word, told in STATES.items()],
        chosen=chosen,
        state=state,
        words=REASONS,
    )


@blp.get("/<int:row_id>")
@requires("quarantine.read")
def line(row_id: int) -> Response:
    """One line, masked: where it stood, why it could not be read, what it says"""
    return _show(row_id, Form())


@blp.post("/nochmal")
@requires("quarantine.manage")
def retry_all() -> AnyResponse:
    """Let the worker read again all lines of a reason"""
    typed = read_form(RetrySchema)
    if typed.errors:
        return back_to("quarantine.overview", notice=_("Bitte einen Grund wählen."))
    source, reason = typed.data.get("quelle"), typed.data["grund"]
    with transaction() as session:
        count = rebuilding.ask_retry(session, reason=reason, source=source)
        if count:
            details = {"reason": reason, "source": source, "lines": count}
            audit.record(session, viewer().actor, "quarantine.retry", object_kind="quarantine", details=details)
            after_commit(session, "queues.retry")
    told = ngettext("Eine Zeile wird noch einmal gelesen.", "%(num)d Zeilen werden noch einmal gelesen.", count)
    return back_to("quarantine.overview", notice=told)


@blp.post("/<int:row_id>/nochmal")
@requires("quarantine.manage")
def retry(row_id: int) -> AnyResponse:
    """Read one line again, here and now"""
    with transaction() as session:
        queries.quarantined_row(session, row_id)
        read = rebuilding.retry(session, rebuilding.open_quarantine(session, ids=[row_id]))
        audit.record(session, viewer().actor, "quarantine.retry", object_kind="quarantine", object_id=row_id)
        if read:
            after_commit(session, "reporting.recount")
    told = _("Die Zeile konnte gelesen werden.") if read else _("Die Zeile ist noch immer nicht lesbar.")
    return back_to("quarantine.line", row_id=row_id, notice=told)


@blp.post("/<int:row_id>/anerkennen")
@requires("quarantine.manage")
def accept(row_id: int) -> AnyResponse:
    """Declare that nothing is lost by a line, and why"""
    typed = read_form(AcceptSchema)
    if not typed.errors:
        try:
            with transaction() as session:
                accept_lines(session, [row_id])
                audit.record(
                    session,
                    viewer().actor,
                    "quarantine.accept",
                    object_kind="quarantine",
                    object_id=row_id,
                    fields=["state"],
                    details={"reason": typed.data["reason"]},
                )
            return back_to("quarantine.overview", notice=_("Die Zeile ist anerkannt; sie zählt nicht mehr als Lücke."))
        except WfmError as error:
            typed.refuse(error)
    return _show(row_id, typed)


def _harmless(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """A line as it may be shown: a detail may quote a field, and the field may be a caller's number."""
    return row._asdict() | {"detail": without_numbers(row.detail)}


def _show(row_id: int, form: Form) -> Response:
    with transaction() as session:
        row = quarantined_line(session, row_id)
    return page("sources/quarantined.html", form.status, row=row, form=form, states=STATES, words=REASONS)
