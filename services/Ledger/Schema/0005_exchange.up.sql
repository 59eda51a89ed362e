-- What was promised for an exchange, and for how long.
CREATE TABLE exchange_quotes (
    id               uuid        NOT NULL,
    mode             smallint    NOT NULL,                 -- 1 test, 2 live
    from_path        text        COLLATE "C" NOT NULL,
    from_currency    text        COLLATE "C" NOT NULL,
    from_amount      bigint      NOT NULL,                 -- minor units, as are the other amounts
    to_path          text        COLLATE "C" NOT NULL,
    to_currency      text        COLLATE "C" NOT NULL,
    to_amount        bigint      NOT NULL,
    fee              bigint      NOT NULL,                 -- in the currency that is sold, on top of it
    rate_numerator   bigint      NOT NULL,                 -- for one major unit there are numerator / denominator of the other's
    rate_denominator bigint      NOT NULL,
    rate_source      text        NOT NULL,
    rate_at          timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    CONSTRAINT exchange_quotes_pkey PRIMARY KEY (id),
    CONSTRAINT exchange_quotes_mode_known CHECK (mode IN (1, 2)),
    CONSTRAINT exchange_quotes_currencies_differ CHECK (from_currency <> to_currency),
    CONSTRAINT exchange_quotes_amounts_positive CHECK (from_amount > 0 AND to_amount > 0 AND fee >= 0),
    CONSTRAINT exchange_quotes_rate_positive CHECK (rate_numerator > 0 AND rate_denominator > 0),
    CONSTRAINT exchange_quotes_expire CHECK (expires_at > created_at)
);

-- Quotes that were executed, each once, in the commit of its journal.
CREATE TABLE exchanges (
    quote_id    uuid        NOT NULL,
    key         text        NOT NULL,                      -- of the request that did
    executed_at timestamptz NOT NULL,
    CONSTRAINT exchanges_pkey PRIMARY KEY (quote_id),
    CONSTRAINT exchanges_quote_known FOREIGN KEY (quote_id) REFERENCES exchange_quotes (id),
    CONSTRAINT exchanges_key_length CHECK (char_length(key) BETWEEN 1 AND 255)
);

CREATE TRIGGER exchange_quotes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON exchange_quotes FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER exchanges_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON exchanges FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
GRANT SELECT, INSERT ON exchange_quotes, exchanges TO ${role};
