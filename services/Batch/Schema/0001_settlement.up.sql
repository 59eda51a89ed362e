-- What is captured waits here as an item until a batch takes it to the acquirer; the acquirer's report comes back as lines.

CREATE TABLE batches (
    id                uuid        PRIMARY KEY,
    slot              smallint    NOT NULL,
    merchant_id       uuid        NOT NULL,
    mode              smallint    NOT NULL,
    acquirer          text        NOT NULL,
    currency          text        NOT NULL,
    settlement_date   date        NOT NULL,
    ordinal           integer     NOT NULL,
    state             text        NOT NULL DEFAULT 'prepared',
    items             integer     NOT NULL,
    amount            bigint      NOT NULL,
    file              text        NOT NULL,
    sealed_at         timestamptz NOT NULL,
    -- Nobody touches the batch before this time: a pause, or a worker's claim. Null: there is nothing left to do, or it waits for people.
    next_step_at      timestamptz,
    attempts          integer     NOT NULL DEFAULT 0,
    last_problem      text,
    completed_at      timestamptz,
    -- What the acquirer's deposits have paid so far.
    deposits          integer     NOT NULL DEFAULT 0,
    lines             integer     NOT NULL DEFAULT 0,
    gross             bigint      NOT NULL DEFAULT 0,
    charge            bigint      NOT NULL DEFAULT 0,
    items_settled     integer     NOT NULL DEFAULT 0,
    amount_settled    bigint      NOT NULL DEFAULT 0,
    -- Of the batch's last event.
    sequence          bigint      NOT NULL DEFAULT 0,
    CONSTRAINT batches_one_per_day_and_ordinal UNIQUE (merchant_id, mode, acquirer, currency, settlement_date, ordinal),
    CONSTRAINT batches_state_known CHECK (state IN ('prepared', 'submitted', 'accepted', 'partially_settled', 'settled', 'failed')),
    CONSTRAINT batches_not_empty CHECK (items > 0 AND amount > 0),
    CONSTRAINT batches_totals CHECK (deposits >= 0 AND lines >= 0 AND gross >= 0 AND charge >= 0),
    CONSTRAINT batches_never_oversettled CHECK (items_settled BETWEEN 0 AND items AND amount_settled BETWEEN 0 AND amount)
);

CREATE INDEX batches_due ON batches (next_step_at) WHERE next_step_at IS NOT NULL;
CREATE INDEX batches_by_date ON batches (merchant_id, settlement_date);

CREATE TABLE items (
    id                uuid        PRIMARY KEY,
    slot              smallint    NOT NULL,
    batch_id          uuid        REFERENCES batches (id),
    payment_id        uuid        NOT NULL,
    capture_id        uuid        NOT NULL,
    merchant_id       uuid        NOT NULL,
    mode              smallint    NOT NULL,
    acquirer          text        NOT NULL,
    currency          text        NOT NULL,
    amount            bigint      NOT NULL,
    fee               bigint      NOT NULL,
    external_id       text        NOT NULL,
    captured_at       timestamptz NOT NULL,
    settlement_date   date        NOT NULL,
    cutoff_at         timestamptz NOT NULL,
    state             text        NOT NULL DEFAULT 'open',
    amount_settled    bigint      NOT NULL DEFAULT 0,
    CONSTRAINT items_one_per_capture UNIQUE (capture_id),
    CONSTRAINT items_state_known CHECK (state IN ('open', 'sealed', 'settled', 'short', 'missing', 'rejected')),
    CONSTRAINT items_sealed_has_batch CHECK ((state = 'open') = (batch_id IS NULL)),
    CONSTRAINT items_amounts CHECK (amount > 0 AND fee >= 0 AND amount_settled BETWEEN 0 AND amount)
);

CREATE INDEX items_open ON items (merchant_id, mode, acquirer, currency, settlement_date, id) WHERE state = 'open';
CREATE INDEX items_open_by_cutoff ON items (cutoff_at) WHERE state = 'open';
CREATE INDEX items_by_batch ON items (batch_id);
CREATE INDEX items_by_payment ON items (payment_id);

CREATE TABLE report_lines (
    batch_id          uuid        NOT NULL REFERENCES batches (id),
    line_number       integer     NOT NULL,
    item_reference    text        NOT NULL,
    external_id       text        NOT NULL,
    amount            bigint      NOT NULL,
    status            text        NOT NULL,
    raw               text        NOT NULL,
    read_at           timestamptz NOT NULL,
    PRIMARY KEY (batch_id, line_number),
    CONSTRAINT report_lines_status_known CHECK (status IN ('settled', 'rejected'))
);

-- What was sealed stays where it is.
CREATE FUNCTION items_stay_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Item % is sealed in batch % and stays there.', OLD.id, OLD.batch_id USING ERRCODE = 'restrict_violation', CONSTRAINT = 'items_stay_sealed';
END $$;
CREATE TRIGGER items_stay_sealed BEFORE UPDATE OF batch_id ON items
    FOR EACH ROW WHEN (OLD.batch_id IS NOT NULL AND NEW.batch_id IS DISTINCT FROM OLD.batch_id) EXECUTE FUNCTION items_stay_sealed();

-- A batch's file and amount, an item's facts, and a line that was read are never changed.
GRANT SELECT, INSERT ON batches, items, report_lines TO ${role};
GRANT UPDATE (state, next_step_at, attempts, last_problem, completed_at, deposits, lines, gross, charge, items_settled, amount_settled, sequence)
    ON batches TO ${role};
GRANT UPDATE (batch_id, state, amount_settled) ON items TO ${role};
