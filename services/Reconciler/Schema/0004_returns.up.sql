-- Debits that payers' banks took back. One that was never settled stays so: nothing is paid for it any more.
CREATE TABLE returns (
    item_id         uuid        PRIMARY KEY REFERENCES records (item_id),
    -- The return as an operation of its payment.
    operation_id    uuid        NOT NULL,
    acquirer        text        NOT NULL,
    -- The acquirer's id of it.
    external_id     text        NOT NULL,
    currency        text        NOT NULL,
    amount          bigint      NOT NULL,
    -- NACHA's R-code.
    reason          text        NOT NULL,
    -- Null when nothing was taken from our bank account.
    debit_reference text,
    returned_at     timestamptz NOT NULL,
    CONSTRAINT returns_operation_unique UNIQUE (operation_id),
    CONSTRAINT returns_external_id_unique UNIQUE (acquirer, external_id),
    CONSTRAINT returns_amount_positive CHECK (amount > 0)
);

ALTER TABLE records
    DROP CONSTRAINT records_state_known,
    ADD CONSTRAINT records_state_known CHECK (state IN ('expected', 'matched', 'short', 'missing', 'rejected', 'returned')),
    ADD CONSTRAINT records_returned_unsettled CHECK (state <> 'returned' OR settled = 0);

GRANT SELECT, INSERT ON returns TO ${role};
