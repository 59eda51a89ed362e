using System.Collections.Immutable;
using Grpc.Core;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Ledger.V1;
using WireKind = PayFlow.Contracts.Ledger.V1.TransferKind;

namespace PayFlow.Auth.Previews;

/// <summary><c>preview=true</c>: answers what a request would do, and does nothing.</summary>
public sealed partial class PreviewChange(
    MerchantDirectory merchants,
    Routing routing,
    Ledger.LedgerClient ledger,
    IOptions<PricingOptions> pricing,
    TimeProvider time,
    ILogger<PreviewChange> logger)
{
    private const string LedgerAway = "The ledger could not be asked, so the journal is left out.";
    private const string VoidOrRefund =
        "The capture would be voided, without a fee, unless it is on its way to settlement by then: then it would be a refund in the next batch.";

    /// <summary>Whether a request only asks what it would do; its query has no other parameter.</summary>
    public static Result<bool> IsAsked(HttpRequest request) => ServiceDefaults.Requests.RequestQuery.Read(request, query => query.OptionalBoolean("preview") ?? false);

    public static PreviewView Refused(Refusal refusal) => new()
    {
        Allowed = false,
        Refusal = new RefusalView(refusal.Code, refusal.Message, refusal.Param),
    };

    /// <param name="change">What the request would write first.</param>
    public async Task<PreviewView> HandleAsync(PaymentChange change, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(change);
        var now = time.GetUtcNow();
        var merchant = await merchants.GetAsync(change.After.MerchantId, ct);
        var acquirer = routing.Choose(change.After, merchant, ImmutableHashSet<string>.Empty)?.Acquirer ?? "none";
        var supposed = Suppose.Success(change, new Terms(acquirer, merchant.Hold, pricing.Value.FeeOf, merchant.DayEnd), now);
        var journal = await JournalAsync(supposed, ct);
        var payment = supposed.After;
        var fee = supposed.Operations.Sum(operation => operation.Fee);
        var isRefundOfAWhole = supposed.Operations.Any(operation => operation.VoidsCapture);
        return new PreviewView
        {
            Allowed = true,
            Payment = new AfterwardsView(payment.Status.Name(), AmountsView.Of(payment.Amounts)),
            Fee = payment.Amount with { MinorUnits = fee },
            EstimatedSettlementDate = IsSettled(supposed) ? BusinessDaysAfter(merchant.DayEnd.DateOf(now), routing.SettlesAfterDays(payment.Acquirer ?? acquirer)) : null,
            HoldEndsAt = payment.HoldEndsAt,
            Journal = journal,
            Notes = [.. Notes(journal, isRefundOfAWhole)],
        };
    }

    private static IEnumerable<string> Notes(IReadOnlyList<JournalLineView>? journal, bool isRefundOfAWhole)
    {
        if (isRefundOfAWhole)
        {
            yield return VoidOrRefund;
        }

        if (journal is null)
        {
            yield return LedgerAway;
        }
    }

    private static bool IsSettled(PaymentChange supposed) => supposed.Operations.Any(operation => operation is { Kind: OperationKind.Capture or OperationKind.Refund, VoidsCapture: false });

    // Without holidays: it is an estimate.
    private static DateOnly BusinessDaysAfter(DateOnly date, int days)
    {
        while (days > 0)
        {
            date = date.AddDays(1);
            days -= date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0 : 1;
        }

        return date;
    }

    private async Task<IReadOnlyList<JournalLineView>?> JournalAsync(PaymentChange supposed, CancellationToken ct)
    {
        if (supposed.Events.Count == 0)
        {
            return [];
        }

        try
        {
            var request = new PreviewPaymentRequest { Events = { supposed.Events.Select(told => told.Message) } };
            var posted = await ledger.PreviewPaymentAsync(request, cancellationToken: ct);
            return [.. posted.Transfers.Select(Line)];
        }
        catch (RpcException away) when (!ct.IsCancellationRequested)
        {
            LogAway(supposed.After.Id, away.Status.Detail);
            return null;
        }
    }

    private static JournalLineView Line(PreviewedTransfer line) => new(
        line.Type,
        line.Kind switch
        {
            WireKind.Posted => "posted",
            WireKind.Pending => "pending",
            WireKind.PostPending => "post_pending",
            WireKind.VoidPending => "void_pending",
            _ => throw new InvalidOperationException($"The ledger told of a transfer of kind {(int)line.Kind}."),
        },
        line.Debit.Path,
        line.Credit.Path,
        new Money(line.Amount, Currency.Parse(line.Debit.Currency)));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ledger could not be asked for a preview of {Payment}: {Reason}")]
    private partial void LogAway(Id payment, string reason);
}
