-- Money goes back: a refund takes it from what was captured, a capture's void undoes the capture before a batch has it. In a batch a refund's amount is below zero.

ALTER TABLE authorizations
    ADD COLUMN voided   bigint NOT NULL DEFAULT 0,   -- of what was captured
    ADD COLUMN refunded bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT authorizations_captured_only_while_held,
    ADD CONSTRAINT authorizations_captured_only_while_held CHECK (captured = voided OR decline_code IS NULL AND reversed_at IS NULL),
    ADD CONSTRAINT authorizations_voided_within_captured CHECK (voided BETWEEN 0 AND captured),
    ADD CONSTRAINT authorizations_refunded_within_captured CHECK (refunded BETWEEN 0 AND captured - voided);

ALTER TABLE captures
    ADD COLUMN voided_at timestamptz,
    ADD CONSTRAINT captures_voided_or_batched CHECK (voided_at IS NULL OR batch_key IS NULL AND refusal IS NULL);

CREATE TABLE capture_voids (
    acquirer    text        NOT NULL,
    reference   text        NOT NULL,
    capture_id  text        NOT NULL,
    external_id text,
    refusal     text,
    created_at  timestamptz NOT NULL,
    -- A refused void may name a capture that doesn't exist or was voided by another; one that was taken never does.
    voids       text        GENERATED ALWAYS AS (CASE WHEN refusal IS NULL THEN capture_id END) STORED,
    CONSTRAINT capture_voids_pkey PRIMARY KEY (acquirer, reference),
    CONSTRAINT capture_voids_external_id_key UNIQUE (external_id),
    CONSTRAINT capture_voids_taken_or_refused CHECK ((external_id IS NULL) = (refusal IS NOT NULL)),
    CONSTRAINT capture_voids_once UNIQUE (voids),
    CONSTRAINT capture_voids_capture_fkey FOREIGN KEY (voids) REFERENCES captures (external_id)
);

CREATE TABLE refunds (
    acquirer         text        NOT NULL,
    reference        text        NOT NULL,
    authorization_id text        NOT NULL,
    amount           bigint      NOT NULL,
    external_id      text,
    refusal          text,
    batch_key        text,
    created_at       timestamptz NOT NULL,
    -- A refused refund may name an authorization that doesn't exist; one that was taken never does.
    returns          text        GENERATED ALWAYS AS (CASE WHEN refusal IS NULL THEN authorization_id END) STORED,
    CONSTRAINT refunds_pkey PRIMARY KEY (acquirer, reference),
    CONSTRAINT refunds_external_id_key UNIQUE (external_id),
    CONSTRAINT refunds_amount_positive CHECK (amount > 0),
    CONSTRAINT refunds_taken_or_refused CHECK ((external_id IS NULL) = (refusal IS NOT NULL)),
    CONSTRAINT refunds_batched_only_when_taken CHECK (batch_key IS NULL OR refusal IS NULL),
    CONSTRAINT refunds_authorization_fkey FOREIGN KEY (returns) REFERENCES authorizations (external_id),
    CONSTRAINT refunds_batch_fkey FOREIGN KEY (acquirer, batch_key) REFERENCES batches (acquirer, batch_key)
);
CREATE INDEX refunds_authorization_idx ON refunds (returns);

-- Refunds may come to more than the captures beside them; nothing is charged for them.
ALTER TABLE batches DROP CONSTRAINT batches_amount_positive;
ALTER TABLE report_lines
    DROP CONSTRAINT report_lines_charge_within_amount,
    ADD CONSTRAINT report_lines_charge_within_amount CHECK (amount <> 0 AND charge BETWEEN 0 AND greatest(amount, 0));

GRANT SELECT, INSERT ON capture_voids TO ${role};
GRANT SELECT, INSERT, UPDATE ON refunds TO ${role};
