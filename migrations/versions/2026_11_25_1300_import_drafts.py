"""Files sent in to see what they would change; lines in quarantine that wait to be read again.

Revision ID: import_drafts
Revises: privacy
"""

from __future__ import annotations

from alembic import op

revision = "import_drafts"
down_revision = "privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE import_draft (
               id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT import_draft_pkey PRIMARY KEY,
               kind text NOT NULL,
               name text NOT NULL,
               content bytea NOT NULL CONSTRAINT import_draft_content_check CHECK (octet_length(content) <= 2097152),
               sent_by text NOT NULL,
               sent_at timestamptz NOT NULL
           )"""
    )
    op.execute("ALTER TABLE quarantine ADD COLUMN retry_asked_at timestamptz")
    op.execute("CREATE INDEX quarantine_asked_idx ON quarantine (id) WHERE retry_asked_at IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX quarantine_asked_idx")
    op.execute("ALTER TABLE quarantine DROP COLUMN retry_asked_at")
    op.execute("DROP TABLE import_draft")
