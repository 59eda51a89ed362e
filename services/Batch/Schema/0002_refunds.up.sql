-- Refunds are settled beside captures. An item's amount is signed as it moves the deposit: a refund's is below zero, and so may the sum of a batch be.

ALTER TABLE items RENAME COLUMN capture_id TO operation_id;
ALTER TABLE items RENAME COLUMN captured_at TO occurred_at;
ALTER TABLE items RENAME CONSTRAINT items_one_per_capture TO items_one_per_operation;
ALTER TABLE items
    ADD COLUMN kind text NOT NULL DEFAULT 'capture',
    ADD CONSTRAINT items_kind_known CHECK (kind IN ('capture', 'refund')),
    DROP CONSTRAINT items_state_known,
    ADD CONSTRAINT items_state_known CHECK (state IN ('open', 'withdrawn', 'sealed', 'settled', 'short', 'missing', 'rejected')),
    ADD CONSTRAINT items_withdrawn_is_capture CHECK (state <> 'withdrawn' OR kind = 'capture'),
    DROP CONSTRAINT items_sealed_has_batch,
    ADD CONSTRAINT items_sealed_has_batch CHECK ((state IN ('open', 'withdrawn')) = (batch_id IS NULL)),
    DROP CONSTRAINT items_amounts,
    ADD CONSTRAINT items_amounts CHECK (CASE kind
        WHEN 'capture' THEN amount > 0 AND fee >= 0 AND amount_settled BETWEEN 0 AND amount
        WHEN 'refund' THEN amount < 0 AND fee = 0 AND amount_settled BETWEEN amount AND 0 END);

ALTER TABLE batches
    -- Σ of its refunds, and what was settled of them, above zero; amount and amount_settled are what is captured less these.
    ADD COLUMN amount_refunded          bigint NOT NULL DEFAULT 0,
    ADD COLUMN amount_refunded_settled  bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT batches_not_empty,
    ADD CONSTRAINT batches_not_empty CHECK (items > 0),
    DROP CONSTRAINT batches_totals,
    ADD CONSTRAINT batches_totals CHECK (deposits >= 0 AND lines >= 0 AND charge >= 0),
    DROP CONSTRAINT batches_never_oversettled,
    ADD CONSTRAINT batches_never_oversettled CHECK (
        items_settled BETWEEN 0 AND items
        AND amount_refunded_settled BETWEEN 0 AND amount_refunded
        AND amount_settled + amount_refunded_settled BETWEEN 0 AND amount + amount_refunded);

-- What a refund was answered when it asked for its capture's item. Kept for good: a question that was long under way gets the answer that was given.
CREATE TABLE withdrawals (
    refund_id   uuid        PRIMARY KEY,
    slot        smallint    NOT NULL,
    capture_id  uuid        NOT NULL,
    -- returned: the refund failed; the item is settled after all, and this refund never gets it again.
    state       text        NOT NULL,
    decided_at  timestamptz NOT NULL,
    CONSTRAINT withdrawals_state_known CHECK (state IN ('withdrawn', 'refused', 'returned'))
);

-- The item may not have come yet: then this row is all there is.
CREATE UNIQUE INDEX withdrawals_one_per_capture ON withdrawals (capture_id) WHERE state = 'withdrawn';

GRANT UPDATE (amount_refunded_settled) ON batches TO ${role};
GRANT SELECT, INSERT ON withdrawals TO ${role};
GRANT UPDATE (state) ON withdrawals TO ${role};
