"""Settlement: terms, agreements, parties, cost, settlements, ledger, documents, hand-over, questionnaires.

Revision ID: settlement
Revises: staffing
"""

from alembic import op

revision = "settlement"
down_revision = "staffing"
branch_labels = None
depends_on = None

TABLES = """
    CREATE TABLE terms (
        id bigint GENERATED ALWAYS AS IDENTITY,
        name text NOT NULL,
        version smallint NOT NULL,
        state text NOT NULL,
        variant text NOT NULL,
        parameters jsonb NOT NULL,
        counting jsonb NOT NULL,
        keys jsonb NOT NULL,
        cycle jsonb NOT NULL,
        note text DEFAULT '' NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        CONSTRAINT terms_pkey PRIMARY KEY (id),
        CONSTRAINT terms_name_version_key UNIQUE (name, version),
        CONSTRAINT terms_variant_check CHECK (variant ~ '^V[0-7]$'),
        CONSTRAINT terms_state_check CHECK (state IN ('draft', 'agreed', 'withdrawn'))
    );
    CREATE TABLE agreement (
        partner text NOT NULL,
        terms_id bigint NOT NULL,
        reference text NOT NULL,
        signed_on date,
        weight integer,
        fixed_cents bigint,
        tax jsonb NOT NULL,
        ended_reason text DEFAULT '' NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        valid daterange NOT NULL,
        CONSTRAINT agreement_pkey PRIMARY KEY (id),
        CONSTRAINT agreement_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT agreement_stated_check CHECK (
            weight >= 0 AND fixed_cents >= 0 AND num_nonnulls(weight, fixed_cents) <= 1
        ),
        CONSTRAINT agreement_one_a_day_excl EXCLUDE USING gist (partner WITH =, valid WITH &&),
        CONSTRAINT agreement_partner_fkey FOREIGN KEY(partner) REFERENCES partner (key),
        CONSTRAINT agreement_terms_id_fkey FOREIGN KEY(terms_id) REFERENCES terms (id)
    );
    CREATE INDEX agreement_terms_id_idx ON agreement (terms_id);
    CREATE TABLE party (
        partner text,
        details jsonb NOT NULL,
        booking jsonb NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        valid daterange NOT NULL,
        CONSTRAINT party_pkey PRIMARY KEY (id),
        CONSTRAINT party_valid_check CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
        CONSTRAINT party_one_a_day_excl EXCLUDE USING gist (coalesce(partner, '') WITH =, valid WITH &&),
        CONSTRAINT party_partner_fkey FOREIGN KEY(partner) REFERENCES partner (key)
    );
    CREATE TABLE cost_centre (
        key text NOT NULL,
        name text NOT NULL,
        product text DEFAULT '' NOT NULL,
        share numeric(7, 6) DEFAULT 1 NOT NULL,
        CONSTRAINT cost_centre_pkey PRIMARY KEY (key),
        CONSTRAINT cost_centre_share_check CHECK (share > 0 AND share <= 1)
    );
    CREATE TABLE cost_item (
        id bigint GENERATED ALWAYS AS IDENTITY,
        cost_centre text NOT NULL,
        month date NOT NULL,
        kind text NOT NULL,
        stage text NOT NULL,
        cents bigint NOT NULL,
        share numeric(7, 6) NOT NULL,
        note text DEFAULT '' NOT NULL,
        batch text,
        row integer,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        CONSTRAINT cost_item_pkey PRIMARY KEY (id),
        CONSTRAINT cost_item_kind_check CHECK (kind IN ('staff', 'rooms', 'telephony', 'it', 'overhead', 'other')),
        CONSTRAINT cost_item_stage_check CHECK (stage IN ('plan', 'actual')),
        CONSTRAINT cost_item_month_check CHECK (date_trunc('month', month) = month),
        CONSTRAINT cost_item_batch_row_key UNIQUE (batch, row),
        CONSTRAINT cost_item_cost_centre_fkey FOREIGN KEY(cost_centre) REFERENCES cost_centre (key)
    );
    CREATE INDEX cost_item_month_idx ON cost_item (month);
    CREATE TABLE settlement (
        id bigint GENERATED ALWAYS AS IDENTITY,
        kind text NOT NULL,
        period daterange NOT NULL,
        instalment smallint,
        state text NOT NULL,
        shadow boolean DEFAULT false NOT NULL,
        inputs jsonb NOT NULL,
        result jsonb NOT NULL,
        result_hash bytea NOT NULL,
        reverses bigint,
        reason text DEFAULT '' NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        checked_at timestamptz,
        checked_by text,
        released_at timestamptz,
        released_by text,
        sent_at timestamptz,
        final_at timestamptz,
        CONSTRAINT settlement_pkey PRIMARY KEY (id),
        CONSTRAINT settlement_kind_check CHECK (kind IN ('advance', 'annual', 'period', 'reversal')),
        CONSTRAINT settlement_state_check CHECK (
            state IN ('draft', 'checked', 'released', 'sent', 'objected', 'final', 'withdrawn')
        ),
        CONSTRAINT settlement_four_eyes_check CHECK (checked_by <> released_by),
        CONSTRAINT settlement_reverses_check CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
        CONSTRAINT settlement_reverses_key UNIQUE (reverses),
        CONSTRAINT settlement_reverses_fkey FOREIGN KEY(reverses) REFERENCES settlement (id)
    );
    CREATE TABLE settlement_share (
        settlement_id bigint NOT NULL,
        partner text NOT NULL,
        cents bigint NOT NULL,
        advances_cents bigint DEFAULT 0 NOT NULL,
        due_cents bigint NOT NULL,
        by_treatment jsonb NOT NULL,
        due_on date,
        state text NOT NULL,
        objection text,
        objected_at timestamptz,
        objected_by text,
        decision text,
        decided_at timestamptz,
        decided_by text,
        CONSTRAINT settlement_share_pkey PRIMARY KEY (settlement_id, partner),
        CONSTRAINT settlement_share_state_check CHECK (
            state IN ('open', 'objected', 'accepted', 'rejected', 'final')
        ),
        CONSTRAINT settlement_share_settlement_id_fkey FOREIGN KEY(settlement_id)
            REFERENCES settlement (id) ON DELETE CASCADE,
        CONSTRAINT settlement_share_partner_fkey FOREIGN KEY(partner) REFERENCES partner (key)
    );
    CREATE TABLE ledger_entry (
        id bigint GENERATED ALWAYS AS IDENTITY,
        booked_on date NOT NULL,
        kind text NOT NULL,
        settlement_id bigint,
        text text NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        CONSTRAINT ledger_entry_pkey PRIMARY KEY (id),
        CONSTRAINT ledger_entry_settlement_id_fkey FOREIGN KEY(settlement_id) REFERENCES settlement (id)
    );
    CREATE INDEX ledger_entry_settlement_id_idx ON ledger_entry (settlement_id);
    CREATE TABLE ledger_line (
        entry_id bigint NOT NULL,
        no smallint NOT NULL,
        account text NOT NULL,
        cents bigint NOT NULL,
        CONSTRAINT ledger_line_pkey PRIMARY KEY (entry_id, no),
        CONSTRAINT ledger_line_cents_check CHECK (cents <> 0),
        CONSTRAINT ledger_line_entry_id_fkey FOREIGN KEY(entry_id) REFERENCES ledger_entry (id)
    );
    CREATE INDEX ledger_line_account_idx ON ledger_line (account);
    CREATE TABLE document (
        id bigint GENERATED ALWAYS AS IDENTITY,
        series text NOT NULL,
        number integer NOT NULL,
        kind text NOT NULL,
        partner text NOT NULL,
        period daterange NOT NULL,
        settlement_id bigint,
        corrects bigint,
        treatment text,
        cents bigint NOT NULL,
        content jsonb NOT NULL,
        pdf bytea,
        xml bytea,
        sha256 bytea,
        issued_on date NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        voided_at timestamptz,
        voided_by text,
        void_reason text,
        CONSTRAINT document_pkey PRIMARY KEY (id),
        CONSTRAINT document_series_number_key UNIQUE (series, number),
        CONSTRAINT document_kind_check CHECK (kind IN ('statement', 'advance', 'invoice', 'correction')),
        CONSTRAINT document_void_check CHECK (num_nulls(voided_at, voided_by, void_reason) IN (0, 3)),
        CONSTRAINT document_partner_fkey FOREIGN KEY(partner) REFERENCES partner (key),
        CONSTRAINT document_settlement_id_fkey FOREIGN KEY(settlement_id) REFERENCES settlement (id),
        CONSTRAINT document_corrects_fkey FOREIGN KEY(corrects) REFERENCES document (id)
    );
    CREATE INDEX document_partner_idx ON document (partner);
    CREATE INDEX document_settlement_id_idx ON document (settlement_id);
    CREATE TABLE export_layout (
        name text NOT NULL,
        layout jsonb NOT NULL,
        changed_at timestamptz NOT NULL,
        changed_by text NOT NULL,
        CONSTRAINT export_layout_pkey PRIMARY KEY (name)
    );
    CREATE TABLE export_run (
        id bigint GENERATED ALWAYS AS IDENTITY,
        layout text NOT NULL,
        documents integer NOT NULL,
        total_cents bigint NOT NULL,
        file_name text NOT NULL,
        content bytea NOT NULL,
        sha256 bytea NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        CONSTRAINT export_run_pkey PRIMARY KEY (id),
        CONSTRAINT export_run_layout_fkey FOREIGN KEY(layout) REFERENCES export_layout (name)
    );
    CREATE TABLE exported_document (
        document_id bigint NOT NULL,
        run_id bigint NOT NULL,
        CONSTRAINT exported_document_pkey PRIMARY KEY (document_id),
        CONSTRAINT exported_document_document_id_fkey FOREIGN KEY(document_id) REFERENCES document (id),
        CONSTRAINT exported_document_run_id_fkey FOREIGN KEY(run_id) REFERENCES export_run (id)
    );
    CREATE INDEX exported_document_run_id_idx ON exported_document (run_id);
    CREATE TABLE questionnaire (
        id bigint GENERATED ALWAYS AS IDENTITY,
        partner text NOT NULL,
        token_hash bytea NOT NULL,
        made_at timestamptz NOT NULL,
        made_by text NOT NULL,
        expires_at timestamptz NOT NULL,
        handed_in_at timestamptz,
        closed_at timestamptz,
        CONSTRAINT questionnaire_pkey PRIMARY KEY (id),
        CONSTRAINT questionnaire_partner_fkey FOREIGN KEY(partner) REFERENCES partner (key),
        CONSTRAINT questionnaire_token_hash_key UNIQUE (token_hash)
    );
    CREATE INDEX questionnaire_partner_idx ON questionnaire (partner);
    CREATE TABLE questionnaire_answer (
        questionnaire_id bigint NOT NULL,
        version integer NOT NULL,
        answers jsonb NOT NULL,
        saved_at timestamptz NOT NULL,
        CONSTRAINT questionnaire_answer_pkey PRIMARY KEY (questionnaire_id, version),
        CONSTRAINT questionnaire_answer_questionnaire_id_fkey FOREIGN KEY(questionnaire_id)
            REFERENCES questionnaire (id)
    );
"""

#: A ledger entry is as good as its sum: seen when the transaction ends, whoever wrote it.
BALANCED = """
    CREATE FUNCTION check_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT coalesce(sum(cents), 0) <> 0 FROM ledger_line WHERE entry_id = NEW.entry_id) THEN
            RAISE EXCEPTION 'ledger entry % does not sum to zero', NEW.entry_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_line DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION check_ledger_entry();
    REVOKE UPDATE, DELETE ON ledger_entry, ledger_line, cost_item, exported_document, questionnaire_answer FROM wfm_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(BALANCED)


def downgrade() -> None:
    op.execute(
        "DROP TABLE questionnaire_answer, questionnaire, exported_document, export_run, export_layout, document,"
        " ledger_line, ledger_entry, settlement_share, settlement, cost_item, cost_centre, party, agreement, terms"
    )
    op.execute("DROP FUNCTION check_ledger_entry")
