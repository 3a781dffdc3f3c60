"""Closing of months: frozen sums, corrections, overrides; short calls and inferred wrap-up by day; a person's tokens.

Every day is counted once more for the new sums, which takes the worker some minutes a year of calls.

Revision ID: closing
Revises: deliveries
"""

from alembic import op

revision = "closing"
down_revision = "deliveries"
branch_labels = None
depends_on = None

SUMS = """
        offered integer NOT NULL,
        answered integer NOT NULL,
        abandoned integer NOT NULL,
        left_timeout integer NOT NULL,
        left_key integer NOT NULL,
        left_empty integer NOT NULL,
        left_withdrawn integer NOT NULL,
        lost integer NOT NULL,
        open integer NOT NULL,
        refused integer NOT NULL,
        answered_by_class integer[] NOT NULL,
        abandoned_by_class integer[] NOT NULL,
        wait_s_answered integer NOT NULL,
        wait_s_abandoned integer NOT NULL,
        wait_unknown_answered integer NOT NULL,
        wait_unknown_unanswered integer NOT NULL,
        talk_s integer NOT NULL,
        talk_unknown integer NOT NULL,
        wrapup_s integer NOT NULL,
        wrapup_reported integer NOT NULL,
        wrapup_inferred integer NOT NULL,
        wrapup_inferred_s integer NOT NULL,
        calls integer NOT NULL,
        calls_answered integer NOT NULL,
        calls_refused integer NOT NULL,
        started_minutes integer NOT NULL,
        answered_calls_by_talk integer[] NOT NULL,
        generated integer NOT NULL,"""

COLUMNS = """
    ALTER TABLE fact_day ADD COLUMN wrapup_inferred_s integer NOT NULL DEFAULT 0,
                         ADD COLUMN answered_calls_by_talk integer[] NOT NULL DEFAULT '{0,0,0,0,0,0}';
    ALTER TABLE fact_day ALTER COLUMN wrapup_inferred_s DROP DEFAULT, ALTER COLUMN answered_calls_by_talk DROP DEFAULT;
    ALTER TABLE fact_interval ADD COLUMN wrapup_inferred_s integer NOT NULL DEFAULT 0;
    ALTER TABLE fact_interval ALTER COLUMN wrapup_inferred_s DROP DEFAULT;
    INSERT INTO touched_day (day) SELECT DISTINCT day FROM fact_day ON CONFLICT (day) DO NOTHING;
    DELETE FROM broken_invariant WHERE rule = 'figures now = figures when the month was closed';
    ALTER TABLE month ADD COLUMN asked_at timestamptz, ADD COLUMN asked_by text, ADD COLUMN closed_by text,
                      ADD COLUMN content_hash bytea, ADD COLUMN versions jsonb,
                      ADD CONSTRAINT month_asked_check CHECK (num_nulls(asked_at, asked_by) IN (0, 2)),
                      ADD CONSTRAINT month_four_eyes_check CHECK (asked_by <> closed_by);
    ALTER TABLE api_token ADD COLUMN person_id integer CONSTRAINT api_token_person_id_fkey REFERENCES person (id);
"""

TABLES = f"""
    CREATE TABLE month_override (
        month date NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        count integer NOT NULL,
        reason text NOT NULL,
        made_by text NOT NULL,
        made_at timestamptz NOT NULL,
        CONSTRAINT month_override_pkey PRIMARY KEY (month, kind, key),
        CONSTRAINT month_override_month_fkey FOREIGN KEY(month) REFERENCES month (month)
    );
    CREATE TABLE kept_attribution (
        system_id smallint NOT NULL,
        callid text NOT NULL,
        day date NOT NULL,
        service text,
        partner text,
        likely text,
        method text NOT NULL,
        CONSTRAINT kept_attribution_pkey PRIMARY KEY (system_id, callid, day)
    );
    CREATE INDEX kept_attribution_day_idx ON kept_attribution (day);
    CREATE TABLE fact_month (
        month date NOT NULL,
        partner text NOT NULL,
        likely text NOT NULL,
        service text NOT NULL,
        method text NOT NULL,{SUMS}
        longest_wait_s integer,
        CONSTRAINT fact_month_pkey PRIMARY KEY (month, partner, likely, service, method),
        CONSTRAINT fact_month_month_fkey FOREIGN KEY(month) REFERENCES month (month)
    );
    CREATE INDEX fact_month_by_partner_idx ON fact_month (month, partner)
        INCLUDE (calls, calls_answered, talk_s, started_minutes, generated);
    CREATE TABLE usage_correction (
        id bigint GENERATED ALWAYS AS IDENTITY,
        day date NOT NULL,
        partner text NOT NULL,
        likely text NOT NULL,
        queue text NOT NULL,
        service text NOT NULL,
        method text NOT NULL,{SUMS}
        cause text NOT NULL,
        booked_in date,
        made_at timestamptz NOT NULL,
        made_by text,
        reason text,
        CONSTRAINT usage_correction_pkey PRIMARY KEY (id),
        CONSTRAINT usage_correction_cause_check CHECK (cause IN ('late', 'objection')),
        CONSTRAINT usage_correction_reason_check CHECK (
            (cause = 'objection') = (reason IS NOT NULL AND made_by IS NOT NULL)
        ),
        CONSTRAINT usage_correction_booked_later_check CHECK (booked_in > day),
        CONSTRAINT usage_correction_booked_in_fkey FOREIGN KEY(booked_in) REFERENCES month (month)
    );
    CREATE INDEX usage_correction_day_idx ON usage_correction (day);
    CREATE INDEX usage_correction_booked_in_idx ON usage_correction (booked_in);
"""

#: What has closed stays as it is, whoever writes: a month does not open again, what was booked is not booked anew.
FROZEN = """
    CREATE FUNCTION keep_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state = 'closed' AND (NEW.state, NEW.content_hash, NEW.asked_by, NEW.closed_by, NEW.versions)
               IS DISTINCT FROM (OLD.state, OLD.content_hash, OLD.asked_by, OLD.closed_by, OLD.versions) THEN
            RAISE EXCEPTION 'month % is closed', OLD.month USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER keep_closed BEFORE UPDATE ON month FOR EACH ROW EXECUTE FUNCTION keep_closed_month();
    CREATE FUNCTION keep_booked_correction() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'correction % is booked', OLD.id USING ERRCODE = 'check_violation';
    END $$;
    CREATE TRIGGER keep_booked BEFORE UPDATE ON usage_correction FOR EACH ROW WHEN (OLD.booked_in IS NOT NULL)
        EXECUTE FUNCTION keep_booked_correction();
    REVOKE UPDATE ON fact_month FROM wfm_app;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(TABLES)
    op.execute(FROZEN)


def downgrade() -> None:
    op.execute(
        """
        DROP TABLE usage_correction, fact_month, kept_attribution, month_override;
        DROP TRIGGER keep_closed ON month;
        DROP FUNCTION keep_closed_month, keep_booked_correction;
        ALTER TABLE api_token DROP COLUMN person_id;
        ALTER TABLE month DROP COLUMN asked_at, DROP COLUMN asked_by, DROP COLUMN closed_by, DROP COLUMN content_hash,
                          DROP COLUMN versions;
        ALTER TABLE fact_interval DROP COLUMN wrapup_inferred_s;
        ALTER TABLE fact_day DROP COLUMN wrapup_inferred_s, DROP COLUMN answered_calls_by_talk
        """
    )
