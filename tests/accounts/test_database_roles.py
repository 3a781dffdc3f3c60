"""What the application's role may not do, tried on a real PostgreSQL with the application's own connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from wfm.core import db, embedded, migrations
from wfm.core.db import transaction
from wfm.core.errors import ServerTrouble

pytestmark = pytest.mark.usefixtures("database")

ENTRY = "INSERT INTO audit_entry (at, actor, action) VALUES ('2024-03-01 12:00+00', 'a', 'b')"
SEAL = "INSERT INTO audit_seal VALUES ('2024-03-01', 1, '', '', now())"

FORBIDDEN = [
    statement.format(table=table)
    for table in ("audit_entry", "audit_seal")
    for statement in (
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "DROP TABLE {table}",
        "ALTER TABLE {table} ADD COLUMN more text",
        "ALTER TABLE {table} OWNER TO CURRENT_USER",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        "CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING",
        "CREATE INDEX i ON {table} ((1))",
        "GRANT DELETE ON {table} TO CURRENT_USER; DELETE FROM {table}",
        "SELECT 1 FROM {table} FOR UPDATE",
    )
] + [
    "UPDATE audit_entry SET actor = 'x'",
    "UPDATE audit_seal SET hash = ''",
    f"{SEAL} ON CONFLICT (day) DO UPDATE SET hash = excluded.hash",
    "MERGE INTO audit_entry e USING (SELECT 1) s ON e.actor = 'a' WHEN MATCHED THEN DELETE",
    "UPDATE alembic_version SET version_num = 'x'",
    "INSERT INTO alembic_version VALUES ('x')",
    "DELETE FROM alembic_version",
    "TRUNCATE api_token",
    "DROP TABLE call",
    "CREATE TABLE own (n int)",
    "CREATE SCHEMA own",
    "CREATE FUNCTION public.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "SELECT drop_sealed_audit_days(10000)",
    "ALTER FUNCTION drop_sealed_audit_days OWNER TO CURRENT_USER",
    "DROP FUNCTION drop_sealed_audit_days",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE ROLE another",
    "GRANT pg_write_all_data TO CURRENT_USER",
]


@pytest.fixture
def entry(database: str) -> None:
    execute(ENTRY)


def execute(*statements: str) -> None:
    with transaction() as session:
        for statement in statements:
            session.execute(text(statement))


@pytest.mark.usefixtures("entry")
def test_the_application_adds_to_the_trail_and_reads_it():
    execute(SEAL, "CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT * FROM audit_entry", "SELECT * FROM audit_seal")
    with transaction() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).all()


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_and_nothing_else(statement: str):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner|\(psycopg.errors.Insufficient"):
        execute(statement)


def test_it_can_not_become_the_owner(owner: Engine):
    with owner.connect() as connection:
        name = connection.exec_driver_sql("SELECT tableowner FROM pg_tables WHERE tablename = 'audit_entry'").scalar()
        assert name == connection.exec_driver_sql("SELECT current_user").scalar()
    for statement in (f"SET ROLE {name}", f"SET SESSION AUTHORIZATION {name}"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(statement)


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit_entry", "SELECT * FROM audit_entry", "INSERT INTO audit_seal VALUES (now())"]
)
def test_the_role_for_retention_has_its_function_only(statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"):
        execute("SET LOCAL ROLE wfm_retention", statement)


@pytest.mark.usefixtures("entry")
def test_tables_to_come_are_the_applications_too(owner: Engine):
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE later (id serial, n int)")
    execute("INSERT INTO later (n) VALUES (1)", "UPDATE later SET n = 2", "DELETE FROM later")


def test_a_password_is_needed(database: str):
    for password in (None, "guessed"):
        url = make_url(database)
        stranger = create_engine(url.set(password=password) if password else url._replace(password=None))
        with pytest.raises(OperationalError, match=r"no password supplied|password authentication failed"):
            stranger.connect()


# ---- migrations under other roles -----------------------------------------------------------------------------------


@pytest.fixture
def bare(owner: Engine) -> Iterator[str]:
    """The address of an empty database, as a new role that may do nothing but own it."""
    name = f"bare_{owner.url.database}"
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 'bare'")
        server.exec_driver_sql(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0")
        yield owner.url.set(username=name, password="bare", database=name).render_as_string(hide_password=False)
        server.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.exec_driver_sql(f"DROP ROLE {name}")


def test_who_may_not_make_roles_is_told_what_to_ask_for(bare: str, owner: Engine):
    name = make_url(bare).username
    with pytest.raises(ServerTrouble, match="darf keine Rollen anlegen") as refused:
        migrations.upgrade(bare)
    assert migrations.status(bare).at == ()
    statement = refused.value.details["statement"]
    assert f'GRANT wfm_retention TO wfm_app, "{name}" WITH INHERIT FALSE;' in statement
    with owner.begin() as connection:  # the roles are there, made for the test's own database
        connection.exec_driver_sql(statement[statement.index("GRANT") :])
    assert migrations.upgrade(bare).up_to_date
    migrated = create_engine(owner.url.set(database=make_url(bare).database), poolclass=NullPool)
    with migrated.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE wfm_app")
        connection.exec_driver_sql(ENTRY)
        connection.exec_driver_sql("SET LOCAL ROLE wfm_retention")
        assert connection.exec_driver_sql("SELECT drop_sealed_audit_days(180)").scalar() == 0


def test_a_role_that_may_make_roles_needs_no_superuser(bare: str, owner: Engine):
    name = make_url(bare).username
    with owner.begin() as connection:
        connection.exec_driver_sql(f"ALTER ROLE {name} CREATEROLE")
        connection.exec_driver_sql(f"GRANT wfm_retention TO {name} WITH ADMIN TRUE, SET FALSE, INHERIT FALSE")
    assert migrations.upgrade(bare).up_to_date
    db.use_database(bare)
    with transaction() as session:
        session.execute(text("SET LOCAL ROLE wfm_retention"))


def test_without_a_second_address_the_owner_is_the_application(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WFM_DATABASE_URL", "postgresql://one@host/db")
    monkeypatch.delenv("WFM_OWNER_DATABASE_URL")
    assert embedded.owner_url() == embedded.database_url() == "postgresql+psycopg://one@host/db"
    monkeypatch.setenv("WFM_OWNER_DATABASE_URL", "postgresql://two@host/db")
    assert embedded.owner_url() == "postgresql+psycopg://two@host/db"
    monkeypatch.delenv("WFM_DATABASE_URL")
    with pytest.raises(ServerTrouble, match="bitte beide setzen"):
        embedded.owner_url()
