"""The schema's history: bringing a database up to date, and saying how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from wfm.core.revisions import SCRIPTS

#: Two processes that start at once must not migrate at once.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('wfm.migrations'))")


@dataclass(frozen=True)
class Status:
    """How far a database is: its newest revisions, the newest there are, and what lies between, oldest first."""

    at: tuple[str, ...]
    newest: tuple[str, ...]
    pending: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        return not self.pending


def upgrade(url: str) -> Status:
    """Apply every pending migration in one transaction: all of them, or none."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(_ONE_AT_A_TIME)
        command.upgrade(_config(connection), "heads")
        return _status(connection)


def status(url: str) -> Status:
    """How far this database is; changes nothing."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return _status(connection)


def _status(connection: Connection) -> Status:
    scripts = ScriptDirectory.from_config(_config(connection))
    at = MigrationContext.configure(connection).get_current_heads()
    missing = scripts.iterate_revisions("heads", at or "base")
    pending = tuple(step.revision for step in missing if step.revision not in at)
    return Status(at, tuple(scripts.get_heads()), pending[::-1])


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
