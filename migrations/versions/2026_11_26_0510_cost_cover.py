"""Periods of the cost-covering calculation whose result was carried forward.

Revision ID: cost_cover
Revises: month_of_partner
"""

from alembic import op

revision = "cost_cover"
down_revision = "month_of_partner"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE cost_cover (
            first_year smallint NOT NULL,
            last_year smallint NOT NULL,
            result_cents bigint NOT NULL,
            carried jsonb NOT NULL,
            made_at timestamptz NOT NULL,
            made_by text NOT NULL,
            CONSTRAINT cost_cover_pkey PRIMARY KEY (first_year),
            CONSTRAINT cost_cover_years_check CHECK (last_year BETWEEN first_year AND first_year + 2),
            CONSTRAINT cost_cover_one_a_year_excl
                EXCLUDE USING gist (int4range(first_year, last_year, '[]') WITH &&)
        );
        REVOKE UPDATE, DELETE ON cost_cover FROM wfm_app;
    """)


def downgrade() -> None:
    op.execute("DROP TABLE cost_cover")
