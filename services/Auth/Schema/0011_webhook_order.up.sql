-- What is due at the same time goes out in the order of the feed, and is found without sorting all that waits.
DROP INDEX webhook_deliveries_next;
CREATE INDEX webhook_deliveries_next ON webhook_deliveries (endpoint_id, next_at, event_id) WHERE next_at IS NOT NULL;
