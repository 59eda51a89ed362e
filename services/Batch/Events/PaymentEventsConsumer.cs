using Microsoft.Extensions.Options;
using PayFlow.Batch.Items;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Batch.Events;

/// <summary>Every capture becomes an item. Its id follows from the capture, so the same event twice makes one item.</summary>
internal sealed class PaymentEventsConsumer(IOptions<BatchOptions> options) : IEventConsumer
{
    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken cancel)
    {
        var items = new List<Item>();
        foreach (var received in events)
        {
            var payment = received.Read<PaymentEvent>();
            if (payment.DetailCase == PaymentEvent.DetailOneofCase.Captured)
            {
                items.Add(ToItem(received, payment, payment.Captured));
            }
        }

        if (items.Count > 0)
        {
            await ItemSql.InsertAsync(transaction, items, cancel);
            CrashPoint.Hit("batch.items.written");
        }
    }

    private Item ToItem(ReceivedEvent received, PaymentEvent payment, PaymentCaptured captured)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(captured.SettlementZone, out var zone))
        {
            throw new PoisonEventException(received, $"'{captured.SettlementZone}' is not a time zone of the IANA database.");
        }

        var currency = Currency.Parse(payment.Currency);
        var capture = Id.Parse(IdPrefix.Operation, captured.OperationId);
        var capturedAt = payment.OccurredAt.ToDateTimeOffset();
        return new Item(
            capture.Derive(IdPrefix.Item, "settlement"), Id.Parse(IdPrefix.Payment, payment.PaymentId), capture,
            Id.Parse(IdPrefix.Merchant, payment.MerchantId), (Mode)payment.Mode, captured.Acquirer, captured.ExternalCaptureId,
            new Money(captured.Amount, currency), new Money(captured.Fee, currency), capturedAt,
            SettlementDay.Of(capturedAt, zone, options.Value.Cutoff));
    }
}
