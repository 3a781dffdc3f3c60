"""What entries and accounts of the ledger are called."""

from __future__ import annotations

from collections.abc import Mapping

from wfm.billing.rules.kinds import KINDS
from wfm.core.errors import Sentence

ENTRIES: Mapping[str, Sentence] = {
    "cost": Sentence("Kosten"),
    "advance": KINDS["advance"],
    "period": KINDS["period"],
    "settlement": KINDS["annual"],
    "reversal": KINDS["reversal"],
    "tax": Sentence("Umsatzsteuer"),
}
_ALONE: Mapping[str, Sentence] = {
    "cost": Sentence("Kosten, noch nicht verteilt"),
    "host": Sentence("Träger"),
    "tax": Sentence("Umsatzsteuer, von Partnern verlangt"),
}


def account_title(account: str, names: Mapping[str, str]) -> Sentence:
    """An account as people read it: `partner:03241003` as `Forderung an Burgdorf`."""
    if account in _ALONE:
        return _ALONE[account]
    kind, _, partner = account.partition(":")
    name = names.get(partner, partner)
    match kind:
        case "partner":
            return Sentence("Forderung an %(partner)s", partner=name)
        case "advance":
            return Sentence("Abschläge von %(partner)s", partner=name)
        case "carry":
            return Sentence("Vortrag von %(partner)s", partner=name)
    return Sentence("Konto %(account)s", account=account)
