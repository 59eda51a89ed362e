-- Refunds are matched beside captures. Amounts are signed as they move the deposit: those of refunds are below zero, and so may a deposit be.

ALTER TABLE records RENAME COLUMN capture_id TO operation_id;
ALTER TABLE records
    ADD COLUMN kind text NOT NULL DEFAULT 'capture',
    DROP CONSTRAINT records_never_oversettled,
    ADD CONSTRAINT records_never_oversettled CHECK (CASE kind
        WHEN 'capture' THEN expected > 0 AND settled BETWEEN 0 AND expected
        WHEN 'refund'  THEN expected < 0 AND settled BETWEEN expected AND 0
        ELSE false END),
    DROP CONSTRAINT records_fee,
    ADD CONSTRAINT records_fee CHECK (fee = 0 OR fee > 0 AND kind = 'capture'),
    DROP CONSTRAINT records_state_is_amounts,
    ADD CONSTRAINT records_state_is_amounts CHECK (
        (state = 'matched') = (settled = expected) AND (state = 'short') = (settled <> 0 AND settled <> expected));

ALTER TABLE lines
    DROP CONSTRAINT lines_outcome_known,
    ADD CONSTRAINT lines_outcome_known CHECK (outcome IN ('settles', 'settles_short', 'settles_over', 'duplicate', 'opposite', 'rejected', 'missing_here')),
    DROP CONSTRAINT lines_explained,
    ADD CONSTRAINT lines_explained CHECK (
        settled + unexplained = CASE outcome WHEN 'rejected' THEN 0 ELSE amount END
        AND sign(settled) IN (0, sign(amount)) AND sign(unexplained) IN (0, sign(amount)));

ALTER TABLE deposits
    DROP CONSTRAINT deposits_amounts,
    ADD CONSTRAINT deposits_amounts CHECK (charge >= 0);
