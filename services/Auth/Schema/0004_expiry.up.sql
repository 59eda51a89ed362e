-- A hold that lapses is let go of by the platform itself, with an operation of its own kind.
ALTER TABLE operations DROP CONSTRAINT operations_kind_known;
ALTER TABLE operations ADD CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'expire'));
CREATE UNIQUE INDEX operations_one_expiry ON operations (payment_id) WHERE kind = 'expire' AND state IN ('pending', 'succeeded');

-- due_at of a payment at rest is when its hold lapses: the sweep needs no other index and no other query.
UPDATE payments SET due_at = expires_at
WHERE due_at IS NULL AND expires_at IS NOT NULL AND authorized - captured - capturing - released - releasing > 0;
