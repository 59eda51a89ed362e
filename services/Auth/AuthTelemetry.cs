using System.Diagnostics;
using System.Diagnostics.Metrics;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth;

/// <summary>What Auth counts and traces. Ids, amounts and codes only.</summary>
public sealed class AuthTelemetry : IDisposable
{
    public const string Name = "PayFlow.Auth";

    private static readonly ActivitySource Source = new(Name);

    private readonly Meter meter;
    private readonly Counter<long> outcomes;
    private readonly Counter<long> replays;
    private readonly Counter<long> fallbacks;

    public AuthTelemetry(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        meter = meters.Create(Name);
        outcomes = meter.CreateCounter<long>("payflow.operations", description: "Operations that ended, by kind, end and acquirer.");
        replays = meter.CreateCounter<long>("payflow.idempotency.replays", description: "Answers that were given again, by where they came from.");
        fallbacks = meter.CreateCounter<long>("payflow.risk.fallbacks", description: "Payments that were judged without Fraud, by what was decided.");
    }

    /// <summary>The span of a payment that is run; null when nobody listens.</summary>
    public static Activity? Run(Id payment) => Source.StartActivity("payment.run")?.SetTag("payflow.payment_id", payment.ToString());

    /// <summary>Marks the current span with what support looks for.</summary>
    public static void Mark(Id payment, Id merchant, string idempotencyKey) => Activity.Current?
        .SetTag("payflow.payment_id", payment.ToString())
        .SetTag("payflow.merchant_id", merchant.ToString())
        .SetTag("payflow.idempotency_key", idempotencyKey);

    /// <summary>Counts the operations that a committed change ended.</summary>
    public void Committed(PaymentChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        foreach (var operation in change.Operations.Where(operation => operation.State != OperationState.Pending))
        {
            outcomes.Add(1, new("kind", Names.Of(operation.Kind)), new("end", Names.Of(operation.State)), new("acquirer", change.After.Acquirer ?? "none"));
            Activity.Current?.SetTag("payflow.external_id", operation.ExternalId);
        }

        if (change.Before?.Risk is null && change.After.Risk is { Fallback: true } risk)
        {
            fallbacks.Add(1, new KeyValuePair<string, object?>("decision", risk.Decision));
        }
    }

    /// <param name="from">redis or postgres.</param>
    public void Replayed(string from) => replays.Add(1, new KeyValuePair<string, object?>("from", from));

    /// <summary>Shows how many payments run at the moment.</summary>
    public void Watch(Func<int> running) => meter.CreateObservableGauge("payflow.payments.running", running, description: "Payments that run in this process.");

    public void Dispose() => meter.Dispose();
}
