-- Which shard each slot lives on, as this database knows. A shard owns the slots of the rows that carry its own number; a move gives the slot a
-- higher epoch, and every write claims the epoch that it knows.
CREATE TABLE payflow_slots (
    slot  smallint NOT NULL CONSTRAINT payflow_slots_pk PRIMARY KEY CONSTRAINT payflow_slots_slot CHECK (slot BETWEEN 0 AND 999),
    shard integer  NOT NULL CONSTRAINT payflow_slots_shard CHECK (shard >= 0),
    epoch bigint   NOT NULL CONSTRAINT payflow_slots_epoch CHECK (epoch >= 1)
);

GRANT SELECT ON payflow_slots TO ${role};

-- Refuses (SQLSTATE PF001) a transaction whose slots live elsewhere or at another epoch, and holds all slots where they are until it ends.
-- One shared advisory lock costs no write; row locks would. The lock comes first: the SELECT after it takes a new snapshot, which sees a move that
-- the lock had to wait for.
CREATE FUNCTION payflow_require_slots(shard_here integer, slots smallint[], epochs bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stale smallint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('payflow_slots'), 0);
    SELECT claim.slot INTO stale
      FROM unnest(slots, epochs) AS claim (slot, epoch)
     WHERE NOT EXISTS (SELECT FROM payflow_slots s WHERE s.slot = claim.slot AND s.shard = shard_here AND s.epoch = claim.epoch)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'slot % does not live here at the epoch that was claimed', stale
            USING ERRCODE = 'PF001', TABLE = 'payflow_slots', CONSTRAINT = 'payflow_slots_epoch';
    END IF;
END $$;

-- Writes down where a slot lives from an epoch on, after the transactions that write here have ended; not when a later epoch is known already.
CREATE FUNCTION payflow_assign_slot(slot_moved smallint, shard_new integer, epoch_new bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('payflow_slots'), 0);
    UPDATE payflow_slots SET shard = shard_new, epoch = epoch_new WHERE slot = slot_moved AND epoch < epoch_new;
END $$;

-- Slots are moved by an owner, never by a service.
REVOKE EXECUTE ON FUNCTION payflow_assign_slot(smallint, integer, bigint) FROM PUBLIC;
