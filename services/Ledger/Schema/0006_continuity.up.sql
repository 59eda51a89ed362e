-- How far payments and ledger agree, shard by shard. One process compares and writes it, in shard 0.
CREATE TABLE continuity (
    shard           integer     NOT NULL CONSTRAINT continuity_pkey PRIMARY KEY,
    agreed_until    timestamptz NOT NULL,
    checked_at      timestamptz NOT NULL,
    merchant_id     uuid,                    -- of here on: what was first different when it was checked last
    payment_id      uuid,
    mode            smallint,
    currency        text,
    kind            text,
    payments_amount bigint,
    ledger_amount   bigint,
    differs_at      timestamptz,
    differs_since   timestamptz,
    CONSTRAINT continuity_difference_whole CHECK (num_nulls(merchant_id, payment_id, mode, currency, kind, payments_amount, ledger_amount, differs_at, differs_since) IN (0, 9))
);

GRANT SELECT, INSERT, UPDATE ON continuity TO ${role};

-- Transfers by when they take effect and by period: both grow about as the table does, so a few bytes per block are enough.
CREATE INDEX transfers_by_time ON transfers USING brin (effective_at, period) WITH (pages_per_range = 64, autosummarize = on);
