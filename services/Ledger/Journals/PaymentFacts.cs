using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>What all transfers of an event of <c>payments.events</c> have in common.</summary>
internal sealed record PaymentFacts(Id Payment, Id Merchant, Mode Mode, Currency Currency, DateTimeOffset OccurredAt)
{
    public AccountName MerchantPending => ChartOfAccounts.MerchantPending(Merchant, Mode, Currency);

    public AccountName MerchantAvailable => ChartOfAccounts.MerchantAvailable(Merchant, Mode, Currency);

    public static PaymentFacts Of(PaymentEvent happened) => new(
        Id.Parse(IdPrefix.Payment, happened.PaymentId),
        Id.Parse(IdPrefix.Merchant, happened.MerchantId),
        ContractMode.Read(happened.Mode),
        Currency.Parse(happened.Currency),
        happened.OccurredAt?.ToDateTimeOffset() ?? throw new FormatException("The event doesn't say when it happened."));

    public AccountName Receivable(string acquirer) => ChartOfAccounts.AcquirerReceivable(acquirer, Mode, Currency);

    public NewTransfer Hold(Id operation, long amount, string acquirer, string reference) =>
        Transfer(operation.Derive(IdPrefix.Transfer, TransferType.AuthHold), TransferKind.Pending, TransferType.AuthHold, reference) with
        {
            Debit = Receivable(acquirer),
            Credit = MerchantPending,
            Amount = amount,
        };

    public NewTransfer Transfer(Id id, TransferKind kind, string type, string reference) => new()
    {
        Id = id,
        Kind = kind,
        Type = type,
        PaymentId = Payment,
        MerchantId = Merchant,
        EffectiveAt = OccurredAt,
        ExternalReference = Journal.Reference(reference),
        IsFact = true,
    };
}
