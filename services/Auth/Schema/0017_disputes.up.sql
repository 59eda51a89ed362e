-- What cardholders dispute of a payment: told by the acquirers, decided by the card networks, never refused here. The list is shown and never searched.
ALTER TABLE payments
    ADD COLUMN disputed     bigint NOT NULL DEFAULT 0,
    ADD COLUMN charged_back bigint NOT NULL DEFAULT 0,
    ADD COLUMN disputes     jsonb,
    ADD CONSTRAINT payments_disputes_not_negative CHECK (disputed >= 0 AND charged_back >= 0),
    ADD CONSTRAINT payments_disputes_listed CHECK (disputes IS NOT NULL OR disputed = 0 AND charged_back = 0);

-- A refund that is asked for may not give back what is disputed or charged back. No CHECK can say that: a dispute that comes when the money is refunded already is a fact, and must be let in.
CREATE FUNCTION payments_refuse_refund_of_disputed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment %: more would be refunded than is neither disputed nor charged back', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_refunds_leave_disputed';
END
$$;
CREATE TRIGGER payments_refunds_leave_disputed BEFORE UPDATE OF refunding ON payments FOR EACH ROW
    WHEN (NEW.refunding > OLD.refunding AND NEW.disputed + NEW.charged_back > 0 AND NEW.refunded + NEW.refunding + NEW.disputed + NEW.charged_back > NEW.captured)
    EXECUTE FUNCTION payments_refuse_refund_of_disputed();
