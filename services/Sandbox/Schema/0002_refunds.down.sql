ALTER TABLE report_lines
    DROP CONSTRAINT report_lines_charge_within_amount,
    ADD CONSTRAINT report_lines_charge_within_amount CHECK (amount > 0 AND charge BETWEEN 0 AND amount);
ALTER TABLE batches ADD CONSTRAINT batches_amount_positive CHECK (amount > 0);
DROP TABLE refunds, capture_voids;
ALTER TABLE captures DROP COLUMN voided_at;
ALTER TABLE authorizations
    DROP CONSTRAINT authorizations_captured_only_while_held,
    DROP COLUMN voided,
    DROP COLUMN refunded,
    ADD CONSTRAINT authorizations_captured_only_while_held CHECK (captured = 0 OR decline_code IS NULL AND reversed_at IS NULL);
