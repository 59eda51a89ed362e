-- Refused by the old constraints while there is a return or a bank debit: payments are never dropped.
DROP INDEX operations_one_return_of_capture;
DROP INDEX operations_one_refund_of_capture;
CREATE UNIQUE INDEX operations_one_refund_of_capture ON operations (capture_id) WHERE capture_id IS NOT NULL AND state IN ('pending', 'succeeded');
ALTER TABLE operations DROP CONSTRAINT operations_capture_of_refund;
ALTER TABLE operations ADD CONSTRAINT operations_capture_of_refund CHECK ((capture_id IS NULL OR kind = 'refund') AND (capture_id IS NOT NULL OR NOT voids_capture));
ALTER TABLE operations DROP CONSTRAINT operations_kind_known;
ALTER TABLE operations ADD CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'expire', 'refund'));
ALTER TABLE payments ALTER COLUMN card SET NOT NULL;
ALTER TABLE payments DROP COLUMN returned, DROP COLUMN bank_account;
ALTER TABLE tokens DROP COLUMN holder_name, DROP COLUMN account_type;
