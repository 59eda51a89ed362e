ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_kind_known;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_kind_known CHECK (kind IN ('payment.create', 'payment.capture', 'payment.void'));

DROP INDEX operations_one_refund_of_capture;
ALTER TABLE operations DROP CONSTRAINT operations_capture_of_refund;
ALTER TABLE operations DROP CONSTRAINT operations_capture_known;
ALTER TABLE operations DROP COLUMN voids_capture;
ALTER TABLE operations DROP COLUMN capture_id;
ALTER TABLE operations DROP CONSTRAINT operations_kind_known;
ALTER TABLE operations ADD CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'expire'));
