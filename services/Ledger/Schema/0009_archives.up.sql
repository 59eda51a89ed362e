-- Months whose transfers were written to files and detached: what of every account and of every block is there, so that balances, entries and chain still add up without them.
CREATE TABLE archives (
    month       integer     NOT NULL CONSTRAINT archives_pkey PRIMARY KEY,   -- yyyymm: of the ids
    archived_at timestamptz NOT NULL,
    transfers   bigint      NOT NULL,
    manifest    text        NOT NULL,                                        -- as it stands beside the files
    CONSTRAINT archives_not_negative CHECK (transfers >= 0)
);

CREATE TABLE archived_entries (
    month      integer NOT NULL CONSTRAINT archived_entries_month REFERENCES archives (month),
    account_id bigint  NOT NULL CONSTRAINT archived_entries_account REFERENCES accounts (id),
    entries    bigint  NOT NULL,
    debits     bigint  NOT NULL,   -- minor units, posted; nothing that was pending in it still is
    credits    bigint  NOT NULL,
    CONSTRAINT archived_entries_pkey PRIMARY KEY (month, account_id)
);

CREATE TABLE archived_blocks (
    number    bigint  NOT NULL,
    month     integer NOT NULL CONSTRAINT archived_blocks_month REFERENCES archives (month),
    transfers integer NOT NULL,    -- of the block that are in this archive
    CONSTRAINT archived_blocks_pkey PRIMARY KEY (number, month)
);

CREATE TRIGGER archives_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archives FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER archived_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER archived_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archived_blocks FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_is_attached(month integer) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'transfers'::regclass AND c.relname = 'transfers_' || month)
$$;

-- Takes ids from a month (UTC) on, and refuses older ones. Waits for the batches that are being written. The months before must be closed; the month must be attached.
CREATE FUNCTION ledger_keep_from(month integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day date := to_date(month::text, 'YYYYMM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger.periods'));
    IF NOT ledger_is_attached(month) OR to_char(first_day - 1, 'YYYYMM')::integer > (SELECT closed_through FROM books) THEN
        RETURN false;
    END IF;
    UPDATE books SET oldest = first_day::timestamp AT TIME ZONE 'UTC';
    RETURN true;
END
$$;

-- What is in the tables and what was detached from them, for who verifies the chain from its beginning and for proofs. Nothing else reads it.
CREATE VIEW every_transfer AS
SELECT id, kind, pending_id, debit_account_id, credit_account_id, amount, type, payment_id, merchant_id, external_reference, expires_at, debit_version, credit_version, debit_balance,
       credit_balance, debit_previous_id, credit_previous_id, effective_at, created_at, period, block, position
  FROM transfers;
CREATE VIEW every_end AS SELECT pending_id, transfer_id FROM transfer_ends;

-- Takes a month out of the tables that was written to the archive. It stays as tables of its own. Queries that read the tables are waited for, but not for long: whoever
-- comes meanwhile waits, too.
CREATE FUNCTION ledger_detach_month(month integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    transfer_columns text := 'id, kind, pending_id, debit_account_id, credit_account_id, amount, type, payment_id, merchant_id, external_reference, expires_at, debit_version, credit_version, '
        'debit_balance, credit_balance, debit_previous_id, credit_previous_id, effective_at, created_at, period, block, position';
BEGIN
    IF NOT EXISTS (SELECT FROM archives a WHERE a.month = ledger_detach_month.month)
       OR (SELECT oldest FROM books) < (to_date(month::text, 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC' THEN
        RAISE EXCEPTION 'Month % is not archived, or ids of it are still taken', month;
    END IF;
    EXECUTE format('ALTER TABLE transfers DETACH PARTITION %I', 'transfers_' || month);
    EXECUTE format('ALTER TABLE transfer_ends DETACH PARTITION %I', 'transfer_ends_' || month);
    EXECUTE (SELECT format('CREATE OR REPLACE VIEW every_transfer AS SELECT %s FROM transfers', transfer_columns)
                    || string_agg(format(' UNION ALL SELECT %s FROM %I', transfer_columns, 'transfers_' || a.month), '' ORDER BY a.month)
               FROM archives a WHERE to_regclass('transfers_' || a.month) IS NOT NULL);
    EXECUTE (SELECT 'CREATE OR REPLACE VIEW every_end AS SELECT pending_id, transfer_id FROM transfer_ends'
                    || string_agg(format(' UNION ALL SELECT pending_id, transfer_id FROM %I', 'transfer_ends_' || a.month), '' ORDER BY a.month)
               FROM archives a WHERE to_regclass('transfer_ends_' || a.month) IS NOT NULL);
END
$$;

REVOKE EXECUTE ON FUNCTION ledger_keep_from(integer), ledger_detach_month(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_keep_from(integer), ledger_detach_month(integer) TO ${role};
GRANT SELECT, INSERT ON archives, archived_entries, archived_blocks TO ${role};
GRANT SELECT ON every_transfer, every_end TO ${role};
