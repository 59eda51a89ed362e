DROP TABLE inter_shard_transfers;
