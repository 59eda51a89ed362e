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
