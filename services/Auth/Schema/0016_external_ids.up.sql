-- What an acquirer calls an authorization is how it is captured there: two payments must never go by one id.
CREATE UNIQUE INDEX attempts_one_per_external_id ON attempts (acquirer, external_id) WHERE state = 'approved' AND starts_with(reference, 'att_');
