-- Where merchants want to be told what happens. An endpoint reads its merchant's feed like any other reader: `cursor` is its place in it.
CREATE TABLE webhook_endpoints (
    id                  uuid PRIMARY KEY,
    merchant_id         uuid NOT NULL,
    mode                smallint NOT NULL,
    url                 text NOT NULL,
    description         text,
    -- Empty: all.
    types               text[] NOT NULL,
    -- Why nothing is delivered to it; null while it is enabled.
    disabled_reason     text,
    disabled_at         timestamptz,
    -- When its failures began, none of them followed by a success.
    failing_since       timestamptz,
    -- Sealed as the vault's values are, with a data key of the endpoint's own.
    kek_id              text NOT NULL,
    data_key            bytea NOT NULL,
    secret              bytea NOT NULL,
    previous_secret     bytea,
    previous_expires_at timestamptz,
    cursor              bigint NOT NULL,
    event_sequence      bigint NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    CONSTRAINT webhook_endpoints_merchant_known FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT webhook_endpoints_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT webhook_endpoints_url_length CHECK (length(url) BETWEEN 1 AND 4096),
    CONSTRAINT webhook_endpoints_reason_known CHECK (disabled_reason IN ('gone', 'failing', 'by_merchant')),
    CONSTRAINT webhook_endpoints_disabled_whole CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL)),
    CONSTRAINT webhook_endpoints_secret_sealed CHECK (octet_length(data_key) = 12 + 32 + 16 AND octet_length(secret) > 12 + 16),
    CONSTRAINT webhook_endpoints_previous_whole CHECK ((previous_secret IS NULL) = (previous_expires_at IS NULL)),
    CONSTRAINT webhook_endpoints_cursor_positive CHECK (cursor >= 0)
) WITH (fillfactor = 70);
CREATE INDEX webhook_endpoints_of_merchant ON webhook_endpoints (merchant_id, mode, id);

-- An event on its way to an endpoint. The body is what is signed and sent at every try, byte for byte.
CREATE TABLE webhook_deliveries (
    id           uuid PRIMARY KEY,
    endpoint_id  uuid NOT NULL,
    event_id     uuid NOT NULL,
    type         text NOT NULL,
    body         bytea NOT NULL,
    state        text NOT NULL,
    -- Failed tries of the schedule's; attempts counts them all.
    tries        integer NOT NULL DEFAULT 0,
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz,
    -- Who takes it counts the epoch up; what is noted under an older one doesn't count.
    epoch        integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CONSTRAINT webhook_deliveries_endpoint_known FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_once UNIQUE (endpoint_id, event_id),
    CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('pending', 'succeeded', 'failed')),
    CONSTRAINT webhook_deliveries_due CHECK ((state = 'pending') = (next_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_finished CHECK ((state = 'pending') = (finished_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (endpoint_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL,
    number      integer NOT NULL,
    started_at  timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status      integer,
    error       text,
    -- The beginning of the answer's body.
    response    text,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, number),
    CONSTRAINT webhook_attempts_delivery_known FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    CONSTRAINT webhook_attempts_outcome CHECK (status IS NOT NULL OR error IS NOT NULL)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO ${role};
GRANT SELECT, INSERT, DELETE ON webhook_attempts TO ${role};
