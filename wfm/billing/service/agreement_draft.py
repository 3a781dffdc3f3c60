"""What a draft of the agreement is made of: parties, terms, keys, all from what is on file; gaps stay gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.models import Agreement, Terms
from wfm.billing.rules.terms import TermsVersion
from wfm.billing.service.accession_answers import answers_of, inhabitants, start_of
from wfm.billing.service.cases import version_of
from wfm.billing.service.parties import party_on
from wfm.core.clock import berlin_day, now
from wfm.core.errors import NotFound
from wfm.directory.models import Partner
from wfm.directory.queries import targets_on

Item = dict[str, Any]


def agreement_data(session: Session, viewer: Viewer, partner: str, *, terms_id: int | None = None) -> Item:
    """Parties, scope, terms and keys of a draft; what is not on file is None.

    Terms are those named, else those of the partner's agreement, else the only ones there are. Raises NotFound for a
    partner or terms that are none.
    """
    viewer.require("accession.read")
    viewer.require_partner(partner)
    found = session.get(Partner, partner)
    if found is None:
        raise NotFound("partner.unknown", "Diesen Partner gibt es nicht.", partner=partner)
    today = berlin_day(now())
    answers = answers_of(session, partner)
    start = start_of(answers, today)
    terms = _terms(session, partner, terms_id)
    targets = targets_on(session, today)
    return {
        "partner": partner,
        "name": found.name,
        "made_on": today.isoformat(),
        "host": _party(session, None, today),
        "party": _party(session, partner, today),
        "answers": answers,
        "start": start,
        "inhabitants": inhabitants(session, partner),
        "terms": None if terms is None else _told(terms),
        "agreement": _agreement(session, partner),
        "targets": [{"label": target.label, "source": target.source} for target in targets],
    }


def _party(session: Session, partner: str | None, today: date) -> Item | None:
    """How somebody appears on paper today."""
    found = party_on(session, partner, today)
    return None if found is None else dict(found.details)


def _terms(session: Session, partner: str, terms_id: int | None) -> TermsVersion | None:
    if terms_id is not None:
        row = session.get(Terms, terms_id)
        if row is None:
            raise NotFound("terms.unknown", "Diese Regelung gibt es nicht.", id=terms_id, field="terms")
        return version_of(row)
    agreed = select(Terms).join(Agreement, Agreement.terms_id == Terms.id).where(Agreement.partner == partner)
    row = session.scalars(agreed.order_by(Agreement.id.desc()).limit(1)).first()
    if row is None:
        all_ = session.scalars(select(Terms).where(Terms.state != "withdrawn", Terms.variant != "V0").limit(2)).all()
        row = all_[0] if len(all_) == 1 else None
    return None if row is None else version_of(row)


def _told(terms: TermsVersion) -> Item:
    return {
        "id": terms.id,
        "title": terms.title,
        "variant": terms.variant,
        "parameters": dict(terms.parameters),
        "counting": terms.counting.to_json(),
        "keys": terms.keys.to_json(),
        "cycle": terms.cycle.to_json(),
    }


def _agreement(session: Session, partner: str) -> Item | None:
    row = session.execute(
        text(
            "SELECT weight, fixed_cents, tax, reference FROM agreement WHERE partner = :partner "
            "ORDER BY lower(valid) DESC LIMIT 1"
        ),
        {"partner": partner},
    ).first()
    return None if row is None else dict(row._mapping)
