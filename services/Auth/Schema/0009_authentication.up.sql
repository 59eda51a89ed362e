-- Drafts are judged when they are confirmed; 3-D Secure comes between the judgement and the acquirer.
ALTER TABLE payments ALTER COLUMN risk DROP NOT NULL;
ALTER TABLE payments ADD COLUMN authentication jsonb;
ALTER TABLE payments ADD CONSTRAINT payments_judged_before_authorized CHECK (authorized = 0 OR risk IS NOT NULL);
