"""Hand-over to the books: what waits, what was handed over, and how the file is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.billing.documents_api import as_run_file
from wfm.billing.rules.export_layout import (
    DATES,
    DELIMITERS,
    ENCODINGS,
    FIELDS,
    LINE_ENDS,
    PLAIN,
    QUOTING,
    ExportColumn,
    ExportForm,
)
from wfm.billing.rules.words import money
from wfm.billing.service import export as service
from wfm.billing.service.documents import number_of
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import BadInput, NotFound, Sentence, WfmError
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("handover", __name__, url_prefix="/abrechnung/uebergabe")

RUNS = Listing(
    "Übergaben",
    (
        column("Nummer", "id", Kind.COUNT),
        column("Aufbau", "layout"),
        column("Belege", "documents", Kind.COUNT),
        column("Summe in Cent", "total_cents", Kind.COUNT),
        column("Datei", "file_name"),
        column("Prüfwert", lambda row: row.sha256.hex()),
        column("übergeben", "made_at", Kind.MOMENT),
    ),
)
KNOWN_FIELDS = Listing("Felder", (column("Feld", "field"), column("Bedeutung", "meaning")))


class HandOverForm(fields.Schema):
    layout = fields.Line(max_length=100, required=True)


class LayoutForm(fields.Schema):
    """A layout as people write it: a line a column, `title = field`, `title = "text"`, `title = {field} text`."""

    name = fields.Line(max_length=100, required=True)
    columns = fields.Text(required=True)
    delimiter = fields.Text(choices=tuple(DELIMITERS), required=True)
    decimal = fields.Text(choices=(",", "."), required=True)
    quoting = fields.Text(choices=tuple(QUOTING), required=True)
    encoding = fields.Text(choices=tuple(ENCODINGS), required=True)
    dates = fields.Text(choices=tuple(DATES), required=True)
    line_end = fields.Text(choices=tuple(LINE_ENDS), required=True)
    heading = fields.Text(choices=("1",), load_default="")


@blp.get("")
@requires("settlement.read")
def overview() -> AnyResponse:
    """What waits and what was handed over"""
    with transaction() as session:
        if wanted := RUNS.wanted():
            return RUNS.file(wanted, service.runs(session, viewer()))
        return _overview(session, Form())


@blp.post("")
@requires("settlement.write")
def hand_over() -> AnyResponse:
    """Hand over all that waits, once"""
    form, lacking = read_form(HandOverForm), list[Any]()
    if not form.errors:
        try:
            with transaction() as session:
                run = service.hand_over(session, viewer(), form.data["layout"])
            return back_to("handover.overview", notice=_("Übergeben: %(name)s", name=run.file_name))
        except WfmError as error:
            # What is missing stands in the partner's entry: no field of this form.
            form.errors.setdefault("", []).append(_(error.message))
            lacking = error.details.get("problems", [])
    with transaction() as session:
        return _overview(session, form, lacking)


@blp.get("/<int(max=9007199254740991):run_id>.csv")
@requires("settlement.read")
def file(run_id: int) -> Response:
    """The file that was handed over"""
    with transaction() as session:
        return as_run_file(service.find_run(session, viewer(), run_id), "csv")


@blp.get("/<int(max=9007199254740991):run_id>.sha256")
@requires("settlement.read")
def check_sums(run_id: int) -> Response:
    """Its check sum, count and sum"""
    with transaction() as session:
        return as_run_file(service.find_run(session, viewer(), run_id), "sha256")


@blp.get("/aufbau/<string(maxlength=100):name>")
@requires("settlement.read")
def layout(name: str) -> Response:
    """How a file is laid out"""
    with transaction() as session:
        known = service.layouts(session, viewer())
    if name not in known:
        raise NotFound("export.no_layout", "Diesen Aufbau gibt es nicht.")
    if wanted := KNOWN_FIELDS.wanted():
        return KNOWN_FIELDS.file(wanted, _known_fields())
    return _layout(Form(_typed(name, known[name])))


@blp.post("/aufbau")
@requires("settlement.write")
def keep_layout() -> AnyResponse:
    """Make or change a layout; files made by it before stay as they are"""
    form = read_form(LayoutForm)
    if not form.errors:
        try:
            given = {name: value for name, value in form.data.items() if name != "name"}
            given |= {"columns": _columns(form.data["columns"]), "heading": bool(form.data["heading"])}
            with transaction() as session:
                service.keep_layout(session, viewer(), form.data["name"], given)
            return back_to("handover.overview", notice=_("Der Aufbau ist gespeichert."))
        except WfmError as error:
            if str(error.details.get("field", "")).startswith("columns"):
                error.details["field"] = "columns"
            form.refuse(error)
    return _layout(form)


def _columns(text: str) -> list[dict[str, str]]:
    found = []
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        title, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            message = Sentence("Zeile %(line)s: Bitte „Überschrift = Feld“ schreiben.", line=place)
            raise BadInput("export.layout", message, field="columns")
        if value.startswith('"') and value.endswith('"') and len(value) > 1:
            found.append({"title": title, "constant": value[1:-1]})
        else:
            found.append({"title": title, "template" if "{" in value else "field": value})
    return found


def _typed(name: str, form: ExportForm) -> dict[str, str]:
    plain: dict[str, Any] = form.to_json()
    lines = "\n".join(f"{column.title} = {_value(column)}" for column in form.columns)
    return {"name": name, **plain, "columns": lines, "heading": "1" if form.heading else ""}


def _value(column: ExportColumn) -> str:
    return column.field or column.template or f'"{column.constant or ""}"'


def _overview(session: Session, form: Form, lacking: Sequence[Any] = ()) -> Response:
    return page(
        "billing/handover.html",
        form.status,
        form=form,
        lacking=lacking,
        runs=service.runs(session, viewer()),
        waiting=service.waiting(session, viewer()),
        layouts=[(name, name) for name in service.layouts(session, viewer())],
        number_of=number_of,
        money=money,
    )


def _known_fields() -> list[dict[str, str]]:
    return [{"field": name, "meaning": meaning} for name, meaning in FIELDS.items()]


def _layout(form: Form) -> Response:
    return page(
        "billing/layout.html",
        form.status,
        form=form,
        fields=_known_fields(),
        choices={
            "delimiter": [(key, key) for key in DELIMITERS],
            "decimal": [(",", ","), (".", ".")],
            "quoting": [(key, key) for key in QUOTING],
            "encoding": [(key, key) for key in ENCODINGS],
            "dates": [(key, key) for key in DATES],
            "line_end": [(key, key) for key in LINE_ENDS],
        },
        plain=PLAIN,
    )
