"""Whatever is stored or shown is classified: a new column, table, evaluation or setting fails here first."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect

from wfm.accounts.access import permission_of
from wfm.accounts.rules import GRANTED, PERMISSIONS, ROLE_TITLES
from wfm.app import create_app
from wfm.privacy.rules import evaluations
from wfm.privacy.rules.catalogue import KINDS, PERSONS, declared_columns, field_rows, kind_of, undeclared
from wfm.privacy.rules.retention import CLASSES
from wfm.privacy.rules.risks import MEASURES, RISKS
from wfm.privacy.service.annex import stored_columns
from wfm.reporting.commands import report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app()


def test_every_stored_column_is_classified(app: Flask) -> None:
    assert undeclared(stored_columns()) == []


def test_nothing_is_classified_that_is_not_stored(app: Flask) -> None:
    stored = {(table, column) for table, names in stored_columns().items() for column in names}
    assert declared_columns().keys() == stored
    assert [table for kind in KINDS for table in kind.tables if table not in stored_columns()] == []


def test_the_catalogue_is_the_database(database: str, owner: Engine) -> None:
    """Also what only a migration made, and no class of the program knows."""
    there = inspect(owner)
    found = {table: {column["name"] for column in there.get_columns(table)} for table in there.get_table_names()}
    del found["alembic_version"]
    assert found == {table: set(names) for table, names in stored_columns().items()}


def test_a_new_column_and_a_new_table_do_not_slip_past() -> None:
    columns = {"stay": ["agent", "mood"], "diary": ["text"]}
    assert undeclared(columns) == ["stay.mood", "diary.text"]
    assert [row[:2] for row in field_rows(columns)] == [
        ["stay", PERSONS["agent"]],
        ["stay", "NICHT EINGEORDNET"],
        ["diary", "NICHT EINGEORDNET"],
    ]


def test_each_table_holds_one_kind_of_data() -> None:
    tables = [table for kind in KINDS for table in kind.tables]
    assert len(tables) == len(set(tables))
    assert kind_of("stay") is not None


def test_the_catalogue_names_what_there_is() -> None:
    assert {name for kind in KINDS for name in kind.retention} == CLASSES.keys()
    assert {name for kind in KINDS for name in kind.seen_with} <= PERMISSIONS.keys()
    assert {person for column in declared_columns().values() for person in column.persons} == PERSONS.keys()
    assert [place for place, column in declared_columns().items() if not column.meaning.strip()] == []
    assert ROLE_TITLES.keys() == GRANTED.keys()


#: What names a person or tells of one, wherever it stands, must be marked as such.
@pytest.mark.parametrize("word", ["agent", "login", "caller_hash", "caller_area", "person_id", "payload", "changed_by"])
def test_columns_that_tell_of_somebody_say_so(word: str) -> None:
    unmarked = [place for place, column in declared_columns().items() if place[1] == word and not column.persons]
    assert unmarked == []


def test_every_evaluation_is_described(app: Flask) -> None:
    addresses = [
        evaluations.Address(rule.rule, rule.endpoint, permission_of(app, rule.endpoint) or "")
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    ]
    found = evaluations.evaluations_at(addresses)
    assert [place for place, evaluation in found if evaluation is evaluations.UNDECLARED] == []
    assert {"/api/v1/calls/<string(maxlength=400):call_id>/events", "/warteschlangen"} <= {
        place.path for place, _ in found
    }


def test_an_evaluation_that_is_not_described_stands_there_all_the_same() -> None:
    (found,) = evaluations.evaluations_at([evaluations.Address("/ranking", "agents.ranking", "persons.read")])
    assert found[1] is evaluations.UNDECLARED


def test_permissions_that_show_figures_are_known() -> None:
    others = PERMISSIONS.keys() - set(evaluations.SHOWING)
    assert {name for name in others if name.endswith(".read")} == {
        "directory.read",
        "settings.read",
        "audit.read",
        "metrics.read",
    }


def test_every_report_on_the_command_line_is_described() -> None:
    assert {f"report {name}" for name in report.commands} <= evaluations.COMMANDS.keys()


def test_measures_are_where_they_say() -> None:
    assert [one.checked_in for one in MEASURES.values() if not (ROOT / one.checked_in).exists()] == []
    assert {name for risk in RISKS.values() for name in risk.measures} <= MEASURES.keys()
