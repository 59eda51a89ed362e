-- Requests that make something else than a payment have idempotency keys too. Each of those is carried out by one transaction, and no payment belongs to it.
ALTER TABLE idempotency_keys ALTER COLUMN payment_id DROP NOT NULL;
-- Which kinds there are is Auth's own table; the database holds that the executor's are told apart from the others.
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_kind_known;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_kind_named CHECK (kind ~ '^[a-z_]+\.[a-z_]+$');
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_payment_named CHECK ((payment_id IS NOT NULL) = starts_with(kind, 'payment.'));
-- A payment or operation is made by one request. Other things may be asked of more than once: a key is rotated as often as one likes.
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_resource_unique;
CREATE UNIQUE INDEX idempotency_keys_resource_unique ON idempotency_keys (resource_id) WHERE payment_id IS NOT NULL;
