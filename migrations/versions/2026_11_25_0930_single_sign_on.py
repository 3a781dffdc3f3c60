"""Single sign-on: attempts to sign in at the provider.

Revision ID: single_sign_on
Revises: people
"""

from alembic import op

revision = "single_sign_on"
down_revision = "people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE oidc_login (
            state_hash bytea PRIMARY KEY,
            nonce text NOT NULL,
            verifier text NOT NULL,
            next_path text,
            begun_at timestamptz NOT NULL
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE oidc_login")
