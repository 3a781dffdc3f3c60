"""Planning: parameters, terms of work, shrinkage, skill groups, plans and simulations.

Revision ID: staffing
Revises: forecasts
"""

from alembic import op

revision = "staffing"
down_revision = "forecasts"
branch_labels = None
depends_on = None

TABLES = """
    CREATE TABLE staffing_parameters (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        queue text REFERENCES queue (name),
        target text NOT NULL,
        model text NOT NULL,
        patience_s integer,
        handling_s integer,
        max_occupancy numeric(4, 3),
        confidence numeric(4, 3) NOT NULL,
        valid daterange NOT NULL,
        CONSTRAINT staffing_parameters_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT staffing_parameters_model_check CHECK (model IN ('A', 'C')),
        CONSTRAINT staffing_parameters_seconds_check CHECK (patience_s > 0 AND handling_s > 0),
        CONSTRAINT staffing_parameters_max_occupancy_check CHECK (max_occupancy > 0 AND max_occupancy <= 1),
        CONSTRAINT staffing_parameters_confidence_check CHECK (confidence >= 0.5 AND confidence < 1),
        CONSTRAINT staffing_parameters_one_a_day_excl EXCLUDE USING gist (coalesce(queue, '') WITH =, valid WITH &&)
    );
    CREATE TABLE work_terms (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        weekly_hours numeric(4, 2) NOT NULL,
        cents_per_hour integer,
        hiring_months smallint NOT NULL,
        posts numeric(6, 2),
        leaving_a_year numeric(4, 3) NOT NULL,
        valid daterange NOT NULL,
        CONSTRAINT work_terms_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT work_terms_weekly_hours_check CHECK (weekly_hours > 0 AND weekly_hours <= 60),
        CONSTRAINT work_terms_not_negative_check CHECK (cents_per_hour >= 0 AND hiring_months >= 0 AND posts >= 0),
        CONSTRAINT work_terms_leaving_a_year_check CHECK (leaving_a_year >= 0 AND leaving_a_year < 1),
        CONSTRAINT work_terms_one_a_day_excl EXCLUDE USING gist (valid WITH &&)
    );
    CREATE TABLE shrinkage (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        share numeric(5, 4) NOT NULL,
        source text NOT NULL,
        valid daterange NOT NULL,
        CONSTRAINT shrinkage_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT shrinkage_kind_check CHECK (kind IN ('leave', 'illness', 'training', 'breaks', 'meetings', 'other')),
        CONSTRAINT shrinkage_source_check CHECK (source IN ('plan', 'data')),
        CONSTRAINT shrinkage_share_check CHECK (share >= 0 AND share < 1),
        CONSTRAINT shrinkage_one_a_day_excl EXCLUDE USING gist (kind WITH =, valid WITH &&)
    );
    CREATE TABLE skill_group (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        queues text[] NOT NULL,
        cost_factor numeric(4, 3) NOT NULL DEFAULT 1,
        valid daterange NOT NULL,
        CONSTRAINT skill_group_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT skill_group_queues_check CHECK (cardinality(queues) > 0),
        CONSTRAINT skill_group_one_a_day_excl EXCLUDE USING gist (name WITH =, valid WITH &&)
    );
    CREATE TABLE staffing_plan (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        run_id bigint REFERENCES forecast_run (id) ON DELETE SET NULL,
        copy_of bigint REFERENCES staffing_plan (id) ON DELETE SET NULL,
        changes jsonb NOT NULL,
        note text NOT NULL DEFAULT '',
        made_at timestamptz NOT NULL,
        made_by text NOT NULL
    );
    CREATE TABLE staffing_simulation (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        plan_id bigint NOT NULL REFERENCES staffing_plan (id) ON DELETE CASCADE,
        day date NOT NULL,
        state text NOT NULL,
        seed integer NOT NULL,
        question jsonb NOT NULL,
        result jsonb,
        problem text,
        asked_at timestamptz NOT NULL,
        asked_by text NOT NULL,
        done_at timestamptz,
        CONSTRAINT staffing_simulation_state_check CHECK (state IN ('waiting', 'running', 'done', 'failed'))
    );
    CREATE INDEX ON staffing_simulation (plan_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE staffing_simulation, staffing_plan, skill_group, shrinkage, work_terms, staffing_parameters")
