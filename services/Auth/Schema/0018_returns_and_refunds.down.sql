DROP TRIGGER payments_refunds_leave_disputed ON payments;
CREATE TRIGGER payments_refunds_leave_disputed BEFORE UPDATE OF refunding ON payments FOR EACH ROW
    WHEN (NEW.refunding > OLD.refunding AND NEW.disputed + NEW.charged_back > 0 AND NEW.refunded + NEW.refunding + NEW.disputed + NEW.charged_back > NEW.captured)
    EXECUTE FUNCTION payments_refuse_refund_of_disputed();
