DROP FUNCTION ledger_close_period(integer);
DROP TABLE general_ledger;
DROP TABLE closed_periods;
