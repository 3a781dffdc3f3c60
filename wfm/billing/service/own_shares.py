"""What a municipality may see of settlements: its own share, once it has been sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from wfm.accounts.rules import Viewer
from wfm.billing.models import Settlement, SettlementShare


def own_shares(session: Session, viewer: Viewer) -> Sequence[tuple[Settlement, SettlementShare]]:
    """Settlements that were sent with the share of the viewer's own partner, the newest first; none for others."""
    viewer.require("statements.read")
    query = (
        select(Settlement, SettlementShare)
        .join(SettlementShare, SettlementShare.settlement_id == Settlement.id)
        .where(SettlementShare.partner == viewer.partner, Settlement.sent_at.is_not(None), ~Settlement.shadow)
    )
    return [(settlement, share) for settlement, share in session.execute(query.order_by(Settlement.id.desc()))]
