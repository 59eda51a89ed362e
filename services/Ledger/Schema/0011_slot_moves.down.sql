DROP FUNCTION ledger_slot_of(uuid);
ALTER TABLE accounts DROP COLUMN carried_version;
DROP TABLE slot_departures;
DROP TABLE slot_arrivals;
