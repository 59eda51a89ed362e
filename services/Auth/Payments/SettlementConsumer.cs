using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>Takes what was settled into the payments: <c>reconciliation.events</c>, in the same transaction as its inbox.</summary>
public sealed class SettlementConsumer(TimeProvider time) : IEventConsumer
{
    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken ct)
    {
        // Locked in the order of their ids, so that two consumers never wait for each other in a circle; applied in the order they came.
        var settled = events.Select(Read).Where(item => item is not null).Select(item => item!).ToList();
        var payments = new Dictionary<Id, Payment?>();
        foreach (var id in settled.Select(item => item.PaymentId).Distinct().Order())
        {
            payments[id] = await PaymentReadSql.LockAsync(transaction.Connection, transaction.Transaction, id, ct);
        }

        foreach (var item in settled)
        {
            var change = Decide(payments[item.PaymentId], item, time.GetUtcNow());
            if (await PaymentStore.WriteAsync(transaction, [change], ct) is not [true])
            {
                throw new InvalidOperationException($"{item.PaymentId} changed while it was locked.");
            }

            payments[item.PaymentId] = change.After;
        }
    }

    private static SettledItem? Read(ReceivedEvent received)
    {
        var message = received.Read<ReconciliationEvent>();
        if (message.DetailCase != ReconciliationEvent.DetailOneofCase.ItemSettled)
        {
            return null;   // deposits and exceptions are others' business
        }

        var item = message.ItemSettled;
        return Id.TryParse(IdPrefix.Payment, item.PaymentId, out var payment) && Id.TryParse(IdPrefix.Operation, item.CaptureOperationId, out var capture) && item.Amount > 0
            ? new SettledItem(received, payment, capture, item.Amount, item.ItemId)
            : throw new PoisonEventException(received, "It names no payment, no capture or no amount.");
    }

    private static PaymentChange Decide(Payment? payment, SettledItem item, DateTimeOffset now)
    {
        if (payment?.Operations.FirstOrDefault(operation => operation.Id == item.CaptureId) is not { Kind: OperationKind.Capture, State: OperationState.Succeeded } capture)
        {
            throw new PoisonEventException(item.Event, $"{item.PaymentId} has no capture {item.CaptureId} that succeeded.");
        }

        return payment.Amounts.Settled + item.Amount > payment.Amounts.Captured
            ? throw new PoisonEventException(item.Event, $"{item.PaymentId} would have {payment.Amounts.Settled + item.Amount} settled of {payment.Amounts.Captured} captured.")
            : PaymentChange.Of(payment, now, item.Event.TraceParent).Settled(capture, item.Amount, item.ItemId);
    }

    private sealed record SettledItem(ReceivedEvent Event, Id PaymentId, Id CaptureId, long Amount, string ItemId);
}
