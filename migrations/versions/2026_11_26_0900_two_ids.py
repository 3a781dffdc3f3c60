"""A call may have been told of under two ids; how to find the halves of one.

Revision ID: two_ids
Revises: forecast_wishes
"""

from alembic import op

revision = "two_ids"
down_revision = "forecast_wishes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE call ADD COLUMN also text[]")
    op.execute("CREATE INDEX call_joined_idx ON call (system_id, started_at) WHERE also IS NOT NULL")
    op.execute("""
        CREATE INDEX stay_half_idx ON stay (system_id, entered_at)
        WHERE start_unknown OR ended_by IS NULL OR ended_by IN ('age', 'restart')
    """)


def downgrade() -> None:
    op.execute("DROP INDEX stay_half_idx")
    op.execute("ALTER TABLE call DROP COLUMN also")
