"""Agreements with the staff council may concern some people only.

Revision ID: agreements_of_persons
Revises: privacy
"""

from alembic import op

revision = "agreements_of_persons"
down_revision = "privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE staff_agreement ADD COLUMN agents text[] NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    op.execute("ALTER TABLE staff_agreement DROP COLUMN agents")
