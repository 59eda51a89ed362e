ALTER TABLE idempotency_keys RESET (fillfactor);
CREATE INDEX idempotency_keys_unfinished ON idempotency_keys (created_at) WHERE finished_at IS NULL;
DROP TABLE accepted_payments;
