-- Which months are closed, with the general ledger of each: what every account had before it, what moved in it, what it had after it. Written once, when it is closed.
CREATE TABLE closed_periods (
    period    integer     NOT NULL CONSTRAINT closed_periods_pkey PRIMARY KEY,   -- yyyymm
    closed_at timestamptz NOT NULL,
    CONSTRAINT closed_periods_month CHECK (period % 100 BETWEEN 1 AND 12)
);

CREATE TABLE general_ledger (
    period     integer NOT NULL CONSTRAINT general_ledger_period REFERENCES closed_periods (period),
    account_id bigint  NOT NULL CONSTRAINT general_ledger_account REFERENCES accounts (id),
    opening    bigint  NOT NULL,   -- minor units, debits less credits: the closing of the period before
    debits     bigint  NOT NULL,
    credits    bigint  NOT NULL,
    closing    bigint  NOT NULL,
    CONSTRAINT general_ledger_pkey PRIMARY KEY (period, account_id),
    CONSTRAINT general_ledger_not_negative CHECK (debits >= 0 AND credits >= 0),
    CONSTRAINT general_ledger_adds_up CHECK (closing = opening + debits - credits)
);

CREATE TRIGGER closed_periods_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON closed_periods FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER general_ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON general_ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Ends the booking in a period: waits for the batches that are being written, and those that come later see it. Only forwards, and month after month: false when the one before is open.
CREATE FUNCTION ledger_close_period(closing integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    closed integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger.periods'));
    SELECT closed_through INTO closed FROM books;
    IF closed >= closing THEN
        RETURN true;
    ELSIF closed <> 0 AND closing <> to_char(to_date(closed::text, 'YYYYMM') + interval '1 month', 'YYYYMM')::integer THEN
        RETURN false;
    ELSIF closed = 0 AND EXISTS (SELECT FROM transfers WHERE period < closing) THEN
        RETURN false;
    END IF;
    UPDATE books SET closed_through = closing;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_close_period(integer) FROM PUBLIC;

GRANT SELECT, INSERT ON closed_periods, general_ledger TO ${role};
GRANT EXECUTE ON FUNCTION ledger_close_period(integer) TO ${role};
