DROP FUNCTION ledger_detach_month(integer);
DROP FUNCTION ledger_keep_from(integer);
DROP FUNCTION ledger_is_attached(integer);
DROP VIEW every_transfer, every_end;
DROP TABLE archived_blocks, archived_entries, archives;
