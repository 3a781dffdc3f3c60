"""A stream that cannot be projected is tried again after pauses.

Revision ID: failing_streams
Revises: agents_by_day
"""

from alembic import op

revision = "failing_streams"
down_revision = "agents_by_day"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE stream ADD COLUMN failing_since timestamptz, ADD COLUMN retry_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE stream DROP COLUMN failing_since, DROP COLUMN retry_at")
