"""Directory: partners, numbers, queues, services, calendar, targets, aliases.

Revision ID: directory
"""

from alembic import op

revision = "directory"
down_revision = None
branch_labels = None
depends_on = None

VALID = "valid daterange NOT NULL"


def one_a_day(table: str, key: str) -> str:
    """No value without a beginning, and one value a key on any day."""
    return f"""
        CONSTRAINT {table}_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT {table}_one_a_day_excl EXCLUDE USING gist ({key} WITH =, valid WITH &&) DEFERRABLE"""


TABLES = f"""
    CREATE TABLE partner (
        key text PRIMARY KEY,
        name text NOT NULL,
        kind text NOT NULL CONSTRAINT partner_kind_check CHECK (kind IN ('municipality', 'region')),
        ags text CONSTRAINT partner_ags_key UNIQUE,
        CONSTRAINT partner_ags_of_municipality_check CHECK ((kind = 'municipality') = (ags IS NOT NULL)),
        CONSTRAINT partner_ags_check CHECK (ags ~ '^[0-9]{{8}}$' AND ags = key)
    );
    CREATE TABLE partner_inhabitants (
        partner text NOT NULL REFERENCES partner,
        as_of date NOT NULL,
        basis text NOT NULL,
        inhabitants integer NOT NULL CONSTRAINT partner_inhabitants_inhabitants_check CHECK (inhabitants > 0),
        source text NOT NULL DEFAULT '',
        PRIMARY KEY (partner, as_of, basis)
    );
    CREATE TABLE partner_membership (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partner text NOT NULL REFERENCES partner,
        status text NOT NULL CONSTRAINT partner_membership_status_check CHECK (status IN ('pilot', 'full', 'left')),
        {VALID}, {one_a_day("partner_membership", "partner")}
    );
    CREATE TABLE area_code (
        code text NOT NULL,
        partner text NOT NULL REFERENCES partner,
        attributable boolean NOT NULL DEFAULT true,
        PRIMARY KEY (code, partner)
    );
    CREATE TABLE queue (
        name text PRIMARY KEY,
        label text NOT NULL,
        mapped boolean NOT NULL DEFAULT false,
        wrapup_s integer CONSTRAINT queue_wrapup_check CHECK (wrapup_s >= 0)
    );
    CREATE TABLE queue_partner (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        queue text NOT NULL REFERENCES queue,
        partner text NOT NULL REFERENCES partner,
        {VALID}, {one_a_day("queue_partner", "queue")}
    );
    CREATE TABLE dialled_number (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        number text NOT NULL,
        partner text NOT NULL REFERENCES partner,
        {VALID}, {one_a_day("dialled_number", "number")}
    );
    CREATE TABLE service (
        leika_key text PRIMARY KEY CONSTRAINT service_leika_key_check CHECK (leika_key ~ '^[0-9]{{14}}$'),
        name text NOT NULL,
        rank integer,
        source text NOT NULL DEFAULT '',
        tag text CONSTRAINT service_tag_key UNIQUE DEFERRABLE
    );
    CREATE TABLE opening_hours (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        queue text REFERENCES queue,
        weekday smallint NOT NULL CONSTRAINT opening_hours_weekday_check CHECK (weekday BETWEEN 0 AND 6),
        periods int4multirange NOT NULL,
        {VALID}, {one_a_day("opening_hours", "coalesce(queue, '') WITH =, weekday")}
    );
    CREATE TABLE special_day (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        queue text REFERENCES queue,
        day date NOT NULL,
        name text NOT NULL DEFAULT '',
        periods int4multirange NOT NULL,
        CONSTRAINT special_day_queue_day_key UNIQUE NULLS NOT DISTINCT (queue, day)
    );
    CREATE TABLE holiday (
        day date PRIMARY KEY,
        name text NOT NULL
    );
    CREATE TABLE target (
        name text NOT NULL,
        version integer NOT NULL,
        label text NOT NULL,
        share numeric(5, 4) NOT NULL CONSTRAINT target_share_check CHECK (share > 0 AND share <= 1),
        seconds integer NOT NULL CONSTRAINT target_seconds_check CHECK (seconds >= 0),
        variant text NOT NULL CONSTRAINT target_variant_check
            CHECK (variant IN ('offered', 'answered', 'excl_abandoned_within', 'abandoned_met')),
        {VALID},
        source text NOT NULL DEFAULT '',
        PRIMARY KEY (name, version), {one_a_day("target", "name")}
    );
    CREATE TABLE agent_alias (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        system text NOT NULL,
        alias text NOT NULL,
        agent text NOT NULL,
        {VALID}, {one_a_day("agent_alias", "system WITH =, alias")}
    );
    CREATE TABLE mapping_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CONSTRAINT mapping_change_kind_check CHECK (kind IN ('number', 'queue', 'tag', 'area_code')),
        key text NOT NULL,
        since date NOT NULL,
        done boolean NOT NULL DEFAULT false,
        noted_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX mapping_change_id_idx ON mapping_change (id) WHERE NOT done;
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        "DROP TABLE mapping_change, agent_alias, target, holiday, special_day, opening_hours, service, dialled_number,"
        " queue_partner, queue, area_code, partner_membership, partner_inhabitants, partner"
    )
