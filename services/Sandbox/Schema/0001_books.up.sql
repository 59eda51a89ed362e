-- The books of the acquirers that the Sandbox plays. Amounts are minor units.

CREATE TABLE authorizations (
    acquirer     text        NOT NULL,
    reference    text        NOT NULL,
    external_id  text        NOT NULL,
    merchant     text,
    amount       bigint      NOT NULL,
    currency     text,
    card         text,
    decline_code text,
    decline_kind text,
    captured     bigint      NOT NULL DEFAULT 0,
    closed       boolean     NOT NULL DEFAULT false,
    reversed_at  timestamptz,
    created_at   timestamptz NOT NULL,
    -- A reversal of a reference that was never seen writes the row itself, without an amount: the tombstone that refuses the authorization when it comes.
    tombstone    boolean     NOT NULL GENERATED ALWAYS AS (currency IS NULL) STORED,
    CONSTRAINT authorizations_pkey PRIMARY KEY (acquirer, reference),
    CONSTRAINT authorizations_external_id_key UNIQUE (external_id),
    CONSTRAINT authorizations_decline_whole CHECK ((decline_code IS NULL) = (decline_kind IS NULL)),
    CONSTRAINT authorizations_tombstone_empty CHECK (
        currency IS NOT NULL AND merchant IS NOT NULL AND card IS NOT NULL AND amount > 0
        OR currency IS NULL AND merchant IS NULL AND card IS NULL AND amount = 0 AND reversed_at IS NOT NULL),
    CONSTRAINT authorizations_captured_within_amount CHECK (captured BETWEEN 0 AND amount),
    CONSTRAINT authorizations_captured_only_while_held CHECK (captured = 0 OR decline_code IS NULL AND reversed_at IS NULL),
    CONSTRAINT authorizations_reversed_only_when_approved CHECK (reversed_at IS NULL OR decline_code IS NULL)
);

CREATE TABLE batches (
    acquirer    text        NOT NULL,
    batch_key   text        NOT NULL,
    digest      bytea       NOT NULL,
    currency    text        NOT NULL,
    items       integer     NOT NULL,
    amount      bigint      NOT NULL,
    accepted_at timestamptz NOT NULL,
    -- When the report exists; and when its late lines do, which is known only after the report was read.
    report_at   timestamptz NOT NULL,
    late_at     timestamptz,
    CONSTRAINT batches_pkey PRIMARY KEY (acquirer, batch_key),
    CONSTRAINT batches_items_positive CHECK (items > 0),
    CONSTRAINT batches_amount_positive CHECK (amount > 0)
);

CREATE TABLE captures (
    acquirer         text        NOT NULL,
    reference        text        NOT NULL,
    authorization_id text        NOT NULL,
    amount           bigint      NOT NULL,
    final            boolean     NOT NULL,
    external_id      text,
    refusal          text,
    batch_key        text,
    created_at       timestamptz NOT NULL,
    -- A refused capture may name an authorization that doesn't exist; one that was taken never does.
    holds            text        GENERATED ALWAYS AS (CASE WHEN refusal IS NULL THEN authorization_id END) STORED,
    CONSTRAINT captures_pkey PRIMARY KEY (acquirer, reference),
    CONSTRAINT captures_external_id_key UNIQUE (external_id),
    CONSTRAINT captures_amount_positive CHECK (amount > 0),
    CONSTRAINT captures_taken_or_refused CHECK ((external_id IS NULL) = (refusal IS NOT NULL)),
    CONSTRAINT captures_batched_only_when_taken CHECK (batch_key IS NULL OR refusal IS NULL),
    CONSTRAINT captures_authorization_fkey FOREIGN KEY (holds) REFERENCES authorizations (external_id),
    CONSTRAINT captures_batch_fkey FOREIGN KEY (acquirer, batch_key) REFERENCES batches (acquirer, batch_key)
);
CREATE INDEX captures_authorization_idx ON captures (holds);

CREATE TABLE report_lines (
    acquirer    text    NOT NULL,
    batch_key   text    NOT NULL,
    line        integer NOT NULL,
    -- 1: the report; 2: the deposit of the lines that come late.
    deposit     integer NOT NULL,
    item_id     text    NOT NULL,
    external_id text    NOT NULL,
    amount      bigint  NOT NULL,
    charge      bigint  NOT NULL,
    status      text    NOT NULL,
    CONSTRAINT report_lines_pkey PRIMARY KEY (acquirer, batch_key, line),
    CONSTRAINT report_lines_batch_fkey FOREIGN KEY (acquirer, batch_key) REFERENCES batches (acquirer, batch_key),
    CONSTRAINT report_lines_line_positive CHECK (line > 0),
    CONSTRAINT report_lines_deposit_known CHECK (deposit IN (1, 2)),
    CONSTRAINT report_lines_status_known CHECK (status IN ('settled', 'rejected')),
    CONSTRAINT report_lines_charge_within_amount CHECK (amount > 0 AND charge BETWEEN 0 AND amount),
    CONSTRAINT report_lines_rejected_uncharged CHECK (status = 'settled' OR charge = 0)
);
CREATE INDEX report_lines_external_id_idx ON report_lines (external_id);

CREATE TABLE chaos (
    acquirer text  NOT NULL,
    settings jsonb NOT NULL,
    CONSTRAINT chaos_pkey PRIMARY KEY (acquirer)
);

GRANT SELECT, INSERT, UPDATE ON authorizations, batches, captures, chaos TO ${role};
GRANT SELECT, INSERT ON report_lines TO ${role};
