"""What a new database holds."""

from datetime import date
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from wfm.core.db import Base
from wfm.core.errors import NotFound
from wfm.directory import models, service
from wfm.directory.rules.targets import Variant

pytestmark = pytest.mark.usefixtures("module_database")

CONSTRAINTS = text(
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = to_regnamespace(:schema) AND contype <> 'n'"
)


def test_partners_and_inhabitants(session: Session) -> None:
    partners = service.partner_names(session)
    assert len(partners) == 22
    assert list(partners)[-1] == "REGION"
    assert partners["03241003"] == "Burgdorf"
    counted = session.execute(
        select(func.count(), func.sum(models.PartnerInhabitants.inhabitants), func.min(models.PartnerInhabitants.as_of))
    ).one()
    assert tuple(counted) == (21, 1_140_888, date(2024, 12, 31))
    assert session.get_one(models.Partner, "REGION").ags is None


@pytest.mark.parametrize(
    ("code", "partner"),
    [
        ("05130", "03241019"),
        ("05032", "03241012"),
        ("05147", "03241018"),
        ("0511", None),  # shared by seven
        ("05136", None),  # Burgdorf, Isernhagen, Lehrte
        ("05074", None),  # Neustadt only, but the network is named after Rodewald
        ("05723", None),
        ("05066", None),
        ("05069", None),
        ("05177", None),
        ("030", None),
    ],
)
def test_area_codes_only_hint_where_they_can(session: Session, code: str, partner: str | None) -> None:
    tables = service.attribution_tables(session)
    assert len(tables.area_codes) == 35
    assert tables.likely_partner(code) == partner


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01-01 04-03 04-06 05-01 05-14 05-25 10-03 10-31 12-25 12-26"),
        (2027, "01-01 03-26 03-29 05-01 05-06 05-17 10-03 10-31 12-25 12-26"),
        (2028, "01-01 04-14 04-17 05-01 05-25 06-05 10-03 10-31 12-25 12-26"),
    ],
)
def test_holidays_of_lower_saxony(session: Session, year: int, days: str) -> None:
    holidays = service.calendar(session).holidays
    assert [f"{day:%m-%d}" for day in sorted(holidays) if day.year == year] == days.split()
    assert len(holidays) == 10 * 17  # 2019 to 2035
    assert holidays[date(2026, 10, 31)] == "Reformationstag"


def test_targets_side_by_side(session: Session) -> None:
    targets = {target.name: target for target in service.targets_on(session, date(2026, 6, 9))}
    assert {(t.name, t.version, t.share, t.seconds, t.variant) for t in targets.values()} == {
        ("hannover", 1, Decimal("0.75"), 60, Variant.OFFERED),
        ("115", 1, Decimal("0.75"), 30, Variant.OFFERED),
    }
    assert service.target_on(session, "115", date(2026, 6, 9)) == targets["115"]
    with pytest.raises(NotFound):
        service.target_on(session, "115", date(1999, 1, 1))


def test_loading_again_keeps_what_people_changed(session: Session) -> None:
    session.get_one(models.Partner, "03241003").name = "Stadt Burgdorf"
    session.execute(text("DELETE FROM area_code WHERE code = '05085'"))
    session.execute(text("DELETE FROM partner_inhabitants WHERE partner = 'REGION'"))
    service.load_base_data(session)
    assert service.partner_names(session)["03241003"] == "Stadt Burgdorf"
    assert "05085" not in service.attribution_tables(session).area_codes
    assert not service.pending_changes(session)


def test_the_migration_makes_the_tables_of_the_models(owner: Engine) -> None:
    names = {mapper.local_table.name for mapper in Base.registry.mappers if mapper.class_.__module__ == models.__name__}
    with owner.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_server_default": True,
                "include_object": lambda thing, name, kind, _reflected, _other: (
                    name in names if kind == "table" else thing.table.name in names
                ),
            },
        )
        assert compare_metadata(context, Base.metadata) == []
        migrated = {tuple(row) for row in connection.execute(CONSTRAINTS, {"schema": "public"}) if row[0] in names}
        connection.execute(text("CREATE SCHEMA mapped; SET search_path = mapped, public"))
        Base.metadata.create_all(connection, [Base.metadata.tables[name] for name in names], checkfirst=False)
        mapped = {tuple(row) for row in connection.execute(CONSTRAINTS, {"schema": "mapped"})}
        connection.rollback()
        assert mapped == migrated


def test_queues_make_themselves_known(session: Session) -> None:
    service.ensure_queues(session, ["burgdorf", "burgdorf", "neu"])
    service.ensure_queues(session, ["neu"])
    service.ensure_queues(session, [])
    queues = session.scalars(select(models.Queue).order_by(models.Queue.name)).all()
    assert [(queue.name, queue.label, queue.mapped) for queue in queues] == [
        ("burgdorf", "burgdorf", False),
        ("neu", "neu", False),
    ]
