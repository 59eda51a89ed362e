DROP TABLE outbox_relays, outbox_lanes, outbox_parked, outbox_unpublished, outbox;
