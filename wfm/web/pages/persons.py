"""Figures of single persons: who is here today, and the past as far as an agreement opens it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from wfm.accounts import access
from wfm.accounts.rules.purposes import SCOPES
from wfm.accounts.service import agreements
from wfm.core import fields
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import WfmError
from wfm.core.intervals import Days
from wfm.reporting.persons import agents_today, person_history
from wfm.web.forms import read_query
from wfm.web.shell import page

blp = Blueprint("persons", __name__)

#: Days of one person that one look may span.
LONGEST = 31
STATES = {"talking": "im Gespräch", "ready": "bereit", "paused": "in Pause"}


class LookSchema(fields.Schema):
    """Whose days."""

    agent = fields.Line(max_length=100, required=True)
    first_day = fields.Day(required=True)
    last_day = fields.Day(required=True)


@blp.get("/heute")
@access.requires("persons.read")
def today() -> Response:
    """Who is logged on now; nothing of before"""
    with transaction() as session:
        rows = agents_today(session, access.viewer())
    return page("agents/today.html", rows=rows, states=STATES, at=now())


@blp.get("/personen")
@access.requires("persons.read")
def history() -> Response:
    """One person's days, only while an agreement with the staff council is in force"""
    current = berlin_day(now())
    with transaction() as session:
        open_ones = agreements.agreements_in_force(session, current)
    report: dict[str, Any] | None = None
    asked = read_query(LookSchema)
    if not any(asked.values.values()):
        asked.errors = {}
    elif open_ones and not asked.errors:
        first, last = asked.data["first_day"], asked.data["last_day"]
        if not first <= last < first + timedelta(days=LONGEST):
            asked.errors = {"last_day": [f"Möglich sind 1 bis {LONGEST} Tage."]}
        else:
            try:
                with transaction() as session:
                    days = Days(first, last + timedelta(days=1))
                    report = person_history(session, access.viewer(), asked.data["agent"], days)
            except WfmError as error:
                asked.refuse(error)
    return page("agents/history.html", asked.status, asked=asked, report=report, agreements=open_ones, scopes=SCOPES)
