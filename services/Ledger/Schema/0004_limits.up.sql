-- Limits of accounts, whether they take requests, and pending transfers that expire.
ALTER TABLE accounts
    ADD COLUMN state     smallint NOT NULL DEFAULT 1,      -- 1 open, 2 frozen, 3 closed
    ADD COLUMN overdraft bigint   NOT NULL DEFAULT 0,      -- minor units: how far requests may take it below zero
    ADD COLUMN ceiling   bigint,                           -- minor units: how far requests may raise it
    DROP CONSTRAINT accounts_opened_by_a_transfer,         -- or by name, before its first
    ADD CONSTRAINT accounts_version_not_negative CHECK (version >= 0),
    ADD CONSTRAINT accounts_state_known CHECK (state BETWEEN 1 AND 3),
    ADD CONSTRAINT accounts_overdraft_has_a_floor CHECK (overdraft = 0 OR (overdraft BETWEEN 1 AND 1000000000000000 AND rules & 1 = 1)),
    ADD CONSTRAINT accounts_ceiling_not_negative CHECK (ceiling >= 0);
GRANT UPDATE (state) ON accounts TO ${role};

-- Who froze, unfroze or closed an account, and why.
CREATE TABLE account_changes (
    number     bigint      GENERATED ALWAYS AS IDENTITY,
    account_id bigint      NOT NULL,
    action     smallint    NOT NULL,                       -- 1 freeze, 2 unfreeze, 3 close
    actor      text        NOT NULL,
    reason     text        NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT account_changes_pkey PRIMARY KEY (number),
    CONSTRAINT account_changes_account_known FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT account_changes_action_known CHECK (action BETWEEN 1 AND 3),
    CONSTRAINT account_changes_actor_length CHECK (char_length(actor) BETWEEN 1 AND 255),
    CONSTRAINT account_changes_reason_length CHECK (char_length(reason) BETWEEN 1 AND 500)
);
CREATE TRIGGER account_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_changes FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
GRANT SELECT, INSERT ON account_changes TO ${role};

ALTER TABLE transfers ADD COLUMN expires_at timestamptz;   -- of pending ones that were asked for with an end

-- What is left to the sweep: pending transfers that expire. A row is swept once its transfer has ended, in whatever way.
CREATE TABLE transfer_expiries (
    pending_id uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    is_swept   boolean     NOT NULL DEFAULT false,
    CONSTRAINT transfer_expiries_pkey PRIMARY KEY (pending_id)
);
CREATE INDEX transfer_expiries_due ON transfer_expiries (expires_at, pending_id) WHERE NOT is_swept;
CREATE TRIGGER transfer_expiries_stay BEFORE DELETE OR TRUNCATE ON transfer_expiries FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
GRANT SELECT, INSERT ON transfer_expiries TO ${role};
GRANT UPDATE (is_swept) ON transfer_expiries TO ${role};
