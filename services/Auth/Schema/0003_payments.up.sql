-- What became of each idempotency key. A row exists before anything is done for its request; the answer is added by the transaction that makes it true.
CREATE TABLE idempotency_keys (
    merchant_id     uuid NOT NULL,
    mode            smallint NOT NULL,
    key             text NOT NULL,
    -- SHA-256 of the canonical request.
    fingerprint     bytea NOT NULL,
    kind            text NOT NULL,
    -- What the request makes: a payment, or an operation of one.
    resource_id     uuid NOT NULL,
    payment_id      uuid NOT NULL,
    request         jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    response_status smallint,
    -- Text rather than jsonb: a replay is the first answer byte for byte.
    response_body   text,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (merchant_id, mode, key),
    CONSTRAINT idempotency_keys_resource_unique UNIQUE (resource_id),
    CONSTRAINT idempotency_keys_merchant_known FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT idempotency_keys_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_fingerprint_length CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_keys_kind_known CHECK (kind IN ('payment.create', 'payment.capture', 'payment.void')),
    CONSTRAINT idempotency_keys_answered_whole CHECK (num_nulls(finished_at, response_status, response_body) IN (0, 3))
);
-- Accepted and not finished: what the sweep looks through.
CREATE INDEX idempotency_keys_unfinished ON idempotency_keys (created_at) WHERE finished_at IS NULL;

-- Amounts are minor units of `currency`.
CREATE TABLE payments (
    id                    uuid PRIMARY KEY,
    merchant_id           uuid NOT NULL,
    mode                  smallint NOT NULL,
    currency              char(3) NOT NULL,
    amount                bigint NOT NULL,
    capture_automatically boolean NOT NULL,
    reference             text,
    metadata              jsonb NOT NULL,
    token_id              uuid NOT NULL,
    card                  jsonb NOT NULL,
    risk                  jsonb NOT NULL,
    idempotency_key       text NOT NULL,
    created_at            timestamptz NOT NULL,
    -- What follows changes, always by compare-and-set on version and lease_epoch.
    status                text NOT NULL,
    acquirer              text,
    external_id           text,
    decline_code          text,
    authorized            bigint NOT NULL DEFAULT 0,
    capturing             bigint NOT NULL DEFAULT 0,
    captured              bigint NOT NULL DEFAULT 0,
    releasing             bigint NOT NULL DEFAULT 0,
    released              bigint NOT NULL DEFAULT 0,
    settled               bigint NOT NULL DEFAULT 0,
    refunding             bigint NOT NULL DEFAULT 0,
    refunded              bigint NOT NULL DEFAULT 0,
    version               bigint NOT NULL,
    lease_owner           text,
    lease_epoch           bigint NOT NULL,
    -- When somebody else may take the payment up: the end of the lease while one runs it, the next try while none does, null when there is nothing to do.
    due_at                timestamptz,
    history_sequence      bigint NOT NULL,
    event_sequence        bigint NOT NULL,
    expires_at            timestamptz,
    updated_at            timestamptz NOT NULL,
    CONSTRAINT payments_merchant_known FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT payments_token_known FOREIGN KEY (token_id) REFERENCES tokens (id),
    CONSTRAINT payments_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT payments_amount_range CHECK (amount BETWEEN 1 AND 999999999999),
    CONSTRAINT payments_not_negative CHECK (least(authorized, capturing, captured, releasing, released, settled, refunding, refunded) >= 0),
    CONSTRAINT payments_authorized_whole CHECK (authorized IN (0, amount)),
    CONSTRAINT payments_captures_within_authorized CHECK (captured + capturing + released + releasing <= authorized),
    CONSTRAINT payments_refunds_within_captured CHECK (refunded + refunding <= captured),
    CONSTRAINT payments_settled_within_captured CHECK (settled <= captured),
    CONSTRAINT payments_lease_ends CHECK (lease_owner IS NULL OR due_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX payments_of_merchant ON payments (merchant_id, mode, id);
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;

-- What was asked of a payment, each with its amount. The row and its reserved amount are committed before an acquirer hears of it.
CREATE TABLE operations (
    id              uuid PRIMARY KEY,
    payment_id      uuid NOT NULL,
    -- 1, 2, 3 … per payment: the order in which they are carried out.
    number          smallint NOT NULL,
    kind            text NOT NULL,
    amount          bigint NOT NULL,
    is_final        boolean NOT NULL,
    state           text NOT NULL,
    fee             bigint NOT NULL DEFAULT 0,
    external_id     text,
    decline_code    text,
    idempotency_key text NOT NULL,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    CONSTRAINT operations_payment_known FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT operations_number_unique UNIQUE (payment_id, number),
    CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void')),
    CONSTRAINT operations_state_known CHECK (state IN ('pending', 'succeeded', 'declined', 'failed')),
    CONSTRAINT operations_amount_positive CHECK (amount > 0),
    CONSTRAINT operations_fee_within_amount CHECK (fee BETWEEN 0 AND amount),
    CONSTRAINT operations_finished CHECK ((state = 'pending') = (finished_at IS NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX operations_one_authorize ON operations (payment_id) WHERE kind = 'authorize';
CREATE UNIQUE INDEX operations_one_void ON operations (payment_id) WHERE kind = 'void' AND state IN ('pending', 'succeeded');

-- One row per reference that an acquirer was asked under, committed before it is asked.
CREATE TABLE attempts (
    id           uuid PRIMARY KEY,
    payment_id   uuid NOT NULL,
    operation_id uuid NOT NULL,
    acquirer     text NOT NULL,
    reference    text NOT NULL,
    state        text NOT NULL,
    tries        integer NOT NULL,
    external_id  text,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CONSTRAINT attempts_operation_known FOREIGN KEY (operation_id) REFERENCES operations (id),
    CONSTRAINT attempts_reference_unique UNIQUE (acquirer, reference),
    CONSTRAINT attempts_state_known CHECK (state IN ('started', 'approved', 'declined', 'not_processed', 'unknown', 'reversed')),
    CONSTRAINT attempts_finished CHECK ((state IN ('started', 'unknown')) = (finished_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX attempts_of_payment ON attempts (payment_id);
-- One attempt at a time: while one's outcome is open, no other can be written.
CREATE UNIQUE INDEX attempts_one_open ON attempts (operation_id) WHERE finished_at IS NULL;

-- Every state change of a payment, for good.
CREATE TABLE history (
    payment_id      uuid NOT NULL,
    sequence        bigint NOT NULL,
    type            text NOT NULL,
    previous_status text,
    status          text NOT NULL,
    at              timestamptz NOT NULL,
    metadata        jsonb NOT NULL,
    CONSTRAINT history_pkey PRIMARY KEY (payment_id, sequence),
    CONSTRAINT history_payment_known FOREIGN KEY (payment_id) REFERENCES payments (id)
);

CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation', CONSTRAINT = 'history_append_only';
END
$$;
CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only();

GRANT SELECT, INSERT, UPDATE ON idempotency_keys, payments, operations, attempts TO ${role};
GRANT SELECT, INSERT ON history TO ${role};
