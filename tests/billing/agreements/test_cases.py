"""Cases from the database: the worked examples, accession, unattributed calls, prices before dividing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from wfm.billing.rules.case import Key
from wfm.billing.rules.run import Divided, divide
from wfm.billing.service import agreements, keys
from wfm.billing.service.runs import gather
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days, Month
from wfm.directory.models import PartnerInhabitants
from wfm.reporting.service.billed_usage import UsageOfMonth

from .conftest import BURGDORF, COUNTING, KEYS, LANGENHAGEN, REGION, WEDEMARK, agreed, bind, used

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
THREE = (BURGDORF, LANGENHAGEN, WEDEMARK)
COST = 10_000_000
#: domain.md 6.4: handling seconds of V4 and V5.
USAGE = [used(BURGDORF, 250, 1_204_337), used(LANGENHAGEN, 1200, 4_890_112), used(WEDEMARK, 610, 2_377_905)]


def settled(session: Session, usage: list[UsageOfMonth], total: int = COST, period: Days = YEAR) -> Divided:
    together = divide(gather(session, period, total, usage=usage).run)
    assert sum(together.cents.values()) + together.remainder_cents == total
    return together


def everybody(session: Session, variant: str, **parts: object) -> None:
    agreed(session, variant, "Region", **parts)
    for partner in THREE:
        bind(session, partner, "Region", "2026-01-01")


@pytest.mark.parametrize(
    ("variant", "cents", "remainder"),
    [
        ("V0", (0, 0, 0), COST),
        ("V1", (2_700_181, 4_708_164, 2_591_655), 0),
        ("V2", (105_000, 216_568, 119_212), COST - 440_780),
        ("V4", (1_932_966, 5_346_374, 2_720_660), 0),
        ("V5", (1_421_490, 5_771_846, 2_806_664), 0),
        ("V6", (2_200_000, 3_400_000, 2_200_000), 2_200_000),
    ],
)
def test_worked_examples_from_the_database(session: Session, variant: str, cents: tuple[int, ...], remainder: int):
    everybody(session, variant)
    together = settled(session, USAGE)
    assert (tuple(together.cents.values()), together.remainder_cents) == (cents, remainder)


@pytest.mark.parametrize(
    ("pro_rata", "cents"),
    [("days", (1_100_327, 5_740_021, 3_159_652)), ("months", (1_097_651, 5_741_747, 3_160_602))],
)
def test_who_joins_in_september_pays_for_122_days_or_4_months(session: Session, pro_rata: str, cents: tuple[int, ...]):
    agreed(session, "V1", "Region", keys=KEYS | {"pro_rata": pro_rata})
    for partner, first in zip(THREE, ("2026-09-01", "2026-01-01", "2026-01-01"), strict=True):
        bind(session, partner, "Region", first)
    assert tuple(settled(session, USAGE).cents.values()) == cents


def test_a_month_belongs_to_the_terms_of_its_first_day_as_a_member(session: Session):
    agreed(session, "V3", "Preis")
    agreed(session, "V5", "Kosten")
    bound = bind(session, BURGDORF, "Preis", "2026-01-01")
    agreements.end_agreement(session, bound.id, date(2026, 6, 15), "Wechsel", by="person:1")
    bind(session, BURGDORF, "Kosten", "2026-06-16")
    bind(session, LANGENHAGEN, "Kosten", "2026-01-01")
    usage = [used(BURGDORF, 10, 600, month) for month in ("2026-05", "2026-06", "2026-07")]
    usage += [used(LANGENHAGEN, 10, 600, "2026-07"), used(WEDEMARK, 999, 99_999, "2026-07")]
    groups = {group.variant: group.partners for group in gather(session, YEAR, COST, usage=usage).run.groups}
    assert [one.handle_s for one in groups["V3"]] == [1200]
    assert [one.handle_s for one in groups["V5"]] == [600, 600]


def test_prices_come_first_then_who_divides_and_the_rest_is_the_hosts(session: Session):
    agreed(session, "V3", "Preis")
    agreed(session, "V5", "Kosten")
    bind(session, BURGDORF, "Preis", "2026-01-01")
    bind(session, LANGENHAGEN, "Kosten", "2026-01-01")
    bind(session, WEDEMARK, "Kosten", "2026-01-01")
    together = settled(session, USAGE)
    priced = 2_428_746  # 1,204,337 s * 121 / 60 = 2,428,746.28
    assert together.cents[BURGDORF] == priced
    assert together.cents[LANGENHAGEN] + together.cents[WEDEMARK] == COST - priced
    assert together.remainder_cents == 0


def test_only_one_version_may_divide(session: Session):
    for name, partner in (("A", BURGDORF), ("B", LANGENHAGEN)):
        agreed(session, "V5", name)
        bind(session, partner, name, "2026-01-01")
    with pytest.raises(RuleBroken, match=r"zwei Umlagen nebeneinander \(A \(1\), B \(1\)\)"):
        settled(session, USAGE)


@pytest.mark.parametrize(
    ("bears", "cents", "remainder"),
    [
        # 1000 of 4000 s are nobody's: the host bears a quarter, the rest is divided 1:2
        ("host", (2_500_000, 5_000_000), 2_500_000),
        # in proportion to attributed seconds: 333 + 667 s, so 1333 : 2667 of 4000
        ("usage", (3_332_500, 6_667_500), 0),
        # 31,051 : 54,142 inhabitants: 364 and 636 s, so 1364 : 2636 of 4000
        ("inhabitants", (3_410_000, 6_590_000), 0),
    ],
)
def test_calls_of_nobody(session: Session, bears: str, cents: tuple[int, ...], remainder: int):
    agreed(session, "V5", "Region", counting=COUNTING | {"unattributed": bears})
    for partner in (BURGDORF, LANGENHAGEN):
        bind(session, partner, "Region", "2026-01-01")
    together = settled(session, [used(BURGDORF, 1, 1000), used(LANGENHAGEN, 1, 2000), used(None, 1, 1000)])
    assert (tuple(together.cents.values()), together.remainder_cents) == (cents, remainder)


def test_calls_of_nobody_are_split_among_terms_once(session: Session):
    for name, variant, partner in (("A", "V3", BURGDORF), ("B", "V5", LANGENHAGEN)):
        agreed(session, variant, name, counting=COUNTING | {"unattributed": "usage"})
        bind(session, partner, name, "2026-01-01")
    usage = [used(BURGDORF, 1, 1000), used(LANGENHAGEN, 1, 3000), used(None, 1, 401)]
    run = gather(session, YEAR, COST, usage=usage).run
    assert [group.unattributed[Key.HANDLE_S] for group in run.groups] == [100, 301]


def test_a_correction_booked_later_counts_in_the_month_it_is_of(session: Session):
    everybody(session, "V5")
    later = used(BURGDORF, 1, 50, "2027-02", service_month=Month(2026, 12), correction=True)
    run = gather(session, YEAR, COST, usage=[*USAGE, later]).run
    assert next(one.handle_s for one in run.groups[0].partners if one.partner == BURGDORF) == 1_204_387


def test_nothing_is_attributed(session: Session):
    everybody(session, "V5", counting=COUNTING | {"unattributed": "usage"})
    with pytest.raises(RuleBroken, match="ist keinem Partner etwas zugeordnet"):
        settled(session, [used(None, 5, 100)])


def test_a_correction_larger_than_the_month_is_refused_by_name(session: Session):
    everybody(session, "V5")
    with pytest.raises(RuleBroken, match=rf"{BURGDORF}: .* ist negativ"):
        settled(session, [*USAGE[1:], used(BURGDORF, 5, 100), used(BURGDORF, -9, -150, correction=True)])


def test_a_partner_without_the_count_that_terms_want_is_named(session: Session):
    everybody(session, "V1", keys=KEYS | {"day": "2023-12-31"})
    with pytest.raises(RuleBroken, match=r"Für Burgdorf fehlt die Einwohnerzahl zum 31\.12\.2023, die Region \(1\)"):
        settled(session, USAGE)


def test_two_counts_of_a_day_need_a_basis(session: Session):
    everybody(session, "V1")
    session.add(PartnerInhabitants(partner=BURGDORF, as_of=date(2024, 12, 31), basis="Zensus 2011", inhabitants=30_000))
    session.flush()
    with pytest.raises(RuleBroken, match=r"Für Burgdorf gibt es zum 31\.12\.2024 zwei Einwohnerzahlen"):
        settled(session, USAGE)


def test_a_fixed_amount_is_a_years_and_stands_beside_what_is_divided(session: Session):
    agreed(session, "V1", "Region")
    bind(session, BURGDORF, "Region", "2026-01-01")
    bind(session, REGION, "Region", "2026-01-01", fixed_amount="1.200,00")
    quarter = Days(date(2026, 1, 1), date(2026, 4, 1))
    assert settled(session, USAGE, 100_000, quarter).cents == {BURGDORF: 70_000, REGION: 30_000}


def test_newer_counts_are_told_and_change_nothing(session: Session):
    everybody(session, "V1")
    stored = gather(session, YEAR, COST, usage=USAGE).sources["inhabitants"]
    assert keys.newer(session, stored) == []
    session.execute(text("UPDATE partner_inhabitants SET inhabitants = 31000 WHERE partner = :p"), {"p": BURGDORF})
    session.add(PartnerInhabitants(partner=LANGENHAGEN, as_of=date(2025, 12, 31), basis="Zensus 2022", inhabitants=1))
    session.flush()
    assert [(key.partner, key.inhabitants) for key in keys.newer(session, stored)] == [
        (BURGDORF, 31_000),
        (LANGENHAGEN, 1),
    ]


@pytest.mark.parametrize("total", [0, 10**12])
def test_nothing_and_very_much_can_be_shared(session: Session, total: int):
    everybody(session, "V1")
    assert settled(session, USAGE, total).remainder_cents == 0
