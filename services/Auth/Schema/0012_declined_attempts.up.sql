-- What an acquirer said when it declined: an attempt may be declined and the payment go on at another acquirer.
ALTER TABLE attempts
    ADD COLUMN decline_code text,
    ADD COLUMN decline_kind text,
    ADD CONSTRAINT attempts_decline_kind_known CHECK (decline_kind IN ('hard', 'soft')),
    ADD CONSTRAINT attempts_decline_only_when_declined CHECK (state = 'declined' OR num_nonnulls(decline_code, decline_kind) = 0);
