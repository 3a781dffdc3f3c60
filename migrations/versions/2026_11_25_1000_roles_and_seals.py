"""Three roles, of which the application's can't rewrite the audit trail; seals of its days.

Revision ID: roles_and_seals
Revises: unknown_waits
"""

from alembic import op
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from wfm.core.errors import ServerTrouble

revision = "roles_and_seals"
down_revision = "unknown_waits"
branch_labels = None
depends_on = None

# Roles belong to the whole cluster: the migration of another of its databases may make them at the same moment.
ROLES = """
    DO $$ BEGIN
        IF to_regrole('wfm_app') IS NULL THEN CREATE ROLE wfm_app LOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;
    DO $$ BEGIN
        IF to_regrole('wfm_retention') IS NULL THEN CREATE ROLE wfm_retention NOLOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;
    DO $$ BEGIN
        IF NOT pg_has_role('wfm_app', 'wfm_retention', 'SET') THEN
            GRANT wfm_retention TO wfm_app WITH INHERIT FALSE;
        END IF;
        IF NOT pg_has_role('wfm_retention', 'SET') THEN -- where the owner is the application too
            GRANT wfm_retention TO CURRENT_USER WITH INHERIT FALSE;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;
"""

FOR_THE_DBA = (
    "CREATE ROLE wfm_app LOGIN; CREATE ROLE wfm_retention NOLOGIN; "
    'GRANT wfm_retention TO wfm_app, "{owner}" WITH INHERIT FALSE;'
)

TABLES = """
    ALTER TABLE audit_entry ADD COLUMN purpose text;
    CREATE TABLE audit_seal (
        day date PRIMARY KEY,
        entries integer NOT NULL,
        entries_hash bytea NOT NULL,
        hash bytea NOT NULL,
        sealed_at timestamptz NOT NULL
    );
"""

GRANTS = """
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO wfm_app, wfm_retention;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO wfm_app;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO wfm_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO wfm_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO wfm_app;
    -- `wfm rebuild` throws the projection away
    GRANT TRUNCATE ON call, stay, agent_event, agent_span, restart, activity TO wfm_app;
    REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM wfm_app;
    REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM wfm_app;
"""

# Names are qualified and pg_temp comes last, so that no temporary table of the caller can stand in for one of ours.
RETENTION = """
    CREATE FUNCTION drop_sealed_audit_days(older_than_days integer) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    DECLARE
        kept_from date := (now() AT TIME ZONE 'Europe/Berlin')::date - older_than_days;
        dropped bigint;
    BEGIN
        IF older_than_days IS NULL OR older_than_days < 180 THEN
            RAISE EXCEPTION 'audit entries are kept for at least 180 days, not %', older_than_days
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        DELETE FROM public.audit_entry AS entry USING public.audit_seal AS seal
        WHERE entry.at < kept_from::timestamp AT TIME ZONE 'Europe/Berlin'
            AND seal.day = (entry.at AT TIME ZONE 'Europe/Berlin')::date;
        GET DIAGNOSTICS dropped = ROW_COUNT;
        RETURN dropped;
    END $$;
    REVOKE ALL ON FUNCTION drop_sealed_audit_days FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION drop_sealed_audit_days TO wfm_retention;
"""


def upgrade() -> None:
    _make_roles()
    op.execute(TABLES)
    op.execute(GRANTS)
    op.execute(RETENTION)


def downgrade() -> None:
    """Roles stay: other databases of the cluster may need them."""
    op.execute(
        """
        DROP FUNCTION drop_sealed_audit_days;
        DROP TABLE audit_seal;
        ALTER TABLE audit_entry DROP COLUMN purpose;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM wfm_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM wfm_app;
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM wfm_app;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM wfm_app;
        REVOKE USAGE ON SCHEMA public FROM wfm_app, wfm_retention;
        """
    )


def _make_roles() -> None:
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            op.execute(ROLES)
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        owner = connection.exec_driver_sql("SELECT current_user").scalar()
        statement = FOR_THE_DBA.format(owner=owner)
        raise ServerTrouble(
            "migrations.roles",
            f"Die Rolle „{owner}“ darf keine Rollen anlegen. Bitte einmal als Administrator der Datenbank ausführen: "
            f"{statement}",
            statement=statement,
        ) from error
