ALTER TABLE deposits
    DROP CONSTRAINT deposits_amounts,
    ADD CONSTRAINT deposits_amounts CHECK (gross >= 0 AND charge >= 0 AND settled >= 0 AND unexplained >= 0);
ALTER TABLE lines
    DROP CONSTRAINT lines_explained,
    ADD CONSTRAINT lines_explained CHECK (settled >= 0 AND unexplained >= 0 AND settled + unexplained = CASE outcome WHEN 'rejected' THEN 0 ELSE amount END),
    DROP CONSTRAINT lines_outcome_known,
    ADD CONSTRAINT lines_outcome_known CHECK (outcome IN ('settles', 'settles_short', 'settles_over', 'duplicate', 'rejected', 'missing_here'));
ALTER TABLE records
    DROP CONSTRAINT records_state_is_amounts,
    DROP CONSTRAINT records_fee,
    DROP CONSTRAINT records_never_oversettled,
    DROP COLUMN kind,
    ADD CONSTRAINT records_never_oversettled CHECK (expected > 0 AND settled BETWEEN 0 AND expected),
    ADD CONSTRAINT records_fee CHECK (fee >= 0),
    ADD CONSTRAINT records_state_is_amounts CHECK ((state = 'matched') = (settled = expected) AND (state = 'short') = (settled > 0 AND settled < expected));
ALTER TABLE records RENAME COLUMN operation_id TO capture_id;
