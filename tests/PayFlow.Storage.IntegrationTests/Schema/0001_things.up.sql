-- What the tests write.
CREATE TABLE things (
    key   text   NOT NULL CONSTRAINT things_pk PRIMARY KEY,
    slot  smallint NOT NULL DEFAULT 0,
    count bigint NOT NULL DEFAULT 1 CONSTRAINT things_count CHECK (count > 0)
);
GRANT SELECT, INSERT, UPDATE ON things TO ${role};
