-- What was decided about each payment, once and for good: the role may add rows and never change one. Amounts are minor units.
CREATE TABLE assessments (
    payment_id       uuid        NOT NULL,
    merchant_id      uuid        NOT NULL,
    mode             text        NOT NULL,
    amount           bigint      NOT NULL,
    currency         text        NOT NULL,
    card_fingerprint text,
    score            integer     NOT NULL,
    decision         text        NOT NULL,
    reasons          jsonb       NOT NULL,
    degraded         boolean     NOT NULL,
    scored_by        text        NOT NULL,
    assessed_at      timestamptz NOT NULL,
    CONSTRAINT assessments_pkey PRIMARY KEY (payment_id),
    CONSTRAINT assessments_mode_known CHECK (mode IN ('test', 'live')),
    CONSTRAINT assessments_amount_positive CHECK (amount > 0),
    CONSTRAINT assessments_score_in_range CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT assessments_decision_known CHECK (decision IN ('allow', 'review', 'authenticate', 'block'))
);

-- What a card or a merchant usually pays: how many payments, Σ amount, Σ amount². Sums, so that folding a payment in needs no lock that is
-- held across a round trip, and exact, so that no payment is ever rounded away.
CREATE TABLE amount_history (
    subject  text    NOT NULL,
    mode     text    NOT NULL,
    key      text    NOT NULL,
    currency text    NOT NULL,
    samples  bigint  NOT NULL,
    total    numeric NOT NULL,
    squares  numeric NOT NULL,
    CONSTRAINT amount_history_pkey PRIMARY KEY (subject, mode, key, currency),
    CONSTRAINT amount_history_subject_known CHECK (subject IN ('card', 'merchant')),
    CONSTRAINT amount_history_mode_known CHECK (mode IN ('test', 'live')),
    CONSTRAINT amount_history_samples_positive CHECK (samples > 0)
);

GRANT SELECT, INSERT ON assessments TO ${role};
GRANT SELECT, INSERT, UPDATE ON amount_history TO ${role};
