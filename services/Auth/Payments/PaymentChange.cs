using System.Diagnostics;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Auth.Idempotency;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>
/// One step of a payment from what is committed to what shall be: state, history and events are built together, so no state changes without its history.
/// The store writes it whole or, when somebody else was faster, not at all.
/// </summary>
public sealed class PaymentChange
{
    private readonly List<HistoryEntry> history = [];
    private readonly List<PublishedEvent> events = [];
    private readonly DateTimeOffset now;

    private PaymentChange(Payment? before, Payment after, DateTimeOffset now)
    {
        Before = before;
        After = after;
        this.now = now;
    }

    /// <summary>What the change rests on; null for a new payment.</summary>
    public Payment? Before { get; }

    public Payment After { get; private set; }

    public IReadOnlyList<HistoryEntry> History => history;

    public IReadOnlyList<PublishedEvent> Events => events;

    /// <summary>The W3C trace that the events belong to; the current one unless the change comes from an event.</summary>
    public string? TraceParent { get; init; } = Activity.Current?.Id;

    /// <summary>The key of the request that asks for the change, when it isn't committed yet.</summary>
    public KeyRow? NewKey { get; private set; }

    /// <summary>The answer that the change makes true.</summary>
    public KeyAnswer? Answer { get; private set; }

    /// <summary>The authorization was open before and is decided now.</summary>
    public bool EndsAuthorization =>
        After.Authorization is { State: not OperationState.Pending } && Before?.Authorization is null or { State: OperationState.Pending };

    /// <summary>Operations that are new or different.</summary>
    public IEnumerable<Operation> Operations => Before is null ? After.Operations : After.Operations.Except(Before.Operations);

    /// <summary>Attempts that are new or different.</summary>
    public IEnumerable<Attempt> Attempts => Before is null ? After.Attempts : After.Attempts.Except(Before.Attempts);

    public static PaymentChange New(Payment payment, DateTimeOffset now) =>
        new(null, payment with { Version = 1, Lease = payment.Lease with { Epoch = 1 }, UpdatedAt = now }, now);

    public static PaymentChange Of(Payment before, DateTimeOffset now) => new(before, Next(before, now), now);

    /// <summary>A change because of an event, in the event's trace.</summary>
    public static PaymentChange Of(Payment before, DateTimeOffset now, string? traceParent) => new(before, Next(before, now), now) { TraceParent = traceParent };

    /// <summary>A step that history tells of.</summary>
    public PaymentChange Step(string type, Func<Payment, Payment> apply, JsonObject? metadata = null)
    {
        var previous = history.Count == 0 && Before is null ? (PaymentStatus?)null : After.Status;
        After = apply(After);
        After = After with { HistorySequence = After.HistorySequence + 1 };
        history.Add(new HistoryEntry(After.HistorySequence, type, previous, After.Status, now, metadata ?? []));
        return this;
    }

    /// <summary>Bookkeeping of the executor, which is no state of the payment: counts of tries, the lease.</summary>
    public PaymentChange Quietly(Func<Payment, Payment> apply)
    {
        After = apply(After);
        return this;
    }

    /// <summary>The event that tells other services of the steps so far.</summary>
    public PaymentChange Publish(string type, Action<PaymentEvent> fill)
    {
        After = After with { EventSequence = After.EventSequence + 1 };
        var message = new PaymentEvent
        {
            PaymentId = After.Id.ToString(),
            MerchantId = After.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)After.Mode,
            Currency = After.Amount.Currency.Code,
            OccurredAt = now.ToTimestamp(),
            Status = After.Status.Name(),
            Amount = After.Amount.MinorUnits,
            Reference = After.Reference ?? "",
            PaymentMethod = Names.Of(After.Method.Type),
        };
        fill(message);
        events.Add(new PublishedEvent(After.EventSequence, type, message, now, TraceParent));
        return this;
    }

    public PaymentChange Under(KeyRow key)
    {
        NewKey = key;
        return this;
    }

    public PaymentChange Answering(KeyAnswer? answer)
    {
        Answer = answer;
        return this;
    }

    private static Payment Next(Payment before, DateTimeOffset now) => before with { Version = before.Version + 1, UpdatedAt = now };
}

/// <summary>A line of a payment's history; never changed.</summary>
/// <param name="Previous">Null for the first.</param>
public sealed record HistoryEntry(long Sequence, string Type, PaymentStatus? Previous, PaymentStatus Status, DateTimeOffset At, JsonObject Metadata);

/// <summary>An event as the outbox takes it.</summary>
/// <param name="Sequence">Of the payment, from 1 without gaps.</param>
/// <param name="TraceParent">The trace it belongs to: its commit may be shared with others.</param>
public sealed record PublishedEvent(long Sequence, string Type, PaymentEvent Message, DateTimeOffset OccurredAt, string? TraceParent);
