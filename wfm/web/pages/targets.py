"""Definitions of service level: every version, and when it holds; a new version by a form."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from wfm.accounts.access import requires, viewer
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import NotFound, WfmError
from wfm.directory import service
from wfm.directory.models import TargetVersion
from wfm.directory.rules.targets import Variant
from wfm.reporting.formats.column import Kind
from wfm.web.forms import Form, read_form
from wfm.web.language import N_
from wfm.web.language import gettext as _
from wfm.web.lists import Listing, column
from wfm.web.shell import back_to, page

blp = Blueprint("targets", __name__, url_prefix="/verzeichnis/servicelevel")

VARIANTS = {
    Variant.OFFERED: N_("angenommen in der Zeit / alle angebotenen"),
    Variant.ANSWERED: N_("angenommen in der Zeit / alle angenommenen"),
    Variant.EXCL_ABANDONED_WITHIN: N_("angenommen in der Zeit / angeboten ohne die in der Zeit Aufgelegten"),
    Variant.ABANDONED_MET: N_("angenommen oder aufgelegt in der Zeit / alle angebotenen"),
}

TARGETS = Listing(
    "Servicelevel-Ziele",
    (
        column("Name", "name"),
        column("Fassung", "version", Kind.COUNT),
        column("Ziel", "label"),
        column("Anteil", lambda target: float(target.share), Kind.SHARE),
        column("in Sekunden", "seconds", Kind.COUNT),
        column("Formel", lambda target: VARIANTS[target.variant]),
        column("erster Tag", lambda target: target.validity.start, Kind.DAY),
        column("letzter Tag", lambda target: target.validity.last_day, Kind.DAY, "Leer: bis auf Weiteres."),
        column("Quelle", "source"),
    ),
)


class TargetSchema(fields.Schema):
    """A version of a definition: which share in how many seconds, counted how, and from when on."""

    name = fields.Line(max_length=40, required=True)
    label = fields.Line(max_length=200, required=True)
    share = fields.Line(max_length=10, required=True)
    seconds = fields.Line(max_length=6, required=True)
    variant = fields.Text(choices=tuple(Variant), required=True)
    valid_from = fields.Line(max_length=20, required=True)
    valid_to = fields.Line(max_length=20)
    source = fields.Line(max_length=500)


@blp.get("")
@requires("directory.read")
def overview() -> Response:
    """Definitions of service level by name and version"""
    with transaction() as session:
        versions = session.scalars(select(TargetVersion).order_by(TargetVersion.name, TargetVersion.version.desc()))
        rows = [version.as_target() for version in versions]
    if wanted := TARGETS.wanted():
        return TARGETS.file(wanted, rows)
    return page("directory/targets.html", targets=rows, variants=VARIANTS, today=berlin_day(now()))


@blp.get("/neu")
@requires("directory.write")
def new() -> Response:
    """Enter a definition, or a new version of one"""
    form = Form()
    if name := request.args.get("name"):
        with transaction() as session:
            statement = select(TargetVersion).where(TargetVersion.name == name.replace("\0", ""))
            newest = session.scalars(statement.order_by(TargetVersion.version.desc()).limit(1)).first()
        if newest is None:
            raise NotFound("target.unknown", "Dieses Ziel gibt es nicht.")
        form.values = {
            **{field: str(getattr(newest, field)) for field in ("name", "label", "seconds", "variant", "source")},
            "share": f"{100 * newest.share:.2f}".rstrip("0").rstrip("."),
        }
    return _show(form)


@blp.post("/neu")
@requires("directory.write")
def add() -> AnyResponse:
    """Keep a new version; the one that holds until further notice ends the day before"""
    form = read_form(TargetSchema)
    if not form.errors:
        try:
            with transaction() as session:
                service.enter(session, "targets", [form.values], by=viewer().actor)
            return back_to("targets.overview", notice=_("Die Fassung ist eingetragen."))
        except WfmError as error:
            form.refuse(error)
    return _show(form)


def _show(form: Form) -> Response:
    variants = [(variant, _(formula)) for variant, formula in VARIANTS.items()]
    return page("directory/target.html", form.status, form=form, variants=variants, today=berlin_day(now()))
