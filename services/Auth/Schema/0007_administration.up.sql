-- What an administrator can set for a merchant, and when it was set last.
ALTER TABLE merchants
    ADD COLUMN country     text,
    ADD COLUMN home_region text NOT NULL DEFAULT 'us',
    ADD COLUMN cutoff      time NOT NULL DEFAULT '23:59',
    -- Counts changes: one that was made of an older version is refused.
    ADD COLUMN version     bigint NOT NULL DEFAULT 1,
    ADD COLUMN changed_at  timestamptz,
    ADD CONSTRAINT merchants_country_letters CHECK (country ~ '^[A-Z]{2}$'),
    ADD CONSTRAINT merchants_region_named CHECK (home_region ~ '^[a-z0-9-]{1,32}$'),
    ADD CONSTRAINT merchants_version_positive CHECK (version > 0);
UPDATE merchants SET changed_at = created_at;
ALTER TABLE merchants ALTER COLUMN changed_at SET NOT NULL;
CREATE INDEX merchants_changed ON merchants (changed_at);

ALTER TABLE api_keys
    ADD COLUMN name         text,
    -- From then on it is refused: a key that was rotated ends so, after the overlap.
    ADD COLUMN expires_at   timestamptz,
    ADD COLUMN replaced_by  uuid,
    -- To the minute: it is no trail, it tells whether anybody still uses the key.
    ADD COLUMN last_used_at timestamptz,
    -- Of what gateways remember: everything but last_used_at.
    ADD COLUMN changed_at   timestamptz,
    ADD CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 100),
    ADD CONSTRAINT api_keys_replacement_known FOREIGN KEY (replaced_by) REFERENCES api_keys (id),
    ADD CONSTRAINT api_keys_replaced_ends CHECK (replaced_by IS NULL OR expires_at IS NOT NULL OR revoked_at IS NOT NULL);
UPDATE api_keys SET changed_at = coalesce(revoked_at, created_at);
ALTER TABLE api_keys ALTER COLUMN changed_at SET NOT NULL;
ALTER TABLE api_keys SET (fillfactor = 80);
CREATE INDEX api_keys_changed ON api_keys (changed_at);
-- Keys that were made before there were other scopes may go on doing what they could.
UPDATE api_keys SET scopes = '{balances:read,batches:read,events:read,keys:read,keys:write,payments:read,payments:write,reconciliation:read,refunds:write,settings:read,tokens:write,webhooks:read,webhooks:write}'
WHERE scopes = '{payments:read,payments:write,tokens:write}';

-- 0: an administrator's request about a merchant. Its keys are not mixed up with the merchant's own.
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_mode_known;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_mode_known CHECK (mode IN (0, 1, 2));
-- Onboarding under a key happens in the slot that the key hashes to, and so on one shard: this makes it one merchant.
CREATE UNIQUE INDEX idempotency_keys_onboarded_once ON idempotency_keys (key) WHERE kind = 'merchant.create';

-- Who changed what of a merchant. Append-only, by rights and by trigger; each row holds the SHA-256 of the one before it and of itself, so an edit, a gap and a
-- swap are found by audit_faults(). A tail that is cut off, or a chain that its owner computes anew, is found by comparing with a head that was taken elsewhere before.
CREATE TABLE audit (
    sequence      bigint PRIMARY KEY,
    at            timestamptz NOT NULL,
    actor         text NOT NULL,
    action        text NOT NULL,
    merchant_id   uuid NOT NULL,
    subject       text NOT NULL,
    before        jsonb,
    after         jsonb,
    previous_hash bytea NOT NULL,
    hash          bytea NOT NULL,
    CONSTRAINT audit_hash_length CHECK (octet_length(previous_hash) = 32 AND octet_length(hash) = 32)
);
CREATE INDEX audit_of_merchant ON audit (merchant_id, sequence);

CREATE FUNCTION audit_hash(line audit) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(line.previous_hash || convert_to(jsonb_build_array(
        line.sequence, extract(epoch FROM line.at), line.actor, line.action, line.merchant_id, line.subject, line.before, line.after)::text, 'UTF8'))
$$;

-- The database links the chain, so nobody who may insert can insert a wrong link.
CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last audit;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('payflow.auth.audit'));   -- one at a time, until its transaction ends
    SELECT * INTO last FROM audit ORDER BY sequence DESC LIMIT 1;
    NEW.sequence := coalesce(last.sequence, 0) + 1;
    NEW.previous_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    NEW.hash := audit_hash(NEW);
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_linked BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_link();

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- The rows at which the chain is broken; none when it is whole.
CREATE FUNCTION audit_faults() RETURNS TABLE (sequence bigint, fault text) LANGUAGE sql STABLE AS $$
    SELECT a.sequence,
        CASE WHEN a.sequence <> a.expected THEN 'rows are missing before it'
             WHEN a.previous_hash <> a.hash_before THEN 'it does not follow the row before it'
             ELSE 'its content was changed' END
    FROM (SELECT audit.*, audit_hash(audit) AS computed,
              coalesce(lag(audit.sequence) OVER chain, 0) + 1 AS expected, coalesce(lag(audit.hash) OVER chain, decode(repeat('00', 32), 'hex')) AS hash_before
          FROM audit WINDOW chain AS (ORDER BY audit.sequence)) a
    WHERE a.sequence <> a.expected OR a.previous_hash <> a.hash_before OR a.hash <> a.computed
    ORDER BY a.sequence
$$;

GRANT SELECT, INSERT ON audit TO ${role};
