-- How far each acquirer's journal was compared with what is known here. Kept on the first shard.
CREATE TABLE orphan_marks (
    acquirer    text PRIMARY KEY,
    -- Everything that the acquirer authorized before this was compared.
    swept_until timestamptz NOT NULL,
    swept_at    timestamptz NOT NULL
);

-- Authorizations that stood at an acquirer and should not: written down before they are reversed there.
CREATE TABLE orphans (
    acquirer    text NOT NULL,
    reference   text NOT NULL,
    external_id text NOT NULL,
    merchant_id uuid NOT NULL,
    -- Minor units.
    amount      bigint NOT NULL,
    currency    char(3) NOT NULL,
    -- The state of the attempt here; null when there was none.
    here        text,
    found_at    timestamptz NOT NULL,
    resolution  text,
    reason      text,
    resolved_at timestamptz,
    CONSTRAINT orphans_pkey PRIMARY KEY (acquirer, reference),
    CONSTRAINT orphans_amount_positive CHECK (amount > 0),
    CONSTRAINT orphans_resolution_known CHECK (resolution IN ('reversed', 'refused')),
    CONSTRAINT orphans_resolved_whole CHECK ((resolution IS NULL) = (resolved_at IS NULL)),
    CONSTRAINT orphans_reason_when_refused CHECK ((reason IS NOT NULL) = (resolution IS NOT NULL AND resolution = 'refused'))
);
CREATE INDEX orphans_unresolved ON orphans (acquirer) WHERE resolved_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON orphan_marks, orphans TO ${role};
