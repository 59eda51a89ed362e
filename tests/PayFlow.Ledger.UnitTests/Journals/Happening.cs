using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Ledger.UnitTests.Journals;

/// <summary>Events that tests are written with, of one merchant and acquirer.</summary>
internal static class Happening
{
    public const string Bank = "house";

    public static readonly Id Batch = Sample.Root.Derive(IdPrefix.Batch, "batch");

    public static Id Operation(string name) => Sample.Root.Derive(IdPrefix.Operation, name);

    public static PaymentEvent Authorized(long amount, Id? payment = null) =>
        Payment(payment, new() { Authorized = new() { OperationId = Operation($"auth {payment}").ToString(), Amount = amount, Acquirer = "northbank", ExternalId = "nb_1" } });

    public static PaymentEvent Captured(string operation, long amount, long remaining, bool isFinal, Id? payment = null) => Payment(payment, new()
    {
        Captured = new()
        {
            OperationId = Operation(operation).ToString(), AuthorizeOperationId = Operation($"auth {payment}").ToString(), Amount = amount, Remaining = remaining, IsFinal = isFinal,
            Acquirer = "northbank", ExternalId = "nb_1", ExternalCaptureId = $"nbc_{operation}", Fee = 3, SettlementZone = "UTC",
        },
    });

    public static PaymentEvent Voided(string operation, Id? payment = null) => Payment(payment, new() { Voided = new() { OperationId = Operation(operation).ToString() } });

    public static PaymentEvent Expired(string operation, Id? payment = null) => Payment(payment, new() { Expired = new() { OperationId = Operation(operation).ToString() } });

    public static PaymentEvent RefundRequested(string operation, long amount, Id? payment = null) => Payment(payment, new()
    {
        RefundRequested = new() { OperationId = Operation(operation).ToString(), Amount = amount, Acquirer = "northbank" },
    });

    public static PaymentEvent Refunded(string operation, long amount, string? voids = null, Id? payment = null) => Payment(payment, new()
    {
        Refunded = new()
        {
            OperationId = Operation(operation).ToString(), Amount = amount, Acquirer = "northbank", ExternalId = "nb_1", ExternalRefundId = $"nbr_{operation}",
            VoidedCaptureOperationId = voids is null ? "" : Operation(voids).ToString(), SettlementZone = "UTC",
        },
    });

    public static PaymentEvent RefundFailed(string operation, long amount, string? withdrawn = null, Id? payment = null) => Payment(payment, new()
    {
        RefundFailed = new()
        {
            OperationId = Operation(operation).ToString(), Amount = amount, Reason = "settled", WithdrawnCaptureOperationId = withdrawn is null ? "" : Operation(withdrawn).ToString(),
        },
    });

    public static ReconciliationEvent Settled(string operation, long amount, long fee, int line, Id? payment = null) => Reconciliation(new()
    {
        ItemSettled = new()
        {
            ItemId = Operation(operation).Derive(IdPrefix.Item, "settlement").ToString(), PaymentId = (payment ?? Sample.Payment).ToString(),
            CaptureOperationId = Operation(operation).ToString(), Amount = amount, Expected = amount, Fee = fee, LineNumber = line,
        },
    });

    public static ReconciliationEvent Deposited(long gross, long charge, long unexplained = 0, int ordinal = 1) => Reconciliation(new()
    {
        DepositReported = new() { Gross = gross, Charge = charge, Unexplained = unexplained, Ordinal = ordinal, DepositReference = $"dep-{ordinal}" },
    });

    public static Id Dispute(string name) => Sample.Root.Derive(IdPrefix.Dispute, name);

    public static ReconciliationEvent Disputed(string dispute, long amount, Id? payment = null) => Reconciliation(new()
    {
        DisputeOpened = new()
        {
            DisputeId = Dispute(dispute).ToString(), PaymentId = (payment ?? Sample.Payment).ToString(), Amount = amount, Reason = "fraudulent", ExternalDisputeId = $"nbx_{dispute}",
            DebitReference = $"nbx_{dispute}_debit",
        },
    });

    public static ReconciliationEvent DisputeWon(string dispute, long amount, Id? payment = null) => Decided(dispute, amount, DisputeOutcome.Won, 0, payment);

    public static ReconciliationEvent DisputeLost(string dispute, long amount, long fee, Id? payment = null) => Decided(dispute, amount, DisputeOutcome.Lost, fee, payment);

    private static ReconciliationEvent Decided(string dispute, long amount, DisputeOutcome outcome, long fee, Id? payment) => Reconciliation(new()
    {
        DisputeClosed = new()
        {
            DisputeId = Dispute(dispute).ToString(), PaymentId = (payment ?? Sample.Payment).ToString(), Amount = amount, Outcome = outcome, Fee = fee, ExternalDisputeId = $"nbx_{dispute}",
            CreditReference = outcome == DisputeOutcome.Won ? $"nbx_{dispute}_credit" : "",
        },
    });

    /// <param name="debit">What the acquirer calls its debit of our bank account; empty when it was never settled.</param>
    public static ReconciliationEvent ReturnedDebit(string operation, long amount, string debit) => Reconciliation(new()
    {
        DebitReturned = new()
        {
            ReturnOperationId = Operation(operation).Derive(IdPrefix.Operation, "return").ToString(), ItemId = Operation(operation).Derive(IdPrefix.Item, "settlement").ToString(),
            PaymentId = Sample.Payment.ToString(), CaptureOperationId = Operation(operation).ToString(), Amount = amount, Reason = "R01", ExternalId = "ksb_1", DebitReference = debit,
        },
    });

    public static PaymentEvent Payment(Id? payment, PaymentEvent detail) => new(detail)
    {
        PaymentId = (payment ?? Sample.Payment).ToString(),
        MerchantId = Sample.Merchant.ToString(),
        Mode = Modes.Test,
        Currency = "USD",
        OccurredAt = Timestamp.FromDateTimeOffset(Sample.Now),
    };

    public static ReconciliationEvent Reconciliation(ReconciliationEvent detail) => new(detail)
    {
        BatchId = Batch.ToString(),
        MerchantId = Sample.Merchant.ToString(),
        Mode = Modes.Test,
        Acquirer = "northbank",
        Currency = "USD",
        OccurredAt = Timestamp.FromDateTimeOffset(Sample.Now),
    };
}

/// <summary>A ledger without a database: polls go through the journals and the engine as in the consumer.</summary>
internal sealed class MemoryLedger
{
    public Books Books { get; private set; } = Books.Empty;

    /// <summary>Applies one poll of events, each a PaymentEvent or a ReconciliationEvent.</summary>
    /// <returns>The result of each transfer.</returns>
    public IReadOnlyList<TransferRefusal> Apply(params IEnumerable<object> events)
    {
        var book = new PaymentBook(Books);
        var transfers = events.SelectMany(happened => happened switch
        {
            PaymentEvent payment => PaymentJournals.Of(payment, book),
            ReconciliationEvent reconciliation => ReconciliationJournals.Of(reconciliation, Happening.Bank),
            _ => throw new InvalidOperationException($"{happened} is no event."),
        }).ToList();
        var outcome = LedgerEngine.Apply(Books, transfers, Sample.Now);
        Books = Books.After(outcome);
        return outcome.Results;
    }

    /// <summary>Posted balance on the account's normal side, and what is pending on the side that raises it; minor units.</summary>
    public (long Posted, long Pending) Of(string path) => Books.Accounts.Values.SingleOrDefault(account => account.Name.Path == path) is { } account
        ? (account.LedgerBalance, account.IsDebitNormal ? account.DebitsPending : account.CreditsPending)
        : (0, 0);
}
