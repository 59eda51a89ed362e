-- Transfers by month, in blocks that are chained by their hashes. Written anew: what was written before has no hash that anybody signed.
DO $$
BEGIN
    IF EXISTS (SELECT FROM transfers) THEN
        RAISE EXCEPTION 'This ledger was filled before its hash chain existed and cannot be carried over. Start with an empty database.';
    END IF;
END
$$;
DROP VIEW entries;
DROP TABLE transfers;

-- One ledger for each mode and currency: no transfer leads from one to another. Its number is in the low 12 bits of the number of each of its accounts.
CREATE TABLE ledgers (
    number    smallint GENERATED ALWAYS AS IDENTITY (MAXVALUE 4095),
    mode      smallint NOT NULL,                  -- 1 test, 2 live
    currency  text     COLLATE "C" NOT NULL,      -- ISO 4217
    CONSTRAINT ledgers_pkey PRIMARY KEY (number),
    CONSTRAINT ledgers_name_unique UNIQUE (mode, currency),
    CONSTRAINT ledgers_book_unique UNIQUE (number, mode, currency)   -- for accounts to refer to
);

CREATE SEQUENCE account_numbers;
ALTER TABLE accounts DROP CONSTRAINT accounts_book_unique;
ALTER TABLE accounts ALTER COLUMN id DROP IDENTITY;
ALTER TABLE accounts
    ADD COLUMN ledger smallint NOT NULL GENERATED ALWAYS AS ((id & 4095)::smallint) STORED,
    ADD COLUMN last_transfer_id uuid,                          -- where its entries end: the first step of every walk through them
    ADD CONSTRAINT accounts_ledger_known FOREIGN KEY (ledger, mode, currency) REFERENCES ledgers (number, mode, currency);

-- One row holds both legs and what both accounts were left with. Rows are only ever added: what became of a pending transfer is the row that ends it.
-- No foreign keys: three of them cost more than the row. The service locks the accounts that it names, and the verification of the chain compares.
CREATE TABLE transfers (
    id                 uuid        NOT NULL,                 -- UUIDv7: the time and the slot are in it
    kind               smallint    NOT NULL,                 -- 1 posted, 2 pending, 3 post_pending, 4 void_pending
    pending_id         uuid,                                 -- of 3 and 4: what they end
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
    debit_previous_id  uuid,                                 -- the transfer of the debited account's entry before; none before its first
    credit_previous_id uuid,
    effective_at       timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,                 -- when its batch was applied
    period             integer     NOT NULL,                 -- yyyymm: where it is booked; that of effective_at, or the first open one when that is closed
    block              bigint      NOT NULL,
    position           integer     NOT NULL,                 -- its place in the block, from 0
    CONSTRAINT transfers_pkey PRIMARY KEY (id),
    CONSTRAINT transfers_kind_known CHECK (kind BETWEEN 1 AND 4),
    CONSTRAINT transfers_end_names_its_pending CHECK ((kind IN (3, 4)) = (pending_id IS NOT NULL)),
    CONSTRAINT transfers_amount_in_range CHECK (amount BETWEEN 1 AND 1000000000000000),
    CONSTRAINT transfers_accounts_differ CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfers_one_ledger CHECK ((debit_account_id & 4095) = (credit_account_id & 4095)),
    CONSTRAINT transfers_type_length CHECK (char_length(type) BETWEEN 1 AND 40),
    CONSTRAINT transfers_reference_length CHECK (char_length(external_reference) <= 255)
) PARTITION BY RANGE (id);

CREATE INDEX transfers_payment ON transfers (payment_id) WHERE payment_id IS NOT NULL;
-- Entries of an account are found by walking from one to the one before, not by an index of their own: two B-trees in the random order of accounts cost
-- twice what everything else of a row does, and more with every row. Blocks are written in their order, so a summary for each range of pages finds them.
CREATE INDEX transfers_block ON transfers USING brin (block) WITH (autosummarize = on);

-- Every 256th entry of an account: where a walk through older entries begins.
CREATE TABLE entry_marks (
    account_id  bigint      NOT NULL,
    version     bigint      NOT NULL,
    transfer_id uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT entry_marks_pkey PRIMARY KEY (account_id, version)
);

-- What ended a pending transfer. A pending transfer ends once, whoever tries, and whatever month it is by then.
CREATE TABLE transfer_ends (
    pending_id  uuid NOT NULL,
    transfer_id uuid NOT NULL,
    CONSTRAINT transfer_ends_pkey PRIMARY KEY (pending_id)
) PARTITION BY RANGE (pending_id);

-- One block for each batch that was committed.
CREATE TABLE blocks (
    number        bigint      NOT NULL,                      -- 1, 2, 3 …
    previous_hash bytea       NOT NULL,                      -- of block 1: 32 zero bytes
    root          bytea       NOT NULL,                      -- of the Merkle tree (RFC 6962) of its transfers in the order of their positions
    transfers     integer     NOT NULL,
    created_at    timestamptz NOT NULL,
    hash          bytea       NOT NULL,                      -- SHA-256(0x02, number, previous_hash, root, transfers, microseconds of created_at since 1970); numbers big-endian
    CONSTRAINT blocks_pkey PRIMARY KEY (number),
    CONSTRAINT blocks_transfers_some CHECK (transfers > 0),
    CONSTRAINT blocks_hash_lengths CHECK (octet_length(previous_hash) = 32 AND octet_length(root) = 32 AND octet_length(hash) = 32)
);

