-- Payments are paid with cards or with bank accounts.
ALTER TABLE payments ADD COLUMN bank_account jsonb;
ALTER TABLE payments ALTER COLUMN card DROP NOT NULL;
ALTER TABLE payments ADD CONSTRAINT payments_card_or_account CHECK (num_nonnulls(card, bank_account) = 1);
ALTER TABLE payments ADD CONSTRAINT payments_accounts_in_dollars CHECK (bank_account IS NULL OR currency = 'USD');

-- What a bank asks for with a debit. Accounts that were kept before have neither, and can't be debited.
ALTER TABLE tokens
    ADD COLUMN account_type text,
    ADD COLUMN holder_name  bytea,
    ADD CONSTRAINT tokens_account_type_known CHECK (account_type IN ('checking', 'savings')),
    ADD CONSTRAINT tokens_holder_sealed CHECK (octet_length(holder_name) > 12 + 16),
    ADD CONSTRAINT tokens_account_whole CHECK (num_nonnulls(account_type, holder_name) IN (0, 2) AND (type = 'bank_account' OR account_type IS NULL));

-- A debit that the payer's bank took back, which is always all of it: a fact, which may come after refunds and together with them exceed what was captured.
ALTER TABLE payments ADD COLUMN returned bigint NOT NULL DEFAULT 0;
ALTER TABLE payments ADD CONSTRAINT payments_returned_whole CHECK (returned IN (0, captured) AND (returned = 0 OR bank_account IS NOT NULL));
ALTER TABLE operations DROP CONSTRAINT operations_kind_known;
ALTER TABLE operations ADD CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'expire', 'refund', 'return'));
ALTER TABLE operations DROP CONSTRAINT operations_capture_of_refund;
ALTER TABLE operations ADD CONSTRAINT operations_capture_of_refund CHECK (
    CASE kind WHEN 'refund' THEN capture_id IS NOT NULL OR NOT voids_capture WHEN 'return' THEN capture_id IS NOT NULL AND NOT voids_capture ELSE capture_id IS NULL AND NOT voids_capture END);
DROP INDEX operations_one_refund_of_capture;
CREATE UNIQUE INDEX operations_one_refund_of_capture ON operations (capture_id) WHERE kind = 'refund' AND capture_id IS NOT NULL AND state IN ('pending', 'succeeded');
CREATE UNIQUE INDEX operations_one_return_of_capture ON operations (capture_id) WHERE kind = 'return';
