"""What a settlement was reckoned from, and what came out, stays as it was written.

Revision ID: settlements_stay
Revises: reversals
"""

from alembic import op

revision = "settlements_stay"
down_revision = "reversals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION keep_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.kind, NEW.period, NEW.instalment, NEW.shadow, NEW.inputs, NEW.result, NEW.result_hash, NEW.reverses,
                NEW.made_at, NEW.made_by)
               IS DISTINCT FROM
               (OLD.kind, OLD.period, OLD.instalment, OLD.shadow, OLD.inputs, OLD.result, OLD.result_hash, OLD.reverses,
                OLD.made_at, OLD.made_by) THEN
                RAISE EXCEPTION 'settlement % stays as it was reckoned', OLD.id USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER keep_settlement BEFORE UPDATE ON settlement FOR EACH ROW EXECUTE FUNCTION keep_settlement();
        CREATE FUNCTION keep_settlement_share() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.settlement_id, NEW.partner, NEW.cents, NEW.advances_cents, NEW.due_cents, NEW.by_treatment)
               IS DISTINCT FROM
               (OLD.settlement_id, OLD.partner, OLD.cents, OLD.advances_cents, OLD.due_cents, OLD.by_treatment) THEN
                RAISE EXCEPTION 'a share of settlement % stays as it was reckoned', OLD.settlement_id
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER keep_settlement_share BEFORE UPDATE ON settlement_share FOR EACH ROW
            EXECUTE FUNCTION keep_settlement_share();
        REVOKE DELETE ON settlement, settlement_share FROM wfm_app;
    """)


def downgrade() -> None:
    op.execute("""
        GRANT DELETE ON settlement, settlement_share TO wfm_app;
        DROP TRIGGER keep_settlement_share ON settlement_share;
        DROP FUNCTION keep_settlement_share;
        DROP TRIGGER keep_settlement ON settlement;
        DROP FUNCTION keep_settlement;
    """)
