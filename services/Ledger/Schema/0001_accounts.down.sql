DROP TABLE accounts;
DROP FUNCTION ledger_refuse_change();
