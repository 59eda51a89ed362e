-- The publisher's state: how many events each aggregate has.
CREATE TABLE counters (aggregate uuid PRIMARY KEY, sequence bigint NOT NULL);
-- The consumer's effects. No natural key on purpose: what took effect twice is there twice.
CREATE TABLE effects (
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer     text   NOT NULL,
    topic        text   NOT NULL,
    aggregate    uuid   NOT NULL,
    sequence     bigint NOT NULL,
    trace_parent text
);
-- Messages that were accepted and must be handed over at least once.
CREATE TABLE tickets (id uuid PRIMARY KEY, is_sent boolean NOT NULL DEFAULT false, handed_over integer NOT NULL DEFAULT 0);
GRANT SELECT, INSERT, UPDATE ON counters, effects, tickets TO ${role};
