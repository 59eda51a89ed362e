-- Merchants and their keys. A merchant lives in the shard of its slot, and everything it owns beside it.
CREATE TABLE merchants (
    id                    uuid PRIMARY KEY,
    slot                  smallint NOT NULL,
    name                  text NOT NULL,
    -- IANA name: the zone in which its settlement date is counted.
    time_zone             text NOT NULL,
    capture_automatically boolean NOT NULL DEFAULT false,
    hold_days             smallint NOT NULL DEFAULT 7,
    -- Requests per second that the gateway lets through.
    rate_limit            integer NOT NULL,
    -- Acquirers in the order they are to be asked; empty: as the routing table says.
    acquirers             text[] NOT NULL DEFAULT '{}',
    created_at            timestamptz NOT NULL,
    CONSTRAINT merchants_slot_range CHECK (slot BETWEEN 0 AND 999),
    CONSTRAINT merchants_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT merchants_hold_days_range CHECK (hold_days BETWEEN 1 AND 30),
    CONSTRAINT merchants_rate_limit_positive CHECK (rate_limit > 0)
);

CREATE TABLE api_keys (
    id          uuid PRIMARY KEY,
    merchant_id uuid NOT NULL,
    mode        smallint NOT NULL,
    -- SHA-256 of the key: the key itself is shown once and kept nowhere.
    hash        bytea NOT NULL,
    prefix      text NOT NULL,
    last4       text NOT NULL,
    scopes      text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    CONSTRAINT api_keys_merchant_known FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT api_keys_hash_unique UNIQUE (hash),
    CONSTRAINT api_keys_hash_length CHECK (octet_length(hash) = 32),
    CONSTRAINT api_keys_mode_known CHECK (mode IN (1, 2))
);
CREATE INDEX api_keys_of_merchant ON api_keys (merchant_id);

GRANT SELECT, INSERT, UPDATE ON merchants, api_keys TO ${role};
