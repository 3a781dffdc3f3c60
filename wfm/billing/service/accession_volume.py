"""How many calls an accession brings, and how many people they need: low, expected, high."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.accounts.rules.partner_sums import is_safe
from wfm.billing.service.accession_cost import VOLUMES
from wfm.billing.service.keys import newest
from wfm.billing.service.supposing import EVEN, Reference
from wfm.core.errors import NotFound, RuleBroken
from wfm.core.intervals import Days, Month
from wfm.directory.models import Partner
from wfm.forecasting import service as forecasting
from wfm.forecasting.finding import find_run
from wfm.staffing import service as staffing
from wfm.staffing.rules.changes import Changes, Joining
from wfm.staffing.service.plans import PLAIN, Plan

#: Partners are comparable whose inhabitants are at most so many times as many or as few: as in the forecast.
ALIKE = 5
OPEN_DAYS = 250
BEGINNING = date(2000, 1, 1)
#: Of the forecast's levels, those between which 8 of 10 years lie.
_LOW, _HIGH = 1, 2

Item = dict[str, Any]


def comparable(session: Session, known: Reference | None, partner: Partner, named: bool) -> Item:
    """Partners of the same kind and of like size, and what they use per 1,000 inhabitants in a year."""
    if known is None:
        raise NotFound("accession.no_usage", "Es gibt in den letzten zwölf Monaten von keinem Partner Nutzung.")
    counts = {key: count.inhabitants for key, count in newest(session).items()}
    own = counts.get(partner.key)
    kinds = {row.key: (row.name, row.kind) for row in session.execute(text("SELECT key, name, kind FROM partner"))}
    rows = []
    for key in known.partners:
        count = counts.get(key)
        if key == partner.key or count is None or kinds[key][1] != partner.kind:
            continue
        if own and not 1 / ALIKE <= count / own <= ALIKE:
            continue
        calls = known.calls_a_year(key)
        rows.append(
            {
                "partner": key,
                "name": kinds[key][0],
                "inhabitants": count,
                "calls_a_year": calls,
                "calls_per_1000": round(1000 * calls / count, 1),
                "months": known.months[key],
            }
        )
    if not rows:
        raise NotFound("accession.nobody_alike", "Es gibt noch keinen vergleichbaren Partner mit Nutzung.")
    calls, people = sum(row["calls_a_year"] for row in rows), sum(row["inhabitants"] for row in rows)
    shown = named or is_safe(row["calls_a_year"] for row in rows)
    return {
        "partners": len(rows),
        # To tens: of two papers with other comparable partners nobody shall reckon the one that makes the difference.
        "calls_per_1000": round(1000 * calls / people, 1 if named else -1) if shown else None,
        "protected": not named,
        "rows": rows if named else [],
    }


def forecast(session: Session, known: Reference | None, partner: str, start: date, today: date, named: bool) -> Item:
    """Calls expected in a full year and in each of its months, each with the interval that 8 of 10 lie in."""
    import numpy as np

    from wfm.forecasting.rules.forecast import LEVELS
    from wfm.forecasting.rules.newcomer import forecast_days

    joined = session.scalar(
        text("SELECT min(lower(valid)) FROM partner_membership WHERE partner = :partner AND status <> 'left'"),
        {"partner": partner},
    )
    first = min(filter(None, (joined, start)))
    newcomer = forecasting.newcomers.newcomer_if(session, partner, first, Days(BEGINNING, today))
    season = None if known is None else known.season
    weights = np.array([OPEN_DAYS, *(OPEN_DAYS * float(part) for part in season or EVEN)])
    mean, quantiles = forecast_days(newcomer.rate, newcomer.inhabitants, weights, newcomer.dispersion)
    ranges = [
        {"low": round(float(low)), "expected": round(float(expected)), "high": round(float(high))}
        for low, expected, high in zip(quantiles[_LOW], mean, quantiles[_HIGH], strict=True)
    ]
    hidden = forecasting.newcomers.COMPARABLE
    return {
        "calls_a_year": ranges[0],
        "months": [{"month": number, **calls} for number, calls in enumerate(ranges[1:], 1)],
        "season": None if season is None else [round(float(part), 4) for part in season],
        "level": round(LEVELS[_HIGH] - LEVELS[_LOW], 3),
        "calls_per_1000": round(1000 * float(mean[0]) / newcomer.inhabitants, 1),
        "open_days": OPEN_DAYS,
        "reasons": [reason for reason in newcomer.reasons if named or hidden not in reason],
    }


def staff(session: Session, partner: str, calls: Mapping[str, int] | None) -> Item:
    """Posts and cost of staff without the partner, and with low, expected and high volume of it.

    `calls` a year by VOLUMES. Over the whole months of the newest forecast, as if it took part from their first day:
    what it needs when it is in. Raises RuleBroken("accession.no_calls"), and what the capacity plan raises.
    """
    run = find_run(session)
    if calls is None:
        raise RuleBroken("accession.no_calls", "Ohne erwartete Anrufe lässt sich der Personalbedarf nicht rechnen.")
    first = Month.of(run.first_day) if run.first_day.day == 1 else Month.of(run.first_day).next
    without = staffing.capacity.capacity_report(session, PLAIN)
    volumes = []
    for volume in VOLUMES:
        joining = Joining(partner, first.first, calls[volume] / calls["expected"] if calls["expected"] else 1.0)
        with_it = staffing.capacity.capacity_report(session, Plan(None, "", None, Changes(joining=(joining,))))
        volumes.append({"volume": volume, "calls_a_year": calls[volume], **_more(without, with_it)})
    expected = volumes[VOLUMES.index("expected")]
    return {
        "from": without["from"],
        "to": without["to"],
        "generated": without["generated"],
        "posts_without": round(_posts(without), 2),
        **{name: expected[name] for name in ("posts_with", "posts_more", "more_cents_a_year")},
        "posts_there": without["rows"][0]["posts_there"],
        "volumes": volumes,
    }


def _posts(report: Item) -> float:
    """Of a mean month."""
    return sum(row["posts_needed"] for row in report["rows"]) / len(report["rows"])


def _more(without: Item, with_it: Item) -> Item:
    more = None
    if without["cents"] is not None and with_it["cents"] is not None:
        more = round((with_it["cents"] - without["cents"]) * 12 / len(without["rows"]))
    return {
        "posts_with": round(_posts(with_it), 2),
        "posts_more": round(_posts(with_it) - _posts(without), 2),
        "more_cents_a_year": more,
    }
