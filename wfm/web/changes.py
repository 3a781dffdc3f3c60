"""What follows when somebody changes the directory: who did it, and what it means for calls, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from wfm.core.db import after_commit
from wfm.directory.service import Touched
from wfm.reporting.service.rederive import concerned
from wfm.web.language import gettext as _
from wfm.web.language import month as month_name
from wfm.web.language import ngettext, number


def work_off(session: Session, touched: Iterable[Touched]) -> str:
    """Let the worker derive anew the calls that changed mappings concern; returns what to tell whoever changed them."""
    told = effect(session, touched)
    after_commit(session, "reporting.rederive")
    return told


def effect(session: Session, touched: Iterable[Touched]) -> str:
    """How many calls of which months look up what has changed; empty if there are none."""
    months = concerned(session, touched)
    open_ones = [(month, calls) for month, calls, closed in months if not closed]
    closed = [month for month, _calls, closed in months if closed]
    told = []
    if open_ones:
        calls = sum(count for _month, count in open_ones)
        words = {
            "told": ngettext("%(num)d Anruf", "%(calls)s Anrufe", calls, calls=number(calls)),
            "first": month_name(open_ones[0][0]),
            "last": month_name(open_ones[-1][0]),
        }
        told.append(
            ngettext(
                "Das betrifft %(told)s aus einem offenen Monat (%(first)s): Die Zuordnung wird angepasst.",
                "Das betrifft %(told)s aus %(num)d offenen Monaten (%(first)s bis %(last)s): "
                "Die Zuordnung wird angepasst.",
                len(open_ones),
                **words,
            )
        )
    if closed:
        names = ", ".join(map(month_name, closed))
        told.append(_("Abgeschlossen und daher unverändert: %(months)s.", months=names))
    return " ".join(told)
