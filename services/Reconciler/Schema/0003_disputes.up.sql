-- What acquirers tell of their own accord is kept as it came, in the order of their feeds, together with how far each feed was read. Both on the first shard.
CREATE TABLE notice_cursors (
    acquirer     text        PRIMARY KEY,
    -- Everything up to this number was written down.
    read_to      bigint      NOT NULL,
    CONSTRAINT notice_cursors_read_to CHECK (read_to >= 0)
);

CREATE TABLE notices (
    acquirer     text        NOT NULL,
    sequence     bigint      NOT NULL,
    type         text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    data         jsonb       NOT NULL,
    received_at  timestamptz NOT NULL,
    state        text        NOT NULL DEFAULT 'waiting',
    tries        integer     NOT NULL DEFAULT 0,
    -- When it is tried next.
    try_at       timestamptz NOT NULL,
    -- Why it was not applied the last time.
    reason       text,
    -- Opened because it waited for too long, or can never be applied.
    exception_id uuid REFERENCES exceptions (id),
    PRIMARY KEY (acquirer, sequence),
    CONSTRAINT notices_state_known CHECK (state IN ('waiting', 'applied', 'refused')),
    CONSTRAINT notices_refused_has_exception CHECK (state <> 'refused' OR exception_id IS NOT NULL)
);
CREATE INDEX notices_waiting ON notices (acquirer, try_at) WHERE state = 'waiting';

-- Finds the capture that an acquirer names.
CREATE INDEX records_by_external_id ON records (acquirer, external_id);

CREATE TABLE disputes (
    id               uuid        PRIMARY KEY,
    slot             smallint    NOT NULL,
    item_id          uuid        NOT NULL REFERENCES records (item_id),
    acquirer         text        NOT NULL,
    -- The acquirer's id of it.
    external_id      text        NOT NULL,
    currency         text        NOT NULL,
    amount           bigint      NOT NULL,
    reason           text        NOT NULL,
    respond_by       timestamptz NOT NULL,
    debit_reference  text        NOT NULL,
    opened_at        timestamptz NOT NULL,
    state            text        NOT NULL DEFAULT 'open',
    -- What the merchant pays us when it is lost.
    fee              bigint      NOT NULL DEFAULT 0,
    credit_reference text,
    closed_at        timestamptz,
    CONSTRAINT disputes_external_id_unique UNIQUE (acquirer, external_id),
    CONSTRAINT disputes_amount_positive CHECK (amount > 0),
    CONSTRAINT disputes_state_known CHECK (state IN ('open', 'won', 'lost')),
    CONSTRAINT disputes_closed_whole CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT disputes_fee_when_lost CHECK (fee = 0 OR fee > 0 AND state = 'lost'),
    CONSTRAINT disputes_credit_when_won CHECK (credit_reference IS NULL OR state = 'won')
);
CREATE INDEX disputes_by_item ON disputes (item_id);

-- A notice that nobody can explain belongs to no batch and to no merchant that we know, and may not even say a currency.
ALTER TABLE exceptions
    ALTER COLUMN merchant_id DROP NOT NULL,
    ALTER COLUMN mode DROP NOT NULL,
    ALTER COLUMN batch_id DROP NOT NULL,
    ALTER COLUMN currency DROP NOT NULL,
    DROP CONSTRAINT exceptions_kind_known,
    ADD CONSTRAINT exceptions_kind_known CHECK (kind IN ('missing_there', 'missing_here', 'amount_mismatch', 'duplicate', 'rejected', 'unexplained_notice')),
    ADD CONSTRAINT exceptions_of_a_batch CHECK (kind = 'unexplained_notice' OR num_nulls(merchant_id, mode, batch_id, currency) = 0);

GRANT SELECT, INSERT ON notice_cursors, notices, disputes TO ${role};
GRANT UPDATE (read_to) ON notice_cursors TO ${role};
GRANT UPDATE (state, tries, try_at, reason, exception_id) ON notices TO ${role};
GRANT UPDATE (state, fee, credit_reference, closed_at) ON disputes TO ${role};
