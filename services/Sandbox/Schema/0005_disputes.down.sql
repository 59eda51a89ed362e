DROP TABLE disputes, notices, notice_feeds;
ALTER TABLE captures DROP COLUMN debited, DROP COLUMN credited;
