using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>Takes what was settled, what payers' banks took back and what cardholders dispute into the payments: <c>reconciliation.events</c>, in the same transaction as its inbox.</summary>
public sealed partial class SettlementConsumer(TimeProvider time) : IEventConsumer
{
    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken ct)
    {
        // Locked in the order of their ids, so that two consumers never wait for each other in a circle; applied in the order they came.
        var facts = events.Select(Read).OfType<Fact>().ToList();
        var payments = new Dictionary<Id, Payment?>();
        foreach (var id in facts.Select(fact => fact.PaymentId).Distinct().Order())
        {
            payments[id] = await PaymentReadSql.LockAsync(transaction.Connection, transaction.Transaction, id, ct);
        }

        foreach (var fact in facts)
        {
            if (Decide(payments[fact.PaymentId], fact, time.GetUtcNow()) is not { } change)
            {
                continue;   // it is known
            }

            if (await PaymentStore.WriteAsync(transaction, [change], ct) is not [true])
            {
                throw new InvalidOperationException($"{fact.PaymentId} changed while it was locked.");
            }

            payments[fact.PaymentId] = change.After;
            if (fact is Disputed or DisputeDecided)
            {
                CrashPoint.Hit("auth.dispute.written");
            }
        }
    }

    private static Fact? Read(ReceivedEvent received)
    {
        var message = received.Read<ReconciliationEvent>();
        return message.DetailCase switch
        {
            ReconciliationEvent.DetailOneofCase.ItemSettled => Settled.Read(received, message.ItemSettled),
            ReconciliationEvent.DetailOneofCase.DebitReturned => Returned.Read(received, message.DebitReturned),
            ReconciliationEvent.DetailOneofCase.DisputeOpened => Disputed.Read(received, message.DisputeOpened),
            ReconciliationEvent.DetailOneofCase.DisputeClosed => DisputeDecided.Read(received, message.DisputeClosed),
            _ => null,   // deposits and exceptions are others' business
        };
    }

    private static PaymentChange? Decide(Payment? payment, Fact fact, DateTimeOffset now) =>
        payment?.Operations.FirstOrDefault(operation => operation.Id == fact.CaptureId) is { Kind: OperationKind.Capture, State: OperationState.Succeeded } capture
            ? fact.Decide(payment, capture, now)
            : throw new PoisonEventException(fact.Event, $"{fact.PaymentId} has no capture {fact.CaptureId} that succeeded.");

    private abstract record Fact(ReceivedEvent Event, Id PaymentId, Id CaptureId)
    {
        /// <summary>What it makes of the payment; null when the payment has it already.</summary>
        public abstract PaymentChange? Decide(Payment payment, Operation capture, DateTimeOffset now);
    }

    private sealed record Settled(ReceivedEvent Event, Id PaymentId, Id CaptureId, long Amount, string ItemId) : Fact(Event, PaymentId, CaptureId)
    {
        public static Settled Read(ReceivedEvent received, ItemSettled item) =>
            Id.TryParse(IdPrefix.Payment, item.PaymentId, out var payment) && Id.TryParse(IdPrefix.Operation, item.CaptureOperationId, out var capture) && item.Amount > 0
                ? new Settled(received, payment, capture, item.Amount, item.ItemId)
                : throw new PoisonEventException(received, "It names no payment, no capture or no amount.");

        public override PaymentChange Decide(Payment payment, Operation capture, DateTimeOffset now) => payment.Amounts.Settled + Amount > payment.Amounts.Captured
            ? throw new PoisonEventException(Event, $"{PaymentId} would have {payment.Amounts.Settled + Amount} settled of {payment.Amounts.Captured} captured.")
            : PaymentChange.Of(payment, now, Event.TraceParent).Settled(capture, Amount, ItemId);
    }

    private sealed record Returned(ReceivedEvent Event, Id PaymentId, Id CaptureId, BankReturn Return) : Fact(Event, PaymentId, CaptureId)
    {
        public static Returned Read(ReceivedEvent received, DebitReturned told) =>
            Id.TryParse(IdPrefix.Payment, told.PaymentId, out var payment) && Id.TryParse(IdPrefix.Operation, told.CaptureOperationId, out var capture)
            && Id.TryParse(IdPrefix.Operation, told.ReturnOperationId, out var operation) && told.Amount > 0
                ? new Returned(received, payment, capture, new BankReturn(operation, told.Amount, told.Reason, told.ExternalId))
                : throw new PoisonEventException(received, "It names no payment, no capture, no return or no amount.");

        public override PaymentChange? Decide(Payment payment, Operation capture, DateTimeOffset now) =>
            payment.Operations.Any(operation => operation.Id == Return.OperationId) ? null
            : (payment.Method.Type, payment.Amounts.Returned, capture.Amount) != (PaymentMethodType.BankAccount, 0, Return.Amount)
                ? throw new PoisonEventException(Event, $"{Return.Amount} of {PaymentId} can't be returned: {CaptureId} is of {capture.Amount}, and {payment.Amounts.Returned} were returned before.")
            : PaymentChange.Of(payment, now, Event.TraceParent).Returned(capture, Return, now);
    }
}
