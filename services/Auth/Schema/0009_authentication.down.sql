ALTER TABLE payments DROP CONSTRAINT payments_judged_before_authorized;
ALTER TABLE payments DROP COLUMN authentication;
ALTER TABLE payments ALTER COLUMN risk SET NOT NULL;
