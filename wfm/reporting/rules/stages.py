"""What is left of a raw line: persons in it go in stages (docs/privacy.md), and every drill-down says how far."""

from __future__ import annotations

from collections.abc import Iterable

from wfm.telephony.rules.redacted import is_pseudonym

#: Stage -> what it means, for people; in the order in which a line goes through them.
STAGES = {
    "number": "Die Zeile ist, wie sie kam. Die Rufnummer ist noch gespeichert; gezeigt wird sie nie.",
    "line": "Die Rufnummer ist gelöscht. Geblieben sind Ortsvorwahl und ein Prüfwert, der Wiederanrufe erkennen lässt.",
    "redacted": "Rufnummer, Prüfwert der Rufnummer und Namen sind gelöscht. Die Zeile ist geschwärzt.",
    "gone": "Die Zeile ist gelöscht. Geblieben ist ein Prüfwert, an dem dieselbe Zeile wiedererkannt würde.",
}
_ORDER = list(STAGES)


def stage_of(payload: bytes, altered: bool, position: int, numbers_gone_to: int, redacted_to: int) -> str:
    """The stage of a line: `altered` says that it is not as it was received; the other two are its stream's."""
    if altered and not payload:
        return "gone"
    pseudonyms = altered and any(map(is_pseudonym, payload.decode("latin-1").replace('"', "|").split("|")))
    if position < redacted_to or pseudonyms:
        return "redacted"
    return "line" if position < numbers_gone_to or altered else "number"


def least(stages: Iterable[str]) -> str:
    """The stage of a call: that of its line of which most is left; without lines nothing is."""
    return min(stages, key=_ORDER.index, default="gone")
