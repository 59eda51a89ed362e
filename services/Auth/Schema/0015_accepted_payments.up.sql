-- Payments that were accepted and are not begun: what the sweep looks through. A row comes with the key of a request that nobody waits for, and goes with the
-- transaction that writes the payment.
CREATE TABLE accepted_payments (
    payment_id  uuid PRIMARY KEY,
    accepted_at timestamptz NOT NULL
);
CREATE INDEX accepted_payments_in_order ON accepted_payments (accepted_at);

INSERT INTO accepted_payments (payment_id, accepted_at)
SELECT k.payment_id, k.created_at FROM idempotency_keys k
WHERE k.finished_at IS NULL AND k.kind = 'payment.create' AND NOT EXISTS (SELECT FROM payments p WHERE p.id = k.payment_id);

-- No index knows of the answer any more, and a page has room for it: adding it to its key touches no index.
DROP INDEX idempotency_keys_unfinished;
ALTER TABLE idempotency_keys SET (fillfactor = 50);

GRANT SELECT, INSERT, DELETE ON accepted_payments TO ${role};
