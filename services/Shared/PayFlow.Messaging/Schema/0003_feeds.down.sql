ALTER TABLE outbox_unpublished DROP COLUMN again;
ALTER TABLE outbox DROP COLUMN feed_merchant, DROP COLUMN feed_mode;
DROP TABLE feed_events, feeds;
