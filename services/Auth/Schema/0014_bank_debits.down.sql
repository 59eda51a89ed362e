ALTER TABLE tokens DROP COLUMN holder_name, DROP COLUMN account_type;
ALTER TABLE payments DROP COLUMN bank_account;
ALTER TABLE payments ALTER COLUMN card SET NOT NULL;
