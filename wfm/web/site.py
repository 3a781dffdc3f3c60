"""The pages of the application, gathered."""

from __future__ import annotations

from functools import cache
from hashlib import blake2s
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory, url_for

from wfm.accounts.access import public
from wfm.web import glossary, shell
from wfm.web.figures import gap_text
from wfm.web.lists import list_files
from wfm.web.pages import (
    accession,
    account,
    adjustments,
    agreements,
    aliases,
    assumptions,
    audit,
    billing_files,
    calls,
    capacity,
    cost,
    cost_cover,
    documents,
    forecast,
    forecast_partner,
    forecast_snapshots,
    forecast_today,
    groups,
    handover,
    home,
    hours,
    imports,
    journal,
    mapping,
    months,
    numbers,
    own,
    own_settlements,
    papers,
    parties,
    partners,
    people,
    persons,
    planned_events,
    plans,
    purposes,
    quarantine,
    questionnaire,
    queue_list,
    queues,
    requirement,
    retention,
    settings,
    settlement,
    settlements,
    sign_in,
    single_sign_on,
    sources,
    targets,
    terms,
    tokens,
    usage,
    variants,
    week,
)

STATIC = Path(__file__).parent / "static"
PAGES = (
    *(home, sign_in, single_sign_on, account, usage, calls, queues),
    *(forecast, forecast_snapshots, adjustments, forecast_partner, planned_events, forecast_today),
    *(months,),
    *(partners, numbers, queue_list, hours, week, targets, aliases, imports),
    *(sources, quarantine, mapping),
    *(accession, questionnaire),
    *(own, groups, persons),
    *(requirement, plans, capacity, assumptions),
    *(terms, agreements, parties, cost, cost_cover, billing_files),
    *(settlements, settlement, variants, journal),
    *(papers, handover, own_settlements),
    *(people, tokens, settings, retention, purposes, audit, documents),
)

blp = Blueprint("web", __name__, template_folder="templates")


@blp.get("/static/<path:name>")
@public
def static(name: str) -> Response:
    """A style, a font or a script, all from here"""
    return send_from_directory(STATIC, name, max_age=365 * 24 * 3600)


def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for a year."""
    return url_for("web.static", name=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return blake2s((STATIC / name).read_bytes(), digest_size=6).hexdigest() if (STATIC / name).exists() else "0"


def register(app: Flask) -> None:
    """Add every page to the application."""
    shell.prepare(app)
    app.jinja_env.globals |= {"asset": asset, "term": glossary.term, "level_term": glossary.level, "gap_text": gap_text}
    app.jinja_env.globals["list_files"] = list_files
    app.register_blueprint(blp)
    for package in PAGES:
        app.register_blueprint(package.blp)
