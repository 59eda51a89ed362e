DROP FUNCTION audit_faults();
DROP TABLE audit CASCADE;
DROP FUNCTION audit_link();
DROP FUNCTION audit_is_append_only();
DROP INDEX idempotency_keys_onboarded_once;
DELETE FROM idempotency_keys WHERE mode = 0;
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_mode_known;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_mode_known CHECK (mode IN (1, 2));
UPDATE api_keys SET revoked_at = expires_at WHERE revoked_at IS NULL AND expires_at IS NOT NULL;   -- rather too early than never
ALTER TABLE api_keys DROP COLUMN name, DROP COLUMN expires_at, DROP COLUMN replaced_by, DROP COLUMN last_used_at, DROP COLUMN changed_at;
ALTER TABLE merchants DROP COLUMN country, DROP COLUMN home_region, DROP COLUMN cutoff, DROP COLUMN version, DROP COLUMN changed_at;
