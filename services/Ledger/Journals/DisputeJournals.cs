using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>
/// What disputes post, from <c>reconciliation.events</c>. They are facts and may overdraw. The acquirer takes the money from our bank account when a dispute is opened, and gives it back when it
/// is won; so acquirer_receivable is touched and left as it was, and chargeback_clearing is what the networks hold of open disputes.
/// </summary>
internal static class DisputeJournals
{
    public static IReadOnlyList<NewTransfer> Opened(ReconciliationEvent happened, DisputeOpened opened, string bank)
    {
        var dispute = Facts.Of(happened, opened.DisputeId, opened.PaymentId, opened.Amount, opened.DebitReference);
        return Journal.Of(
            dispute.Line("open:1", TransferType.ChargebackHold, dispute.Available, dispute.Reserve),
            dispute.Line("open:2", TransferType.ChargebackHold, dispute.Clearing, dispute.Receivable),
            dispute.Line("open:3", TransferType.Deposit, dispute.Receivable, dispute.Bank(bank)));
    }

    public static IReadOnlyList<NewTransfer> Closed(ReconciliationEvent happened, DisputeClosed closed, string bank)
    {
        var dispute = Facts.Of(happened, closed.DisputeId, closed.PaymentId, closed.Amount, closed.CreditReference);
        return closed.Outcome switch
        {
            DisputeOutcome.Won => Journal.Of(
                dispute.Line("close:1", TransferType.ChargebackWon, dispute.Receivable, dispute.Clearing),
                dispute.Line("close:2", TransferType.ChargebackWon, dispute.Reserve, dispute.Available),
                dispute.Line("close:3", TransferType.Deposit, dispute.Bank(bank), dispute.Receivable)),
            DisputeOutcome.Lost => Journal.Of(new[]
            {
                dispute.Line("close:1", TransferType.ChargebackLost, dispute.Reserve, dispute.Clearing),
                dispute.Line("close:2", TransferType.Fee, dispute.Available, dispute.Revenue) with { Amount = closed.Fee },
            }.Where(line => line.Amount != 0)),
            _ => throw new FormatException($"This ledger knows no outcome {(int)closed.Outcome} of a dispute."),
        };
    }

    /// <summary>What all transfers of a dispute have in common.</summary>
    private sealed record Facts(Id Dispute, NewTransfer Common, Id Merchant, Mode Mode, Currency Currency, string Acquirer)
    {
        public AccountName Available => ChartOfAccounts.MerchantAvailable(Merchant, Mode, Currency);

        public AccountName Reserve => ChartOfAccounts.MerchantReserve(Merchant, Mode, Currency);

        public AccountName Clearing => ChartOfAccounts.ChargebackClearing(Acquirer, Mode, Currency);

        public AccountName Receivable => ChartOfAccounts.AcquirerReceivable(Acquirer, Mode, Currency);

        public AccountName Revenue => ChartOfAccounts.ProcessingRevenue(Mode, Currency);

        public static Facts Of(ReconciliationEvent happened, string disputeId, string paymentId, long amount, string reference)
        {
            var dispute = Id.Parse(IdPrefix.Dispute, disputeId);
            var common = ReconciliationJournals.Transfer(happened, dispute, TransferType.ChargebackHold, reference) with
            {
                PaymentId = Id.Parse(IdPrefix.Payment, paymentId),
                Amount = amount,
            };
            return new Facts(
                dispute, common, Id.Parse(IdPrefix.Merchant, happened.MerchantId), ContractMode.Read(happened.Mode), Currency.Parse(happened.Currency), happened.Acquirer);
        }

        public AccountName Bank(string bank) => ChartOfAccounts.BankCash(bank, Mode, Currency);

        /// <summary>One line of the whole amount. Its id follows from the dispute and the step, not from how it was decided: what contradicts a decision that is posted can't be.</summary>
        public NewTransfer Line(string step, string type, AccountName debit, AccountName credit) =>
            Common with { Id = Dispute.Derive(IdPrefix.Transfer, step), Type = type, Debit = debit, Credit = credit };
    }
}
