"""Agreements and parties: what is refused and by whose name, how they end, files read twice, memberships."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wfm.billing.models import Agreement, Party
from wfm.billing.service import agreements, parties
from wfm.billing.service.files import import_file, plan_file
from wfm.core.errors import BadInput
from wfm.core.intervals import Days
from wfm.directory.models import PartnerMembership
from wfm.directory.rules.dated import Validity
from wfm.directory.service.csv_file import write_table

from .conftest import BURGDORF, LANGENHAGEN, REGION, agreed, bind

LEAP_YEAR = Days(date(2028, 1, 1), date(2029, 1, 1))


def memberships(session: Session, partner: str) -> list[tuple[str, str]]:
    rows = session.scalars(select(PartnerMembership).where(PartnerMembership.partner == partner))
    return [(row.status, str(row.valid)) for row in sorted(rows, key=lambda row: row.valid.start)]


def test_an_agreement_that_overlaps_is_refused_by_name(session: Session):
    agreed(session, "V1", "Region")
    bind(session, BURGDORF, "Region", "2026-01-01", reference="Vereinbarung vom 12.11.2025")
    with pytest.raises(BadInput) as refused:
        bind(session, BURGDORF, "Region", "2026-09-01", "2027-08-31")
    assert str(refused.value) == (
        "Überschneidet sich mit der Vereinbarung „Vereinbarung vom 12.11.2025“ von Burgdorf, ab 2026-01-01."
    )
    assert refused.value.details["field"] == "valid_from"


def test_the_database_refuses_it_too(session: Session):
    first = bind(session, BURGDORF, agreed(session, "V1").name, "2026-01-01")
    values = {"terms_id": first.terms_id, "reference": "x", "tax": [], "made_at": first.made_at, "made_by": "x"}
    session.add(Agreement(partner=BURGDORF, valid=Validity(date(2026, 12, 31)), **values))
    with pytest.raises(IntegrityError, match="agreement_one_a_day_excl"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize(
    ("variant", "needed"), [("V1", True), ("V4", True), ("V5", False), ("V7", True), ("V0", False)]
)
def test_the_region_must_state_a_weight_or_an_amount(session: Session, variant: str, needed: bool):
    agreed(session, variant, "Region")
    if needed:
        with pytest.raises(
            BadInput, match=r"Region Hannover hat keine eigenen Einwohner: Für V\d ist ein Gewicht oder"
        ):
            bind(session, REGION, "Region", "2026-01-01")
    bound = bind(session, REGION, "Region", "2026-01-01", fixed_amount="12.000,00")
    assert bound.fixed_cents == 1_200_000


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"weight": "5", "fixed_amount": "1"}, "weight", "nicht beides"),
        ({"tax": "2026-02-01 taxed"}, "tax", "mit dem ersten Tag der Vereinbarung beginnen"),
        ({"tax": "2026-01-01 something"}, "tax", "keine steuerliche Behandlung"),
        ({"version": "2"}, "terms", "hat keine Fassung 2"),
        ({"valid_to": "2025-12-31"}, "valid_to", "liegt vor dem ersten"),
        ({"partner": "01001000"}, "partner", "nicht bekannt"),
        ({"reference": ""}, "reference", "Fehlt"),
        ({"fixed_amount": "1.234"}, "fixed_amount", "mehrdeutig"),
    ],
)
def test_a_bad_cell_is_named(session: Session, cells: dict[str, str], field: str, reason: str):
    agreed(session, "V1", "Region")
    with pytest.raises(BadInput, match=reason) as refused:
        bind(session, cells.pop("partner", BURGDORF), "Region", "2026-01-01", cells.pop("valid_to", ""), **cells)
    assert refused.value.details["field"] == field


def test_terms_that_are_not_agreed_bind_nobody(session: Session):
    from wfm.billing.service import terms

    from .conftest import given

    terms.draft(session, "Region", given("V1"), by="person:1")
    with pytest.raises(BadInput, match="nicht vereinbart"):
        bind(session, BURGDORF, "Region", "2026-01-01")


def test_who_joins_on_29_february_is_there_for_307_days(session: Session):
    agreed(session, "V1", "Region")
    bind(session, BURGDORF, "Region", "2028-02-29")
    (one,) = agreements.in_force(session, LEAP_YEAR)
    assert (one.days.end - one.days.start).days == 307
    assert agreements.in_force(session, Days(date(2028, 1, 1), date(2028, 2, 29))) == []


def test_leaving_in_mid_month_needs_a_reason_and_is_noted_in_the_directory(session: Session):
    agreed(session, "V1", "Region")
    bound = bind(session, BURGDORF, "Region", "2026-01-01")
    for last_day, reason in ((date(2026, 9, 15), " "), (date(2025, 12, 31), "Austritt")):
        with pytest.raises(BadInput):
            agreements.end_agreement(session, bound.id, last_day, reason, by="person:1")
    agreements.end_agreement(session, bound.id, date(2026, 9, 15), "Austritt nach § 7", by="person:1")
    (one,) = agreements.in_force(session, Days(date(2026, 9, 1), date(2026, 10, 1)))
    assert one.days == Days(date(2026, 9, 1), date(2026, 9, 16))
    assert memberships(session, BURGDORF) == [("full", "2026-01-01 bis 2026-09-15"), ("left", "ab 2026-09-16")]


def test_from_the_pilot_to_full_membership(session: Session):
    agreed(session, "V0", "Pilot")
    agreed(session, "V1", "Region")
    bind(session, BURGDORF, "Pilot", "2026-01-01", "2026-06-30")
    assert memberships(session, BURGDORF)[-1] == ("left", "ab 2026-07-01")
    bind(session, BURGDORF, "Region", "2026-07-01")
    assert memberships(session, BURGDORF) == [("pilot", "2026-01-01 bis 2026-06-30"), ("full", "ab 2026-07-01")]


def test_a_file_is_looked_at_read_once_and_says_nothing_new_afterwards(session: Session):
    agreed(session, "V1", "Region")
    head = "partner;terms;version;valid_from;valid_to;reference;signed_on;weight;fixed_amount;tax\n"
    file = (
        f"{head}{BURGDORF};Region;1;2026-01-01;;A 1;12.11.2025;;;2026-01-01 nicht steuerbar\n"
        'REGION;Region;1;2026-01-01;;A 2;;40000;;"2026-01-01 not_taxable; 2027-01-01 taxed"\n'
    )
    looked_at = import_file(session, agreements.KIND, file, by="person:1", dry_run=True)
    assert (len(looked_at.added), looked_at.errors, agreements.all_agreements(session)) == (2, (), [])
    import_file(session, agreements.KIND, file, by="person:1")
    again = import_file(session, agreements.KIND, file, by="person:1")
    assert (again.added, again.changed, again.unchanged) == ((), (), 2)
    listed = write_table(*agreements.list_agreements(session))
    as_listed = plan_file(session, agreements.KIND, listed)
    assert (as_listed.added, as_listed.changed, as_listed.errors, as_listed.unchanged) == ((), (), (), 2)


def test_a_file_with_a_bad_row_is_refused_whole(session: Session):
    agreed(session, "V1", "Region")
    head = "partner;terms;version;valid_from;reference;tax\n"
    good = f"{LANGENHAGEN};Region;1;2026-01-01;A;2026-01-01 taxed\n"
    plan = import_file(
        session, agreements.KIND, f"{head}{good}{BURGDORF};Region;1;2026-13-01;B;2026-01-01 taxed\n", by="p"
    )
    assert [str(error) for error in plan.errors] == [
        "Zeile 3, valid_from: „2026-13-01“ ist kein Datum (2026-01-31 oder 31.01.2026)"
    ]
    assert agreements.all_agreements(session) == []


PARTY = {"name": "Stadt Burgdorf", "street": "Marktstraße 55", "postcode": "31303", "town": "Burgdorf"}


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"leitweg_id": "04011000-1234512345-07"}, "leitweg_id"),
        ({"iban": "DE00500105170648489890"}, "iban"),
        ({"bic": "NOBANK"}, "bic"),
        ({"email": "nobody"}, "email"),
        ({"postcode": "3130"}, "postcode"),
        ({"vat_id": "DE1"}, "vat_id"),
    ],
)
def test_numbers_of_a_party_are_checked(session: Session, cells: dict[str, str], field: str):
    with pytest.raises(BadInput) as refused:
        parties.enter(session, {"partner": BURGDORF, "valid_from": "2026-01-01"} | PARTY | cells, by="person:1")
    assert refused.value.details["field"] == field


def test_a_party_moves_and_the_list_reads_as_it_stands(session: Session):
    parties.enter(
        session, {"partner": "HOST", "valid_from": "2026-01-01", "iban": "DE89 3704 0044 0532 0130 00"} | PARTY, by="p"
    )
    parties.enter(
        session, {"partner": BURGDORF, "valid_from": "2026-01-01", "leitweg_id": "04011000-12345-03"} | PARTY, by="p"
    )
    parties.enter(
        session, {"partner": BURGDORF, "valid_from": "2026-07-01"} | PARTY | {"street": "Vor dem Tor 1"}, by="p"
    )
    old, new = (parties.party_on(session, BURGDORF, date(2026, month, 1)) for month in (6, 7))
    assert old
    assert new
    assert (old.details["street"], new.details["street"]) == ("Marktstraße 55", "Vor dem Tor 1")
    host = parties.party_on(session, None, date(2026, 6, 1))
    assert host
    assert host.details["iban"] == "DE89370400440532013000"
    plan = plan_file(session, parties.KIND, write_table(*parties.list_parties(session)))
    assert (plan.added, plan.changed, plan.errors, plan.unchanged) == ((), (), (), 3)
    assert session.execute(text("SELECT count(*) FROM party WHERE partner IS NULL")).scalar() == 1
    assert session.scalars(select(Party)).first()