-- The end of the chain. Who adds a block holds this row until the commit.
CREATE TABLE chain_head (
    one    boolean NOT NULL DEFAULT true,
    number bigint  NOT NULL,
    hash   bytea   NOT NULL,
    CONSTRAINT chain_head_pkey PRIMARY KEY (one),
    CONSTRAINT chain_head_only_one CHECK (one)
) WITH (fillfactor = 10);
INSERT INTO chain_head (number, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- What the books take. Batches read it under a shared lock, who changes it takes the exclusive one.
CREATE TABLE books (
    one            boolean     NOT NULL DEFAULT true,
    closed_through integer     NOT NULL,                     -- the last period that is closed, yyyymm; 0 when none is
    oldest         timestamptz NOT NULL,                     -- ids of before are refused: their partition is archived, or was never made
    CONSTRAINT books_pkey PRIMARY KEY (one),
    CONSTRAINT books_only_one CHECK (one)
);
INSERT INTO books (closed_through, oldest) VALUES (0, (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '2 months') AT TIME ZONE 'UTC');

-- Adds a block to the chain and answers its number. The lock on the head is the last that a batch takes.
CREATE FUNCTION ledger_add_block(block_root bytea, block_transfers integer, block_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    head chain_head;
    added_hash bytea;
BEGIN
    SELECT * INTO STRICT head FROM chain_head FOR UPDATE;
    added_hash := sha256('\x02' || int8send(head.number + 1) || head.hash || block_root || int4send(block_transfers) || int8send((extract(epoch FROM block_at) * 1000000)::bigint));
    INSERT INTO blocks (number, previous_hash, root, transfers, created_at, hash) VALUES (head.number + 1, head.hash, block_root, block_transfers, block_at, added_hash);
    UPDATE chain_head SET number = head.number + 1, hash = added_hash;
    RETURN head.number + 1;
END
$$;

CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER transfer_ends_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_ends FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER entry_marks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_marks FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blocks FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER chain_head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON chain_head FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The smallest id that a moment can have: a UUIDv7 begins with 48 bits of milliseconds.
CREATE FUNCTION ledger_first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the partitions of some months (UTC) that are not there yet. The service may ask for them, but owns nothing.
CREATE FUNCTION ledger_make_partitions(first_month date, months integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month timestamp;
    parent text;
    made integer := 0;
BEGIN
    IF months NOT BETWEEN 1 AND 24 THEN
        RAISE EXCEPTION 'Between 1 and 24 months are made at once, not %', months;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ledger.partitions'));
    FOR n IN 0 .. months - 1 LOOP
        month := date_trunc('month', first_month::timestamp) + make_interval(months => n);
        FOREACH parent IN ARRAY ARRAY['transfers', 'transfer_ends'] LOOP
            CONTINUE WHEN to_regclass(format('%s_%s', parent, to_char(month, 'YYYYMM'))) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', format('%s_%s', parent, to_char(month, 'YYYYMM')), parent,
                ledger_first_id(month AT TIME ZONE 'UTC'), ledger_first_id((month + interval '1 month') AT TIME ZONE 'UTC'));
            -- A partition can be written by its own name, too.
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', format('%s_%s', parent, to_char(month, 'YYYYMM')));
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
SELECT ledger_make_partitions((date_trunc('month', now() AT TIME ZONE 'UTC') - interval '2 months')::date, 5);

-- Double entry as bookkeepers read it: two entries for each transfer, with what each changed.
CREATE VIEW entries AS
SELECT t.debit_account_id AS account_id, t.debit_version AS version, t.id AS transfer_id, 'debit' AS side, t.type, t.amount,
       CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END AS debits_posted, 0::bigint AS credits_posted,
       CASE t.kind WHEN 1 THEN 0 WHEN 2 THEN t.amount ELSE -p.amount END AS debits_pending, 0::bigint AS credits_pending,
       CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END AS balance_delta, t.debit_balance AS balance,
       t.payment_id, t.merchant_id, t.external_reference, t.effective_at, t.created_at, t.period
  FROM transfers t LEFT JOIN transfers p ON p.id = t.pending_id
UNION ALL
SELECT t.credit_account_id, t.credit_version, t.id, 'credit', t.type, t.amount,
       0, CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END,
       0, CASE t.kind WHEN 1 THEN 0 WHEN 2 THEN t.amount ELSE -p.amount END,
       CASE WHEN t.kind IN (1, 3) THEN -t.amount ELSE 0 END, t.credit_balance,
       t.payment_id, t.merchant_id, t.external_reference, t.effective_at, t.created_at, t.period
  FROM transfers t LEFT JOIN transfers p ON p.id = t.pending_id;

GRANT SELECT, INSERT ON ledgers, transfers, transfer_ends, entry_marks, blocks TO ${role};
GRANT SELECT ON entries, books, chain_head TO ${role};
GRANT UPDATE (last_transfer_id) ON accounts TO ${role};
GRANT UPDATE (number, hash) ON chain_head TO ${role};
GRANT USAGE ON SEQUENCE account_numbers TO ${role};
REVOKE EXECUTE ON FUNCTION ledger_make_partitions(date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_make_partitions(date, integer) TO ${role};
