"""How long each class of data is kept, who agreed on it, and what the nightly runs took away."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts import access
from wfm.accounts.queries import names_of_actors
from wfm.core import fields
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.privacy.rules.retention import CLASSES
from wfm.privacy.service import agreed
from wfm.privacy.service.retaining import COUNTS, latest_runs
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("retention", __name__, url_prefix="/verwaltung/fristen")

PERIODS = Listing(
    "Fristen",
    (
        column("Datenklasse", "title"),
        column("Tage", "days", Kind.COUNT),
        column("gezählt ab", "counted_from"),
        column("mindestens", "least", Kind.COUNT),
        column("höchstens", "most", Kind.COUNT),
        column("Grundlage", "basis"),
        column("geändert", "changed_at", Kind.MOMENT),
        column("geändert von", "changed_by_name"),
    ),
)
RUNS = Listing(
    "Letzte Läufe",
    (
        column("Beginn", "started_at", Kind.MOMENT),
        column("Ende", "ended_at", Kind.MOMENT),
        column(
            "Was geschah",
            lambda run: ", ".join(f"{count} {COUNTS.get(name, name)}" for name, count in run.counts.items() if count),
        ),
    ),
)


class RetentionSchema(fields.Schema):
    """Other days for a class of data, and what they rest on."""

    data_class = fields.Text(choices=tuple(CLASSES), required=True)
    days = fields.Whole(at_least=0, at_most=10_000, required=True)
    basis = fields.Line(max_length=500, required=True)


@blp.get("")
@access.requires("settings.read")
def overview() -> Response:
    """Every class of data with its period, and the last runs"""
    return _show(Form())


@blp.post("")
@access.requires("settings.manage")
def change() -> AnyResponse:
    """Agree on another period"""
    typed = read_form(RetentionSchema)
    if not typed.errors:
        try:
            with transaction() as session:
                agreed.set_retention(session, **typed.data, by=access.viewer().actor)
            return back_to("retention.overview", notice=_("Die Frist ist geändert. Sie gilt ab der nächsten Nacht."))
        except WfmError as error:
            typed.refuse(error)
    return _show(typed)


def _show(typed: Form) -> Response:
    with transaction() as session:
        rows, runs = agreed.list_retention(session), latest_runs(session)
        names = names_of_actors(session, (row["changed_by"] for row in rows if row["changed_by"]))
    if wanted := PERIODS.wanted():
        return PERIODS.file(
            wanted, [{**row, "changed_by_name": names.get(row["changed_by"], row["changed_by"])} for row in rows]
        )
    if wanted := RUNS.wanted():
        return RUNS.file(wanted, runs)
    return page(
        "administration/retention.html",
        typed.status,
        form=typed,
        rows=rows,
        runs=runs,
        names=names,
        counted=COUNTS,
        choices=[(row["data_class"], _(row["title"])) for row in rows],
    )
