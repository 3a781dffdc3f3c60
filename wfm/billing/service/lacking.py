"""What documents of a settlement would lack, asked from the draft on: mended before money is owed, not at sending."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from wfm.billing.models import Party, Settlement, SettlementShare
from wfm.billing.rules.completeness import Where, problems
from wfm.billing.rules.invoice import Profile
from wfm.billing.rules.states import State
from wfm.billing.service.document_parties import no_entry, page_of
from wfm.billing.service.invoice_draft import invoice_of
from wfm.billing.service.invoices import Issued, still_to_come
from wfm.billing.service.parties import parties_on
from wfm.billing.service.reading import shares
from wfm.core.clock import berlin_day, now
from wfm.core.errors import RuleBroken, Sentence
from wfm.directory.queries import partner_names

#: Documents are still to be written.
_TO_COME = (State.DRAFT, State.CHECKED, State.RELEASED)
_AGREEMENTS = "/abrechnung/vereinbarungen"
_SETTLEMENTS = "/abrechnung/abrechnungen"


@dataclass(frozen=True, slots=True)
class Lack:
    """What a partner's documents can't be written without (no partner: nobody's), and the page that mends it."""

    partner: str | None
    name: str
    problem: str
    mend: str

    @property
    def text(self) -> Sentence:
        return Sentence("%(partner)s: %(problem)s", partner=self.name, problem=self.problem)

    def to_json(self) -> dict[str, Any]:
        return {"partner": self.partner, "name": self.name, "problem": self.problem, "mend": self.mend}


def lacking(
    session: Session, settlement: Settlement, parts: Sequence[SettlementShare], names: Mapping[str, str]
) -> list[Lack]:
    """Everything, the host's first, then by partner; what several documents lack is said once.

    A shadow settlement has no documents, and the host's own partner none about money.
    """
    if settlement.shadow:
        return []
    today = berlin_day(now())
    known, issued = parties_on(session, today), Issued.read(session, settlement)
    asked = _Asked(settlement, issued, known, today)
    own = known[None].details.get("own_partner") if None in known else None
    found = [] if None in known else [Lack(None, _HOST, no_entry(Sentence("den Träger"), today), page_of(None, None))]
    for share in parts:
        if share.partner != own:
            found += asked.of(share, names[share.partner])
    return sorted(dict.fromkeys(found), key=lambda lack: lack.partner is not None)


def lacking_now(
    session: Session, settlement: Settlement, parts: Sequence[SettlementShare], names: Mapping[str, str]
) -> list[Lack]:
    """The same while documents are still to come; nothing of a settlement that is sent or withdrawn."""
    return lacking(session, settlement, parts, names) if settlement.state in _TO_COME else []


def require_complete(session: Session, settlement: Settlement) -> None:
    """Raises RuleBroken("document.incomplete") with all that is lacking; the sentence is the first."""
    found = lacking(session, settlement, shares(session, settlement.id), partner_names(session))
    if found:
        told = [lack.to_json() for lack in found]
        raise RuleBroken("document.incomplete", found[0].text, problems=told)


_HOST = Sentence("Träger")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A settlement's documents, as they would be written today."""

    settlement: Settlement
    issued: Issued
    known: dict[str | None, Party]
    today: date

    def of(self, share: SettlementShare, name: str) -> Iterator[Lack]:
        """What one partner's documents would lack."""
        partner = share.partner
        if partner not in self.known:
            yield Lack(partner, name, no_entry(name, self.today), page_of(None, partner))
        for before in self.issued.without_documents(partner):
            message = Sentence(
                "Abschlag oder Abrechnung Nummer %(settlement)s hat noch nicht alle Belege: Abgezogen und berichtigt "
                "wird, was auf Belegen steht.",
                settlement=before,
            )
            yield Lack(partner, name, message, f"{_SETTLEMENTS}/{before}")
        try:
            planned = still_to_come(self.settlement, share, self.issued)
        except RuleBroken as refused:  # no tax rule for its days
            yield Lack(partner, name, refused.message, self._page(Where.AGREEMENT, partner))
            return
        for each in planned:
            draft = invoice_of(
                self.settlement, share, each, self._details(None), self._details(partner), "0", self.today
            )
            for problem in problems(draft, Profile.XRECHNUNG):
                if problem.where is Where.SELLER and None in self.known:
                    yield Lack(None, _HOST, problem.text, self._page(problem.where, partner))
                elif problem.where is not Where.SELLER and (problem.where is not Where.BUYER or partner in self.known):
                    yield Lack(partner, name, problem.text, self._page(problem.where, partner))

    def _details(self, partner: str | None) -> dict[str, Any]:
        return self.known[partner].details if partner in self.known else {}

    def _page(self, where: Where, partner: str) -> str:
        match where:
            case Where.SELLER:
                return page_of(self.known[None], None)
            case Where.BUYER:
                return page_of(self.known[partner], partner)
            case Where.AGREEMENT:
                agreements = self.settlement.inputs.get("sources", {}).get("agreements", ())
                own = [each["id"] for each in agreements if each["partner"] == partner]
                return f"{_AGREEMENTS}/{own[-1]}" if own else _AGREEMENTS
        return f"{_SETTLEMENTS}/{self.settlement.id}"
