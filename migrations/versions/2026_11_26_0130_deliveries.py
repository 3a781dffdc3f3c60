"""Where rows of dumps, event files and requests stood, so that quarantine can say so.

Revision ID: deliveries
Revises: settlement
"""

from alembic import op

revision = "deliveries"
down_revision = "settlement"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE delivery (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            stream_id integer NOT NULL REFERENCES stream (id),
            received_at timestamptz NOT NULL,
            file text,
            positions bigint[] NOT NULL,
            lines integer[] NOT NULL
        );
        CREATE INDEX ON delivery (stream_id, received_at);
        ALTER TABLE quarantine ADD COLUMN file text;
        UPDATE quarantine q SET file = st.name FROM stream st, source so
            WHERE st.id = q.stream_id AND so.id = st.source_id AND q.line IS NOT NULL
              AND so.kind IN ('events', 'queue_log_table');
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE quarantine DROP COLUMN file; DROP TABLE delivery")
