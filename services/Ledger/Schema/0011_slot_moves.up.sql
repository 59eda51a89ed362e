-- Slots that came here from other shards. What was posted there stays there, in the chain that it was signed in; what was open came along.
CREATE TABLE slot_arrivals (
    slot       smallint    NOT NULL,
    shard      integer     NOT NULL,                       -- where it was
    epoch      bigint      NOT NULL,                       -- of the move that took it away from there
    arrived_at timestamptz NOT NULL,                       -- here
    CONSTRAINT slot_arrivals_pkey PRIMARY KEY (slot, shard)
);

-- Slots that left, and where their last transfers here begin.
CREATE TABLE slot_departures (
    slot        smallint    NOT NULL,
    epoch       bigint      NOT NULL,
    shard       integer     NOT NULL,                      -- where it went
    move_id     uuid        NOT NULL,                      -- the ids of the transfers that move balances follow from it
    after_block bigint      NOT NULL,
    departed_at timestamptz NOT NULL,
    CONSTRAINT slot_departures_pkey PRIMARY KEY (slot, epoch)
);

-- An account goes on being numbered where it came from: here it has the entries after this one.
ALTER TABLE accounts
    ADD COLUMN carried_version bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT accounts_carried_before_last CHECK (carried_version BETWEEN 0 AND version);

CREATE TRIGGER slot_arrivals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON slot_arrivals FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER slot_departures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON slot_departures FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The slot that an id carries in its last ten bits.
CREATE FUNCTION ledger_slot_of(id uuid) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT ((('x' || right(id::text, 4))::bit(16)::integer) & 1023)::smallint
$$;

-- Slots are moved by the owner of the database; the service reads where they were.
GRANT SELECT ON slot_arrivals, slot_departures TO ${role};
