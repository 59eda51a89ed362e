-- What was submitted stands here as a record; the acquirer's lines are matched to it; what doesn't match is an exception.

CREATE TABLE records (
    item_id       uuid        PRIMARY KEY,
    slot          smallint    NOT NULL,
    batch_id      uuid        NOT NULL,
    payment_id    uuid        NOT NULL,
    capture_id    uuid        NOT NULL,
    merchant_id   uuid        NOT NULL,
    mode          smallint    NOT NULL,
    acquirer      text        NOT NULL,
    currency      text        NOT NULL,
    external_id   text        NOT NULL,
    expected      bigint      NOT NULL,
    fee           bigint      NOT NULL,
    settled       bigint      NOT NULL DEFAULT 0,
    state         text        NOT NULL DEFAULT 'expected',
    -- Of the record's last event.
    sequence      bigint      NOT NULL DEFAULT 0,
    CONSTRAINT records_state_known CHECK (state IN ('expected', 'matched', 'short', 'missing', 'rejected')),
    CONSTRAINT records_never_oversettled CHECK (expected > 0 AND settled BETWEEN 0 AND expected),
    CONSTRAINT records_fee CHECK (fee >= 0),
    CONSTRAINT records_state_is_amounts CHECK ((state = 'matched') = (settled = expected) AND (state = 'short') = (settled > 0 AND settled < expected))
);

CREATE INDEX records_by_batch ON records (batch_id, external_id);

-- Every line as it came, with the place in Kafka where it can be read again.
CREATE TABLE lines (
    batch_id      uuid        NOT NULL,
    line_number   integer     NOT NULL,
    item_id       uuid        REFERENCES records (item_id),
    external_id   text        NOT NULL,
    amount        bigint      NOT NULL,
    outcome       text        NOT NULL,
    settled       bigint      NOT NULL,
    unexplained   bigint      NOT NULL,
    raw           text        NOT NULL,
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    "offset"      bigint      NOT NULL,
    -- The deposit that paid the line: null until the report says so.
    deposit       integer,
    PRIMARY KEY (batch_id, line_number),
    CONSTRAINT lines_outcome_known CHECK (outcome IN ('settles', 'settles_short', 'settles_over', 'duplicate', 'rejected', 'missing_here')),
    CONSTRAINT lines_explained CHECK (settled >= 0 AND unexplained >= 0 AND settled + unexplained = CASE outcome WHEN 'rejected' THEN 0 ELSE amount END)
);

CREATE INDEX lines_unpaid ON lines (batch_id) WHERE deposit IS NULL;

CREATE TABLE deposits (
    batch_id      uuid        NOT NULL,
    ordinal       integer     NOT NULL,
    gross         bigint      NOT NULL,
    charge        bigint      NOT NULL,
    settled       bigint      NOT NULL,
    unexplained   bigint      NOT NULL,
    reference     text        NOT NULL,
    PRIMARY KEY (batch_id, ordinal),
    CONSTRAINT deposits_amounts CHECK (gross >= 0 AND charge >= 0 AND settled >= 0 AND unexplained >= 0),
    CONSTRAINT deposits_explained CHECK (gross = settled + unexplained)
);

CREATE TABLE exceptions (
    id            uuid        PRIMARY KEY,
    slot          smallint    NOT NULL,
    kind          text        NOT NULL,
    state         text        NOT NULL DEFAULT 'open',
    merchant_id   uuid        NOT NULL,
    mode          smallint    NOT NULL,
    acquirer      text        NOT NULL,
    batch_id      uuid        NOT NULL,
    item_id       uuid        REFERENCES records (item_id),
    payment_id    uuid,
    currency      text        NOT NULL,
    expected      bigint      NOT NULL,
    actual        bigint      NOT NULL,
    explanation   text        NOT NULL,
    opened_at     timestamptz NOT NULL,
    resolved_at   timestamptz,
    resolution    text,
    CONSTRAINT exceptions_kind_known CHECK (kind IN ('missing_there', 'missing_here', 'amount_mismatch', 'duplicate', 'rejected')),
    CONSTRAINT exceptions_state_known CHECK (state IN ('open', 'resolved')),
    CONSTRAINT exceptions_resolved_says_how CHECK ((state = 'resolved') = (resolved_at IS NOT NULL AND resolution IS NOT NULL))
);

CREATE INDEX exceptions_by_merchant ON exceptions (merchant_id, id);
CREATE INDEX exceptions_open_by_item ON exceptions (item_id) WHERE state = 'open';

-- What was submitted, reported and deposited is never changed, only what it was matched with.
GRANT SELECT, INSERT ON records, lines, deposits, exceptions TO ${role};
GRANT UPDATE (settled, state, sequence) ON records TO ${role};
GRANT UPDATE (deposit) ON lines TO ${role};
GRANT UPDATE (state, resolved_at, resolution) ON exceptions TO ${role};
