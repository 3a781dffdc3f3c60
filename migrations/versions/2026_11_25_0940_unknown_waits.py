"""Stays whose wait nobody told, counted apart: a call detail record alone does not know it.

Revision ID: unknown_waits
Revises: single_sign_on
"""

from __future__ import annotations

from alembic import op

revision = "unknown_waits"
down_revision = "single_sign_on"
branch_labels = None
depends_on = None

COLUMNS = ("wait_unknown_answered", "wait_unknown_unanswered")


def upgrade() -> None:
    for table in ("fact_day", "fact_interval"):
        for column in COLUMNS:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")


def downgrade() -> None:
    for table in ("fact_day", "fact_interval"):
        for column in COLUMNS:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
