DROP TABLE disputes, notices, notice_cursors;
DROP INDEX records_by_external_id;
DELETE FROM exceptions WHERE kind = 'unexplained_notice';
ALTER TABLE exceptions
    DROP CONSTRAINT exceptions_of_a_batch,
    DROP CONSTRAINT exceptions_kind_known,
    ADD CONSTRAINT exceptions_kind_known CHECK (kind IN ('missing_there', 'missing_here', 'amount_mismatch', 'duplicate', 'rejected')),
    ALTER COLUMN merchant_id SET NOT NULL,
    ALTER COLUMN mode SET NOT NULL,
    ALTER COLUMN batch_id SET NOT NULL,
    ALTER COLUMN currency SET NOT NULL;
