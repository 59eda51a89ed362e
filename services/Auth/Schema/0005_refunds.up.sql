-- Refunds. One that takes a whole capture back names it: while the capture isn't on its way to settlement it is voided instead.
ALTER TABLE operations DROP CONSTRAINT operations_kind_known;
ALTER TABLE operations ADD CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'expire', 'refund'));
ALTER TABLE operations ADD COLUMN capture_id uuid;
ALTER TABLE operations ADD COLUMN voids_capture boolean NOT NULL DEFAULT false;
ALTER TABLE operations ADD CONSTRAINT operations_capture_known FOREIGN KEY (capture_id) REFERENCES operations (id);
ALTER TABLE operations ADD CONSTRAINT operations_capture_of_refund CHECK ((capture_id IS NULL OR kind = 'refund') AND (capture_id IS NOT NULL OR NOT voids_capture));
CREATE UNIQUE INDEX operations_one_refund_of_capture ON operations (capture_id) WHERE capture_id IS NOT NULL AND state IN ('pending', 'succeeded');

ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_kind_known;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_kind_known CHECK (kind IN ('payment.create', 'payment.capture', 'payment.void', 'payment.refund'));
