"""A closed month's sums by partner alone, which the table of a year reads, in place of an index that held them.

Revision ID: month_of_partner
Revises: settlements_stay
"""

from alembic import op

revision = "month_of_partner"
down_revision = "settlements_stay"
branch_labels = None
depends_on = None

SUMS = (
    *("calls", "calls_answered", "calls_refused", "offered", "answered", "abandoned", "wait_s_answered"),
    *("wait_unknown_answered", "talk_s", "wrapup_s", "started_minutes", "generated"),
)


def upgrade() -> None:
    op.execute(f"""
        CREATE TABLE fact_month_partner (
            month date NOT NULL,
            partner text NOT NULL,
            {", ".join(f"{name} integer NOT NULL" for name in SUMS)},
            CONSTRAINT fact_month_partner_pkey PRIMARY KEY (month, partner),
            CONSTRAINT fact_month_partner_month_fkey FOREIGN KEY(month) REFERENCES month (month)
        );
        INSERT INTO fact_month_partner (month, partner, {", ".join(SUMS)})
            SELECT month, partner, {", ".join(f"sum({name})" for name in SUMS)} FROM fact_month GROUP BY 1, 2;
        REVOKE UPDATE ON fact_month_partner FROM wfm_app;
        DROP INDEX fact_month_by_partner_idx;
    """)


def downgrade() -> None:
    op.execute("""
        CREATE INDEX fact_month_by_partner_idx ON fact_month (month, partner)
            INCLUDE (calls, calls_answered, talk_s, started_minutes, generated);
        DROP TABLE fact_month_partner;
    """)
