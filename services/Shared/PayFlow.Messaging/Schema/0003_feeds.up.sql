-- Feeds: what one merchant is told in one mode, numbered 1, 2, 3 … without gaps. An event gets its number by the statement that strikes it off the queue,
-- under the lock of its feed's row: a number is visible only when all before it are, and an event gets one only once.
CREATE TABLE feeds (
    merchant uuid     NOT NULL,
    mode     smallint NOT NULL,
    last     bigint   NOT NULL,
    CONSTRAINT feeds_pk PRIMARY KEY (merchant, mode)
) WITH (fillfactor = 50);

-- The event itself stays in the outbox; both are forgotten together.
CREATE TABLE feed_events (
    merchant uuid     NOT NULL,
    mode     smallint NOT NULL,
    number   bigint   NOT NULL,
    event    bigint   NOT NULL,
    CONSTRAINT feed_events_pk PRIMARY KEY (merchant, mode, number)
);

-- Whose feed tells an event; null: nobody's.
ALTER TABLE outbox ADD COLUMN feed_merchant uuid, ADD COLUMN feed_mode smallint,
    ADD CONSTRAINT outbox_feed_whole CHECK ((feed_merchant IS NULL) = (feed_mode IS NULL));

-- Queued a second time: consumers see it again, its feed does not.
ALTER TABLE outbox_unpublished ADD COLUMN again boolean NOT NULL DEFAULT false;

GRANT SELECT, INSERT, UPDATE ON feeds TO ${role};
GRANT SELECT, INSERT, DELETE ON feed_events TO ${role};
