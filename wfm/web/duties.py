"""What a partner has to keep in order so that its citizens' calls are counted for it and can be planned for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.core.clock import berlin_day, now
from wfm.directory.queries import partner_data
from wfm.web.language import day, ngettext
from wfm.web.language import gettext as _

#: So old a count of a partner's own may be before it is asked for again.
FRESH = timedelta(days=366)


def duties(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """A municipality's duties with what is known of each: `done` is null where nothing is checked yet."""
    if viewer.partner is None:
        return []
    today = berlin_day(now())
    known = partner_data(session, viewer.partner, today)
    counted = known["profile_as_of"]
    return [
        {
            "title": _("Rufnummern melden"),
            "text": ngettext(
                "%(num)d Rufnummer wird Ihnen zugeordnet. Neue Weiterleitungen bitte vor dem ersten Tag melden.",
                "%(num)d Rufnummern werden Ihnen zugeordnet. Neue Weiterleitungen bitte vor dem ersten Tag melden.",
                known["numbers"],
            ),
            "done": known["numbers"] > 0,
            "url": url_for("numbers.overview"),
        },
        {
            "title": _("Eigene Zählung mitteilen"),
            "text": _("Zuletzt für %(day)s: wie viele Anrufe Ihre Zentrale im Jahr zählt.", day=day(counted))
            if counted
            else _("Wie viele Anrufe Ihre Zentrale im Jahr zählt, ist noch nicht bekannt."),
            "done": counted is not None and counted >= today - FRESH,
            "url": "",
        },
        {
            "title": _("Einträge im Bürger- und Unternehmensservice (BUS) aktuell halten"),
            "text": _("Das Servicecenter gibt Auskunft nach diesen Einträgen. Geprüft werden sie hier noch nicht."),
            "done": None,
            "url": "",
        },
    ]
