"""Forecasts that somebody asked for: the worker finds them in the database, and they say what became of them.

Revision ID: forecast_wishes
Revises: cost_cover
"""

from alembic import op

revision = "forecast_wishes"
down_revision = "cost_cover"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE forecast_wish (
            id bigint GENERATED ALWAYS AS IDENTITY,
            first_day date NOT NULL,
            end_day date NOT NULL,
            queues text[],
            asked_at timestamptz NOT NULL,
            asked_by text NOT NULL,
            begun_at timestamptz,
            run_id bigint,
            refused text,
            CONSTRAINT forecast_wish_pkey PRIMARY KEY (id),
            CONSTRAINT forecast_wish_answer_check CHECK (num_nonnulls(run_id, refused) <= 1),
            CONSTRAINT forecast_wish_run_id_fkey FOREIGN KEY(run_id) REFERENCES forecast_run (id)
        );
    """)


def downgrade() -> None:
    op.execute("DROP TABLE forecast_wish")
