using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>
/// What a bank debit posts that the payer's bank took back: a fact, which may overdraw the merchant. One that was never settled is taken out of what waits for its settlement; one that was
/// is taken out of what the merchant has, and was debited from our bank account.
/// </summary>
internal static class ReturnJournals
{
    public static IReadOnlyList<NewTransfer> Returned(ReconciliationEvent happened, DebitReturned returned, string bank)
    {
        var (merchant, mode, currency) = (Id.Parse(IdPrefix.Merchant, happened.MerchantId), ContractMode.Read(happened.Mode), Currency.Parse(happened.Currency));
        var operation = Id.Parse(IdPrefix.Operation, returned.ReturnOperationId);
        var wasSettled = returned.DebitReference.Length > 0;
        var receivable = ChartOfAccounts.AcquirerReceivable(happened.Acquirer, mode, currency);
        var taken = ReconciliationJournals.Transfer(happened, operation.Derive(IdPrefix.Transfer, TransferType.Return), TransferType.Return, returned.ExternalId) with
        {
            PaymentId = Id.Parse(IdPrefix.Payment, returned.PaymentId),
            Debit = wasSettled ? ChartOfAccounts.MerchantAvailable(merchant, mode, currency) : ChartOfAccounts.MerchantPending(merchant, mode, currency),
            Credit = receivable,
            Amount = returned.Amount,
        };
        var debited = taken with
        {
            Id = operation.Derive(IdPrefix.Transfer, $"{TransferType.Return}:{TransferType.Deposit}"),
            Type = TransferType.Deposit,
            ExternalReference = Journal.Reference(returned.DebitReference),
            Debit = receivable,
            Credit = ChartOfAccounts.BankCash(bank, mode, currency),
        };
        return wasSettled ? Journal.Of(taken, debited) : Journal.Of(taken);
    }
}
