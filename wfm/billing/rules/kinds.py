"""What kinds of settlement are called, wherever one is named."""

from __future__ import annotations

from collections.abc import Mapping

from wfm.core.errors import Sentence

KINDS: Mapping[str, Sentence] = {
    "annual": Sentence("Jahresabrechnung"),
    "advance": Sentence("Abschlag"),
    "period": Sentence("Abrechnung nach Preis"),
    "reversal": Sentence("Storno"),
}
