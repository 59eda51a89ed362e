DROP VIEW entries;
DROP FUNCTION ledger_make_partitions(date, integer);
DROP FUNCTION ledger_first_id(timestamptz);
DROP FUNCTION ledger_add_block(bytea, integer, timestamptz);
DROP TABLE transfers, transfer_ends, entry_marks, blocks, chain_head, books;
DELETE FROM ledgers WHERE NOT EXISTS (SELECT FROM accounts WHERE accounts.ledger = ledgers.number);
ALTER TABLE accounts DROP CONSTRAINT accounts_ledger_known, DROP COLUMN ledger, DROP COLUMN last_transfer_id;
DROP TABLE ledgers;
DROP SEQUENCE account_numbers;
ALTER TABLE accounts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
ALTER TABLE accounts ADD CONSTRAINT accounts_book_unique UNIQUE (id, mode, currency);

-- One row holds both legs and what both accounts were left with. Rows are only ever added: what became of a pending transfer is the row that ends it.
CREATE TABLE transfers (
    id                 uuid        NOT NULL,                 -- UUIDv7: the time and the slot are in it
    kind               smallint    NOT NULL,                 -- 1 posted, 2 pending, 3 post_pending, 4 void_pending
    pending_id         uuid,                                 -- of 3 and 4: what they end
    mode               smallint    NOT NULL,
    currency           text        COLLATE "C" NOT NULL,
    debit_account_id   bigint      NOT NULL,
    credit_account_id  bigint      NOT NULL,
    amount             bigint      NOT NULL,                 -- minor units: moved (1, 3), reserved (2), released (4)
    type               text        COLLATE "C" NOT NULL,
    payment_id         uuid,
    merchant_id        uuid,
    external_reference text,
    debit_version      bigint      NOT NULL,                 -- the number of this entry in the account: 1, 2, 3 …
    credit_version     bigint      NOT NULL,
    debit_balance      bigint      NOT NULL,                 -- posted debits less credits of the account after this transfer
    credit_balance     bigint      NOT NULL,
    effective_at       timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,                 -- when its batch was applied
    position           integer     NOT NULL,                 -- its place in that batch
    CONSTRAINT transfers_pkey PRIMARY KEY (id),
    CONSTRAINT transfers_kind_known CHECK (kind BETWEEN 1 AND 4),
    CONSTRAINT transfers_end_names_its_pending CHECK ((kind IN (3, 4)) = (pending_id IS NOT NULL)),
    CONSTRAINT transfers_amount_in_range CHECK (amount BETWEEN 1 AND 1000000000000000),
    CONSTRAINT transfers_accounts_differ CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfers_type_shape CHECK (type ~ '^[a-z_]{1,40}$'),
    CONSTRAINT transfers_reference_length CHECK (char_length(external_reference) <= 255),
    CONSTRAINT transfers_debit_book FOREIGN KEY (debit_account_id, mode, currency) REFERENCES accounts (id, mode, currency),
    CONSTRAINT transfers_credit_book FOREIGN KEY (credit_account_id, mode, currency) REFERENCES accounts (id, mode, currency),
    CONSTRAINT transfers_pending_known FOREIGN KEY (pending_id) REFERENCES transfers (id)
);

-- A pending transfer ends once, whoever tries.
CREATE UNIQUE INDEX transfers_one_end_per_pending ON transfers (pending_id) WHERE pending_id IS NOT NULL;
-- The statement of an account, and that no two entries of one side have the same number.
CREATE UNIQUE INDEX transfers_debit_entry ON transfers (debit_account_id, debit_version);
CREATE UNIQUE INDEX transfers_credit_entry ON transfers (credit_account_id, credit_version);
CREATE INDEX transfers_payment ON transfers (payment_id) WHERE payment_id IS NOT NULL;

CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Double entry as bookkeepers read it: two entries for each transfer, with what each changed.
CREATE VIEW entries AS
SELECT t.debit_account_id AS account_id, t.debit_version AS version, t.id AS transfer_id, 'debit' AS side, t.type, t.amount,
       CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END AS debits_posted, 0::bigint AS credits_posted,
       CASE t.kind WHEN 1 THEN 0 WHEN 2 THEN t.amount ELSE -p.amount END AS debits_pending, 0::bigint AS credits_pending,
       CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END AS balance_delta, t.debit_balance AS balance,
       t.payment_id, t.merchant_id, t.external_reference, t.effective_at, t.created_at
  FROM transfers t LEFT JOIN transfers p ON p.id = t.pending_id
UNION ALL
SELECT t.credit_account_id, t.credit_version, t.id, 'credit', t.type, t.amount,
       0, CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END,
       0, CASE t.kind WHEN 1 THEN 0 WHEN 2 THEN t.amount ELSE -p.amount END,
       CASE WHEN t.kind IN (1, 3) THEN -t.amount ELSE 0 END, t.credit_balance,
       t.payment_id, t.merchant_id, t.external_reference, t.effective_at, t.created_at
  FROM transfers t LEFT JOIN transfers p ON p.id = t.pending_id;

GRANT SELECT, INSERT ON transfers TO ${role};
GRANT SELECT ON entries TO ${role};
