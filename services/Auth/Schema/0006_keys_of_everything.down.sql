DELETE FROM idempotency_keys WHERE payment_id IS NULL;
DROP INDEX idempotency_keys_resource_unique;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_resource_unique UNIQUE (resource_id);
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_payment_named;
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_kind_named;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_kind_known CHECK (kind IN ('payment.create', 'payment.capture', 'payment.void', 'payment.refund'));
ALTER TABLE idempotency_keys ALTER COLUMN payment_id SET NOT NULL;
