ALTER TABLE attempts DROP COLUMN decline_code, DROP COLUMN decline_kind;
