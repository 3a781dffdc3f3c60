"""What every new database holds: the Region's partners, the holidays of Lower Saxony, the usual targets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from wfm.directory.models import Holiday, Partner, TargetVersion
from wfm.directory.rules.dated import Validity
from wfm.directory.rules.targets import Variant
from wfm.directory.service.csv_file import read_table
from wfm.directory.service.kinds import partners
from wfm.directory.service.plans import Draft, carry_out

HOLIDAY_YEARS = range(2019, 2036)

#: 75 % in 60 s: planned standard of the City of Hannover's centre (Hannoversche Allgemeine, Laatzen, 12/2019).
#: 75 % in 30 s: service promise of the 115 network; whether it counts callers who give up, or the announcement's time,
#: could not be verified, so `offered`, the strictest reading, is taken. Since when they
#: hold in Hannover is not known either: from the first year of the calendar on.
TARGETS: tuple[dict[str, Any], ...] = (
    {
        "name": "hannover",
        "version": 1,
        "label": "Hannover: 75 % in 60 s",
        "share": Decimal("0.75"),
        "seconds": 60,
        "variant": Variant.OFFERED,
        "valid": Validity(date(2019, 1, 1)),
        "source": "Hannoversche Allgemeine, Laatzen, 12/2019",
    },
    {
        "name": "115",
        "version": 1,
        "label": "Behördennummer 115: 75 % in 30 s",
        "share": Decimal("0.75"),
        "seconds": 30,
        "variant": Variant.OFFERED,
        "valid": Validity(date(2019, 1, 1)),
        "source": "Leistungsversprechen 115; genaue Zählweise nicht belegt",
    },
)


def load_base_data(session: Session) -> None:
    """Put in what is missing. What people have changed since stays as they left it, so it can run at every start."""
    _load_partners(session)
    _load_holidays(session)
    known = set(session.scalars(select(TargetVersion.name)))
    session.add_all(TargetVersion(**target) for target in TARGETS if target["name"] not in known)
    session.flush()


def _load_partners(session: Session) -> None:
    known = set(session.scalars(select(Partner.key)))
    file = files("wfm.directory").joinpath("data", "municipalities.csv")
    rows, errors = read_table(file.read_bytes(), partners.COLUMNS)
    missing = [row for row in rows if row["key"] not in known]
    draft = Draft(missing, errors)
    partners.plan(session, missing, draft)
    # No call is older than the base data: nothing has to be derived again.
    carry_out(session, replace(draft.plan("partners"), touched=()))


def _load_holidays(session: Session) -> None:
    known = set(session.scalars(select(Holiday.day)))
    if known >= {date(HOLIDAY_YEARS[-1], 12, 26)}:
        return
    import holidays  # takes a moment to load, and only a new database needs it

    calendar = holidays.country_holidays("DE", subdiv="NI", years=HOLIDAY_YEARS, language="de")
    session.execute(
        insert(Holiday).on_conflict_do_nothing(), [{"day": day, "name": name} for day, name in sorted(calendar.items())]
    )
