DROP TRIGGER payments_refunds_leave_disputed ON payments;
DROP FUNCTION payments_refuse_refund_of_disputed();
ALTER TABLE payments DROP COLUMN disputed, DROP COLUMN charged_back, DROP COLUMN disputes;
