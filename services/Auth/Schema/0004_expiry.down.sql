DROP INDEX operations_one_expiry;
UPDATE operations SET kind = 'void' WHERE kind = 'expire';
ALTER TABLE operations DROP CONSTRAINT operations_kind_known;
ALTER TABLE operations ADD CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void'));
UPDATE payments SET due_at = NULL WHERE lease_owner IS NULL AND due_at = expires_at;
