"""What methods, series and treatments of a forecast are called."""

from __future__ import annotations

from collections.abc import Mapping

from wfm.web.language import N_
from wfm.web.language import gettext as _

KINDS_OF_SERIES: Mapping[str, str] = {
    "centre": N_("ganzes Zentrum"),
    "queue": N_("Warteschlange"),
    "newcomer": N_("neuer Partner"),
}
METHODS: Mapping[str, str] = {
    "profile": N_("Kalender und Woche"),
    "seasonal naive": N_("wie vor einer Woche"),
    "mean of 8 weeks": N_("Mittel von 8 Wochen"),
    "sum": N_("Summe der Warteschlangen"),
    "newcomer": N_("vergleichbare Partner und eigenes Profil"),
    "zero": N_("bisher kam nichts"),
    "share": N_("Anteil an der Warteschlange"),
}
TREATED: Mapping[str, str] = {
    "gap": N_("Lücke: gilt als unbekannt"),
    "outlier_day": N_("ungewöhnlicher Tag: lehrt nichts"),
    "outlier_slot": N_("ungewöhnliche Viertelstunde: gekappt"),
    "closed": N_("offene Zeit, die noch nie zu sehen war"),
    "short_history": N_("kurze Vergangenheit"),
    "zero": N_("stille Zeit: gilt als unbekannt"),
    "zero_series": N_("nie ein Anruf"),
}


def method_name(name: str) -> str:
    """A method in the reader's language; two of them mixed are joined by a plus."""
    return " + ".join(_(METHODS.get(part, part)) for part in name.split(" + "))
