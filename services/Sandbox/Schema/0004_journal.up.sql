-- The journal of an acquirer, in the order it was written.
CREATE INDEX authorizations_journal ON authorizations (acquirer, created_at, external_id) WHERE NOT tombstone;
