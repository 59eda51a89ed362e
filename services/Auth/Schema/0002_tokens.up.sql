-- The vault: the only place where a card number is, and only sealed. Each token has a data key of its own, which is sealed with a key-encrypting key that the
-- database doesn't have. Sealed values are nonce (12), ciphertext, tag (16) of AES-256-GCM, bound to the token's id.
CREATE TABLE tokens (
    id             uuid PRIMARY KEY,
    merchant_id    uuid NOT NULL,
    mode           smallint NOT NULL,
    brand          text NOT NULL,
    bin            text NOT NULL,
    last4          text NOT NULL,
    exp_month      smallint NOT NULL,
    exp_year       smallint NOT NULL,
    country        text,
    fingerprint    text NOT NULL,
    kek_id         text NOT NULL,
    data_key       bytea NOT NULL,
    pan            bytea NOT NULL,
    -- Deleted with the first attempt, and after minutes in any case.
    cvc            bytea,
    cvc_expires_at timestamptz,
    created_at     timestamptz NOT NULL,
    CONSTRAINT tokens_merchant_known FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT tokens_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT tokens_exp_month_range CHECK (exp_month BETWEEN 1 AND 12),
    CONSTRAINT tokens_bin_length CHECK (length(bin) <= 8 AND length(last4) = 4),
    CONSTRAINT tokens_pan_sealed CHECK (octet_length(pan) >= 12 + 12 + 16 AND octet_length(data_key) = 12 + 32 + 16),
    CONSTRAINT tokens_cvc_expires CHECK ((cvc IS NULL) = (cvc_expires_at IS NULL))
);
CREATE INDEX tokens_cvc_due ON tokens (cvc_expires_at) WHERE cvc IS NOT NULL;

GRANT SELECT, INSERT ON tokens TO ${role};
GRANT UPDATE (cvc, cvc_expires_at, kek_id, data_key) ON tokens TO ${role};
