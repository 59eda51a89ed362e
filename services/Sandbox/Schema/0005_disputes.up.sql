-- What happened at an acquirer on its own, in the order in which it is told: numbered from 1 without gaps, under the lock of the feed's row until the commit.
CREATE TABLE notice_feeds (
    acquirer text   NOT NULL,
    last     bigint NOT NULL,
    CONSTRAINT notice_feeds_pkey PRIMARY KEY (acquirer)
);

CREATE TABLE notices (
    acquirer    text        NOT NULL,
    sequence    bigint      NOT NULL,
    type        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    data        jsonb       NOT NULL,
    CONSTRAINT notices_pkey PRIMARY KEY (acquirer, sequence),
    CONSTRAINT notices_sequence_positive CHECK (sequence > 0)
);

-- Cardholders who dispute what was settled: the acquirer takes the money from our bank account at once, and gives it back when we win.
CREATE TABLE disputes (
    acquirer         text        NOT NULL,
    reference        text        NOT NULL,
    external_id      text        NOT NULL,
    capture_id       text        NOT NULL,
    amount           bigint      NOT NULL,
    currency         text        NOT NULL,
    reason           text        NOT NULL,
    respond_by       timestamptz NOT NULL,
    outcome          text,
    opened_at        timestamptz NOT NULL,
    closed_at        timestamptz,
    CONSTRAINT disputes_pkey PRIMARY KEY (acquirer, reference),
    CONSTRAINT disputes_external_id_key UNIQUE (external_id),
    CONSTRAINT disputes_capture_fkey FOREIGN KEY (capture_id) REFERENCES captures (external_id),
    CONSTRAINT disputes_amount_positive CHECK (amount > 0),
    CONSTRAINT disputes_outcome_known CHECK (outcome IN ('Won', 'Lost')),
    CONSTRAINT disputes_closed_whole CHECK ((outcome IS NULL) = (closed_at IS NULL))
);
CREATE INDEX disputes_capture_idx ON disputes (capture_id);

-- What the disputes of a capture took from our bank account, and gave back.
ALTER TABLE captures
    ADD COLUMN debited  bigint NOT NULL DEFAULT 0,
    ADD COLUMN credited bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT captures_debited_within_amount CHECK (credited >= 0 AND debited - credited BETWEEN 0 AND amount),
    ADD CONSTRAINT captures_debited_only_when_batched CHECK (debited = 0 OR batch_key IS NOT NULL);

GRANT SELECT, INSERT ON notices TO ${role};
GRANT SELECT, INSERT, UPDATE ON notice_feeds, disputes TO ${role};
