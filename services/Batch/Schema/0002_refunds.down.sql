DROP TABLE withdrawals;
ALTER TABLE batches
    DROP CONSTRAINT batches_never_oversettled,
    DROP CONSTRAINT batches_totals,
    DROP CONSTRAINT batches_not_empty,
    DROP COLUMN amount_refunded,
    DROP COLUMN amount_refunded_settled,
    ADD CONSTRAINT batches_not_empty CHECK (items > 0 AND amount > 0),
    ADD CONSTRAINT batches_totals CHECK (deposits >= 0 AND lines >= 0 AND gross >= 0 AND charge >= 0),
    ADD CONSTRAINT batches_never_oversettled CHECK (items_settled BETWEEN 0 AND items AND amount_settled BETWEEN 0 AND amount);
ALTER TABLE items
    DROP CONSTRAINT items_amounts,
    DROP CONSTRAINT items_sealed_has_batch,
    DROP CONSTRAINT items_withdrawn_is_capture,
    DROP CONSTRAINT items_state_known,
    DROP COLUMN kind,
    ADD CONSTRAINT items_state_known CHECK (state IN ('open', 'sealed', 'settled', 'short', 'missing', 'rejected')),
    ADD CONSTRAINT items_sealed_has_batch CHECK ((state = 'open') = (batch_id IS NULL)),
    ADD CONSTRAINT items_amounts CHECK (amount > 0 AND fee >= 0 AND amount_settled BETWEEN 0 AND amount);
ALTER TABLE items RENAME CONSTRAINT items_one_per_operation TO items_one_per_capture;
ALTER TABLE items RENAME COLUMN occurred_at TO captured_at;
ALTER TABLE items RENAME COLUMN operation_id TO capture_id;
