"""The migration makes the tables that the models say."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from wfm.core.db import Base

NAMES = {
    "month",
    "month_override",
    "fact_day",
    "fact_interval",
    "fact_month",
    "fact_month_partner",
    "usage_correction",
    "kept_attribution",
}


@pytest.mark.usefixtures("database")
def test_the_migration_makes_the_tables_of_the_models(owner: Engine) -> None:
    with owner.connect() as connection:
        options = {
            "compare_server_default": True,
            "include_object": lambda thing, name, kind, _reflected, _other: (
                name in NAMES if kind == "table" else thing.table.name in NAMES
            ),
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
