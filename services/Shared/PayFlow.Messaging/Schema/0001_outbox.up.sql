-- Events that committed together with the change they tell of. Rows are only ever added, and deleted days later: marking a row as published would
-- write its payload again, so what is still to be published is a small table of its own, and so is what can't be.
CREATE TABLE outbox (
    id           bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pk PRIMARY KEY,
    topic        text        NOT NULL,
    aggregate    uuid        NOT NULL,
    sequence     bigint      NOT NULL CONSTRAINT outbox_sequence_positive CHECK (sequence >= 1),
    prefix       text        NOT NULL,
    slot         smallint    NOT NULL,
    type         text        NOT NULL,
    payload      bytea       NOT NULL,
    trace_parent text,
    occurred_at  timestamptz NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_sequence UNIQUE (topic, aggregate, sequence)
);

-- A queue per lane. No foreign key: the two are written by one statement, and its check would lock an outbox row per event.
CREATE TABLE outbox_unpublished (
    lane      smallint NOT NULL,
    id        bigint   NOT NULL,
    topic     text     NOT NULL,
    aggregate uuid     NOT NULL,
    CONSTRAINT outbox_unpublished_pk PRIMARY KEY (lane, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- Aggregates whose next event can't be published (too large, no such topic). Their later events wait; everything else goes on.
CREATE TABLE outbox_parked (
    topic     text        NOT NULL,
    aggregate uuid        NOT NULL,
    id        bigint      NOT NULL,
    reason    text        NOT NULL,
    tries     integer     NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT now(),
    retry_at  timestamptz NOT NULL,
    CONSTRAINT outbox_parked_pk PRIMARY KEY (topic, aggregate)
);

-- Who publishes which lane. A lease saves work; correct is it also without (consumers skip what they have seen).
CREATE TABLE outbox_lanes (
    lane       smallint    NOT NULL CONSTRAINT outbox_lanes_pk PRIMARY KEY,
    owner      text,
    epoch      bigint      NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);
INSERT INTO outbox_lanes (lane) SELECT generate_series(0, 7);

-- The relays that are alive, so that each takes its share of the lanes.
CREATE TABLE outbox_relays (
    owner      text        NOT NULL CONSTRAINT outbox_relays_pk PRIMARY KEY,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, DELETE ON outbox, outbox_unpublished TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_parked, outbox_relays TO ${role};
GRANT SELECT, UPDATE ON outbox_lanes TO ${role};
