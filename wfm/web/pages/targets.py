"""Definitions of service level: every version, and when it holds."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import select

from wfm.accounts.access import requires
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.directory.models import TargetVersion
from wfm.directory.rules.targets import Variant
from wfm.reporting.formats.column import Kind
from wfm.web.language import N_
from wfm.web.lists import Listing, column
from wfm.web.shell import page

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
