-- The issuers' access control server: what it was asked, and what the payer said.
CREATE TABLE authentications (
    reference  text        NOT NULL,
    id         text        NOT NULL,
    amount     bigint      NOT NULL,
    currency   text        NOT NULL,
    card       text        NOT NULL,
    return_url text        NOT NULL,
    state      text        NOT NULL,
    value      text,
    created_at timestamptz NOT NULL,
    CONSTRAINT authentications_pkey PRIMARY KEY (reference),
    CONSTRAINT authentications_id_key UNIQUE (id),
    CONSTRAINT authentications_state_known CHECK (state IN ('Challenged', 'Authenticated', 'Rejected')),
    CONSTRAINT authentications_proved CHECK ((state = 'Authenticated') = (value IS NOT NULL))
);

GRANT SELECT, INSERT ON authentications TO ${role};
GRANT UPDATE (state, value) ON authentications TO ${role};
