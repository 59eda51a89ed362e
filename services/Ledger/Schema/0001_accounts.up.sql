CREATE TABLE accounts (
    id              bigint      GENERATED ALWAYS AS IDENTITY,
    path            text        COLLATE "C" NOT NULL,
    mode            smallint    NOT NULL,                  -- 1 test, 2 live
    currency        text        COLLATE "C" NOT NULL,      -- ISO 4217
    kind            smallint    NOT NULL,                  -- 1 asset, 2 expense, 3 liability, 4 income
    rules           integer     NOT NULL,                  -- bit 1: requests may not take it below zero
    debits_posted   bigint      NOT NULL,                  -- minor units, as are the other counters
    credits_posted  bigint      NOT NULL,
    debits_pending  bigint      NOT NULL,
    credits_pending bigint      NOT NULL,
    version         bigint      NOT NULL,                  -- how many transfers have touched it
    opened_at       timestamptz NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (id),
    CONSTRAINT accounts_name_unique UNIQUE (path, mode, currency),
    CONSTRAINT accounts_book_unique UNIQUE (id, mode, currency),   -- for transfers to refer to: both legs in one mode and currency
    CONSTRAINT accounts_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT accounts_currency_shape CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT accounts_kind_known CHECK (kind BETWEEN 1 AND 4),
    CONSTRAINT accounts_counters_not_negative CHECK (debits_posted >= 0 AND credits_posted >= 0 AND debits_pending >= 0 AND credits_pending >= 0),
    CONSTRAINT accounts_opened_by_a_transfer CHECK (version >= 1)
) WITH (fillfactor = 50);   -- the counters of a hot account change thousands of times a second: room on the page keeps its index entries still

-- A floor is no CHECK: outside facts may overdraw, and only the engine knows which transfer is one.

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'PF100';
END
$$;

CREATE TRIGGER accounts_stay BEFORE DELETE OR TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

GRANT SELECT, INSERT ON accounts TO ${role};
GRANT UPDATE (debits_posted, credits_posted, debits_pending, credits_pending, version) ON accounts TO ${role};
