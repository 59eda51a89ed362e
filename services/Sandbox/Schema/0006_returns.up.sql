-- The R-code with which the payer's bank takes a debit back, as its account is made to; of cards null.
ALTER TABLE authorizations ADD COLUMN returns_with text;

-- Debits that the payers' banks take back: decided with their batch, told in the feed of notices when their day has come.
CREATE TABLE returns (
    acquirer        text        NOT NULL,
    external_id     text        NOT NULL,
    capture_id      text        NOT NULL,
    amount          bigint      NOT NULL,
    currency        text        NOT NULL,
    reason          text        NOT NULL,
    -- Null when the debit was never settled: then nothing is taken from our bank account.
    debit_reference text,
    due_at          timestamptz NOT NULL,
    told_at         timestamptz,
    CONSTRAINT returns_pkey PRIMARY KEY (external_id),
    CONSTRAINT returns_once UNIQUE (capture_id),
    CONSTRAINT returns_capture_fkey FOREIGN KEY (capture_id) REFERENCES captures (external_id),
    CONSTRAINT returns_amount_positive CHECK (amount > 0),
    CONSTRAINT returns_told_when_due CHECK (told_at >= due_at)
);
CREATE INDEX returns_due ON returns (acquirer, due_at) WHERE told_at IS NULL;

GRANT SELECT, INSERT ON returns TO ${role};
GRANT UPDATE (told_at) ON returns TO ${role};
