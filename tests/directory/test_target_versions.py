"""Definitions of service level: a new version ends the one before, and nothing that is over changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.errors import BadInput
from wfm.core.intervals import Month
from wfm.directory import service
from wfm.directory.models import TargetVersion
from wfm.directory.queries.listings import LISTS
from wfm.directory.rules import cells
from wfm.directory.service.csv_file import write_table

THIS_MONTH = Month.of(berlin_day(now())).first
NEXT_MONTH = Month.of(THIS_MONTH).next.first


@pytest.fixture(autouse=True)
def base_data(database: str) -> None:
    with transaction() as session:
        service.load_base_data(session)


def row(**changed: str) -> dict[str, str]:
    return {
        "name": "115",
        "label": "115: 80 % in 20 s",
        "share": "80",
        "seconds": "20",
        "variant": "offered",
        "valid_from": str(NEXT_MONTH),
        "valid_to": "",
        "source": "Beschluss",
    } | changed


def enter(*rows: dict[str, str]) -> None:
    with transaction() as session:
        service.enter(session, "targets", rows, by="person:1")


def versions(name: str = "115") -> list[tuple[int, Decimal, int, date, date | None]]:
    with transaction() as session:
        found = session.scalars(select(TargetVersion).where(TargetVersion.name == name).order_by(TargetVersion.version))
        return [(one.version, one.share, one.seconds, one.valid.start, one.valid.last_day) for one in found]


BASE = (1, Decimal("0.75"), 30, date(2019, 1, 1))


def test_a_new_version_ends_the_one_before() -> None:
    enter(row())
    assert versions() == [
        (*BASE, NEXT_MONTH - timedelta(days=1)),
        (2, Decimal("0.8"), 20, NEXT_MONTH, None),
    ]
    enter(row(share="82,5 %", valid_from=str(NEXT_MONTH + timedelta(days=40))))
    assert [one[0] for one in versions()] == [1, 2, 3]
    assert versions()[-1][1] == Decimal("0.825")


def test_a_new_name_may_begin_whenever_it_did() -> None:
    enter(row(name="rueckruf", valid_from="2020-01-01"))
    assert versions("rueckruf") == [(1, Decimal("0.8"), 20, date(2020, 1, 1), None)]


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"valid_from": str(THIS_MONTH - timedelta(days=1))}, "valid_from", "Liegt vor diesem Monat"),
        ({"valid_from": "2018-01-01"}, "valid_from", "Überschneidet sich mit „115“"),
        ({"valid_from": "2018-01-01", "valid_to": "2018-12-31"}, "valid_from", "Liegt vor diesem Monat"),
        ({"valid_from": "2019-01-01"}, "valid_from", "gilt schon Fassung 1"),
        ({"valid_to": str(THIS_MONTH)}, "valid_to", "liegt vor dem ersten"),
        ({"share": "101"}, "share", "kein Anteil"),
        ({"share": "0"}, "share", "kein Anteil"),
        ({"share": "80,123"}, "share", "kein Anteil"),
        ({"seconds": "-1"}, "seconds", "keine ganze Zahl"),
        ({"variant": "best"}, "variant", "unbekannt"),
        ({"name": "Überall"}, "name", "kein Kurzname"),
        ({"label": ""}, "label", "Fehlt"),
    ],
)
def test_what_is_refused(changed: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        enter(row(**changed))
    assert refused.value.details["field"] == field
    assert reason in refused.value.message
    assert versions() == [(*BASE, None)]


def test_a_version_that_is_over_is_not_made_to_hold_again() -> None:
    enter(row(name="pilot", valid_from="2020-01-01", valid_to="2020-12-31"))
    with pytest.raises(BadInput, match="Liegt vor diesem Monat"):
        enter(row(name="pilot", valid_from="2020-01-01", valid_to=""))


def test_two_rows_of_one_file_that_overlap_are_refused() -> None:
    with pytest.raises(BadInput, match="Überschneidet sich"):
        enter(row(), row(valid_from=str(NEXT_MONTH), share="70"))
    with pytest.raises(BadInput, match="Überschneidet sich"):
        enter(row(valid_to=str(NEXT_MONTH + timedelta(days=50))), row(valid_from=str(NEXT_MONTH + timedelta(days=9))))


def test_the_list_is_read_again_as_it_was() -> None:
    enter(row(share="82,5"))
    with transaction() as session:
        plan = service.plan_import(session, "targets", write_table(*LISTS["targets"](session)))
    assert (plan.added, plan.changed, plan.errors, plan.unchanged) == ((), (), (), 3)


def test_shares() -> None:
    assert [cells.percent(text) for text in ("75", "75 %", "79,5", "100%", "0.01")] == [
        *(Decimal("0.75"), Decimal("0.75"), Decimal("0.795"), Decimal(1), Decimal("0.0001"))
    ]
