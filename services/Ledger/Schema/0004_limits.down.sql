DROP TABLE transfer_expiries;
ALTER TABLE transfers DROP COLUMN expires_at;
DROP TABLE account_changes;
ALTER TABLE accounts
    DROP CONSTRAINT accounts_version_not_negative,
    ADD CONSTRAINT accounts_opened_by_a_transfer CHECK (version >= 1),
    DROP COLUMN ceiling,
    DROP COLUMN overdraft,
    DROP COLUMN state;
