"""A settlement can be reversed again after its reversal was withdrawn.

Revision ID: reversals
Revises: closing
"""

from alembic import op

revision = "reversals"
down_revision = "closing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE settlement DROP CONSTRAINT settlement_reverses_key;
        CREATE UNIQUE INDEX settlement_reverses_key ON settlement (reverses) WHERE state <> 'withdrawn';
    """)


def downgrade() -> None:
    op.execute("""
        DROP INDEX settlement_reverses_key;
        ALTER TABLE settlement ADD CONSTRAINT settlement_reverses_key UNIQUE (reverses);
    """)
