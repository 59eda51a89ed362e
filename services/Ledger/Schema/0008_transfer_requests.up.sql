-- The transfer that a merchant's request is about, by the key of the request: written before anything moves, and kept.
CREATE TABLE transfer_requests (
    merchant_id uuid        NOT NULL,
    mode        smallint    NOT NULL,                      -- 1 test, 2 live
    key         text        COLLATE "C" NOT NULL,
    transfer_id uuid        NOT NULL,
    fingerprint bytea       NOT NULL,                      -- SHA-256 of what was asked for
    taken_at    timestamptz NOT NULL,
    CONSTRAINT transfer_requests_pkey PRIMARY KEY (merchant_id, mode, key),
    CONSTRAINT transfer_requests_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT transfer_requests_key_length CHECK (char_length(key) BETWEEN 1 AND 255)
);
CREATE TRIGGER transfer_requests_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_requests FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
GRANT SELECT, INSERT ON transfer_requests TO ${role};
