-- The last event of each aggregate that a consumer has applied: lower or equal is skipped, the next is applied, a later one waits.
CREATE TABLE inbox (
    consumer  text   NOT NULL,
    topic     text   NOT NULL,
    aggregate uuid   NOT NULL,
    sequence  bigint NOT NULL CONSTRAINT inbox_sequence_positive CHECK (sequence >= 1),
    CONSTRAINT inbox_pk PRIMARY KEY (consumer, topic, aggregate)
) WITH (fillfactor = 70);

-- Events that came before their turn.
CREATE TABLE inbox_waiting (
    consumer         text        NOT NULL,
    topic            text        NOT NULL,
    aggregate        uuid        NOT NULL,
    sequence         bigint      NOT NULL,
    prefix           text        NOT NULL,
    type             text        NOT NULL,
    kafka_partition  integer     NOT NULL,
    kafka_offset     bigint      NOT NULL,
    payload          bytea       NOT NULL,
    trace_parent     text,
    occurred_at      timestamptz NOT NULL,
    waits_since      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inbox_waiting_pk PRIMARY KEY (consumer, topic, aggregate, sequence)
);

-- Events that a consumer could not apply. The aggregate stands still behind an open one (replayed_at is null) until it is replayed.
CREATE TABLE dead_letters (
    id               bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT dead_letters_pk PRIMARY KEY,
    consumer         text        NOT NULL,
    topic            text        NOT NULL,
    aggregate        uuid        NOT NULL,
    sequence         bigint      NOT NULL,
    prefix           text        NOT NULL,
    type             text        NOT NULL,
    kafka_partition  integer     NOT NULL,
    kafka_offset     bigint      NOT NULL,
    payload          bytea       NOT NULL,
    trace_parent     text,
    occurred_at      timestamptz NOT NULL,
    reason           text        NOT NULL,
    tries            integer     NOT NULL,
    died_at          timestamptz NOT NULL DEFAULT now(),
    announced_at     timestamptz,
    replayed_at      timestamptz,
    CONSTRAINT dead_letters_event UNIQUE (consumer, topic, aggregate, sequence)
);
CREATE INDEX dead_letters_open ON dead_letters (consumer, topic, aggregate) WHERE replayed_at IS NULL;
CREATE INDEX dead_letters_unannounced ON dead_letters (consumer, id) WHERE announced_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON inbox TO ${role};
GRANT SELECT, INSERT, DELETE ON inbox_waiting TO ${role};
GRANT SELECT, INSERT, UPDATE ON dead_letters TO ${role};
