DROP TABLE history;
DROP FUNCTION history_is_append_only();
DROP TABLE attempts;
DROP TABLE operations;
DROP TABLE payments;
DROP TABLE idempotency_keys;
