"""What follows when somebody changes the directory: who did it, and what it means for calls, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from wfm.accounts.access import viewer
from wfm.core.db import after_commit, transaction
from wfm.core.errors import WfmError
from wfm.directory import service
from wfm.directory.service import Touched
from wfm.reporting.service.rederive import concerned
from wfm.web.forms import Form
from wfm.web.language import gettext as _
from wfm.web.language import month as month_name
from wfm.web.language import ngettext, number


def as_typed(entry: Any, *names: str) -> dict[str, str]:
    """A dated entry of the directory as its form begins: these values of it, and its first and last day."""
    days = {"valid_from": str(entry.valid.start), "valid_to": str(entry.valid.last_day or "")}
    return {name: getattr(entry, name) for name in names} | days


def keep_entry(kind: str, entry: Any, form: Form, *fixed: str) -> str | None:
    """Keep what a form says of a dated entry: of a new one (None), or of one whose `fixed` fields stay as they are.

    Returns what to tell whoever did it. If the form is refused it says why, and there is nothing to tell.
    """
    for name in fixed if entry is not None else ():
        form.values[name] = getattr(entry, name)
        form.errors.pop(name, None)
    if form.errors:
        return None
    try:
        with transaction() as session:
            if entry is None:
                return work_off(session, service.enter(session, kind, [form.values], by=viewer().actor))
            return work_off(session, service.correct(session, kind, entry.id, form.values, by=viewer().actor))
    except WfmError as error:
        form.refuse(error)
    return None


def work_off(session: Session, touched: Iterable[Touched]) -> str:
    """Let the worker derive anew the calls that changed mappings concern; returns what to tell whoever changed them."""
    if not (changed := list(touched)):
        return ""
    after_commit(session, "reporting.rederive")
    return effect(session, changed)


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
