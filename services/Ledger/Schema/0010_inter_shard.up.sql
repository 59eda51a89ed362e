-- Transfers to other shards that are reserved here and not finished there: written with the pending transfer, gone with its end.
CREATE TABLE inter_shard_transfers (
    id          uuid        NOT NULL CONSTRAINT inter_shard_transfers_pkey PRIMARY KEY,   -- of the transfer that was asked for
    pending_id  uuid        NOT NULL,                                                     -- what reserves it here
    credit_path text        COLLATE "C" NOT NULL,                                         -- who gets it, on the other shard
    reserved_at timestamptz NOT NULL
);
CREATE INDEX inter_shard_transfers_age ON inter_shard_transfers (reserved_at);

GRANT SELECT, INSERT, DELETE ON inter_shard_transfers TO ${role};
GRANT UPDATE (reserved_at) ON inter_shard_transfers TO ${role};   -- FOR UPDATE wants it; nobody changes it
