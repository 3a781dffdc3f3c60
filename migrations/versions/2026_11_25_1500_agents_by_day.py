"""What each agent did by day, counted with the other facts; months of groups that outlive it.

All days are counted anew in the background, about a tenth of a second a day: until then reports say so.
Figures of agents are whole from the day after the last one on which a name has gone already; states of days before that
were never counted by person, so they count as gone.

Revision ID: agents_by_day
Revises: agreements_of_persons
"""

from alembic import op

revision = "agents_by_day"
down_revision = "agreements_of_persons"
branch_labels = None
depends_on = None

TABLES = r"""
    CREATE TABLE fact_agent_calls (
        day DATE NOT NULL,
        agent TEXT NOT NULL,
        system TEXT NOT NULL,
        queue TEXT NOT NULL,
        names TEXT[] NOT NULL,
        generated BOOLEAN NOT NULL,
        answered INTEGER NOT NULL,
        talk_s INTEGER NOT NULL,
        talk_unknown INTEGER NOT NULL,
        wrapup_s INTEGER NOT NULL,
        CONSTRAINT fact_agent_calls_pkey PRIMARY KEY (day, agent, system, queue)
    );
    CREATE TABLE fact_agent_time (
        day DATE NOT NULL,
        agent TEXT NOT NULL,
        system TEXT NOT NULL,
        names TEXT[] NOT NULL,
        generated BOOLEAN NOT NULL,
        queues TEXT[] NOT NULL,
        logged_on_s INTEGER NOT NULL,
        paused_s JSONB NOT NULL,
        ready_s INTEGER,
        talking_s INTEGER,
        wrapping_up_s INTEGER,
        CONSTRAINT fact_agent_time_pkey PRIMARY KEY (day, agent, system)
    );
    CREATE TABLE group_month (
        month DATE NOT NULL,
        report JSONB NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT group_month_pkey PRIMARY KEY (month),
        CONSTRAINT group_month_month_check CHECK (date_trunc('month', month) = month)
    );
    ALTER TABLE agent_history ALTER known_from DROP NOT NULL, ADD whole_from DATE;
    ALTER TABLE mapping_change DROP CONSTRAINT mapping_change_kind_check,
        ADD CONSTRAINT mapping_change_kind_check CHECK (kind IN ('number', 'queue', 'tag', 'area_code', 'alias'));

    INSERT INTO agent_history (whole_from)
    SELECT max(day) + 1 FROM stay s
    WHERE agent LIKE 'pseudonym\_%' AND system_id IN (SELECT system_id FROM source WHERE NOT generated)
      AND NOT EXISTS (SELECT FROM agent_span p WHERE (p.system_id, p.agent) = (s.system_id, s.agent))
    HAVING max(day) IS NOT NULL
    ON CONFLICT (one) DO UPDATE SET whole_from = excluded.whole_from;
    UPDATE agent_history
    SET whole_from = greatest(whole_from, known_from), known_from = greatest(whole_from, known_from);
    INSERT INTO touched_day (day) SELECT DISTINCT day FROM stay UNION SELECT DISTINCT day FROM fact_interval
    ON CONFLICT (day) DO UPDATE SET since = excluded.since;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        """
        DELETE FROM mapping_change WHERE kind = 'alias';
        ALTER TABLE mapping_change DROP CONSTRAINT mapping_change_kind_check,
            ADD CONSTRAINT mapping_change_kind_check CHECK (kind IN ('number', 'queue', 'tag', 'area_code'));
        DELETE FROM agent_history WHERE known_from IS NULL;
        ALTER TABLE agent_history DROP whole_from, ALTER known_from SET NOT NULL;
        DROP TABLE group_month, fact_agent_time, fact_agent_calls;
        """
    )
