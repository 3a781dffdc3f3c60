"""How many people live where: what a partner's share of the calls is held against."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

_INHABITANTS = """
    SELECT partner, inhabitants, as_of, basis FROM partner_inhabitants
    WHERE (as_of, basis) = (SELECT as_of, basis FROM partner_inhabitants WHERE as_of <= :day
                            GROUP BY as_of, basis ORDER BY as_of DESC, count(*) DESC, basis LIMIT 1)"""


def inhabitants_on(session: Session, day: date) -> tuple[dict[str, int], str]:
    """Inhabitants by partner, all by the latest count before the day, and what count that is; the Region has none of
    its own. Counts on different bases differ by 5 %, so they are not mixed."""
    found = session.execute(text(_INHABITANTS), {"day": day}).all()
    counted = f"{found[0].basis}, {found[0].as_of:%d.%m.%Y}" if found else ""
    return {row.partner: row.inhabitants for row in found}, counted
