DROP INDEX webhook_endpoints_of_key;
DROP INDEX tokens_of_key;
DELETE FROM tokens WHERE type = 'bank_account';
ALTER TABLE tokens
    DROP CONSTRAINT tokens_card_or_account,
    DROP COLUMN type,
    DROP COLUMN routing,
    DROP COLUMN holder_type,
    DROP COLUMN account,
    ALTER COLUMN brand SET NOT NULL,
    ALTER COLUMN bin SET NOT NULL,
    ALTER COLUMN exp_month SET NOT NULL,
    ALTER COLUMN exp_year SET NOT NULL,
    ALTER COLUMN pan SET NOT NULL;
