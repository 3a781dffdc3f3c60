"""The database: one engine a process, one transaction a request or task."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Session

from wfm.core import embedded

#: Packages with tables, lowest first.
PACKAGES_WITH_TABLES = (
    *("accounts", "directory", "telephony", "queues", "reporting"),
    *("forecasting", "staffing", "billing", "privacy"),
)

#: An instant as tables keep it: with its zone, in UTC.
Instant = TIMESTAMP(timezone=True)


class Base(DeclarativeBase):
    """Parent of every table; constraints get the same name on every machine."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )


_engine: Engine | None = None


def engine() -> Engine:
    """The process's engine, made at first use (this may start the bundled server)."""
    global _engine
    if _engine is None:
        _engine = create_engine(
            embedded.database_url(),
            pool_size=5,
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,  # an error must not carry a row's data into a log
            connect_args={"options": "-c timezone=UTC -c jit=off", "application_name": "wfm"},
        )
    return _engine


def use_database(url: str, owner_url: str = "") -> None:
    """Point this process, and the children it starts, at another database."""
    global _engine
    if _engine is not None:
        _engine.dispose()
        _engine = None
    os.environ |= {"WFM_DATABASE_URL": url, "WFM_OWNER_DATABASE_URL": owner_url}


def leave_connections_to_parent() -> None:
    """Forget the parent's connections after a fork, without closing them under it."""
    if _engine is not None:
        _engine.dispose(close=False)


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed at the end of the block, or rolled back as a whole on an exception.

    Tasks queued with `after_commit` are sent when the commit has succeeded, never otherwise.
    """
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


def after_commit(session: Session, task: str, *args: Any) -> None:
    """Queue a task by its *name* once this transaction is committed; a roll-back drops it.

    The message is a hint, not the work: tasks find what to do in the database, so a broker that is away costs time
    only.
    """
    wanted: list[tuple[str, tuple[Any, ...]]] = session.info.setdefault("after_commit", [])
    if (task, args) not in wanted:
        wanted.append((task, args))


@event.listens_for(Session, "after_commit")
def _send_tasks(session: Session) -> None:
    if session.in_nested_transaction():  # the end of a savepoint: nothing is committed yet
        return
    if wanted := session.info.pop("after_commit", None):
        from wfm.core import tasks  # only who queues something needs Celery

        for task, args in wanted:
            tasks.send(task, *args)


@event.listens_for(Session, "after_rollback")
def _drop_tasks(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("after_commit", None)


def cursor(session: Session, *, flush: bool = True) -> psycopg.Cursor[Any]:
    """A psycopg cursor inside the session's transaction: COPY and set-wise statements of the intake.

    `flush`: what was changed of mapped objects is written first. A statement to which it is no matter need not have it.
    """
    if flush:
        session.flush()
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor()


def load_models() -> MetaData:
    """Import every table, so that the metadata is whole (migrations, tests, the annex to the service agreement)."""
    for package in PACKAGES_WITH_TABLES:
        importlib.import_module(f"wfm.{package}.models")
    return Base.metadata
