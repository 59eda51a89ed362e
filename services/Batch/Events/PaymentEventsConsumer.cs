using System.Globalization;
using Microsoft.Extensions.Options;
using PayFlow.Batch.Items;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;
using ItemKind = PayFlow.Batch.Items.ItemKind;

namespace PayFlow.Batch.Events;

/// <summary>
/// Every capture and every refund becomes an item; its id follows from the operation, so the same event twice makes one item. A capture that was voided
/// instead of refunded has its item withdrawn by then; a void that failed gives it back.
/// </summary>
internal sealed class PaymentEventsConsumer(IOptions<BatchOptions> options) : IEventConsumer
{
    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken cancel)
    {
        var items = new List<Item>();
        var returned = new List<Withdrawal>();
        foreach (var received in events)
        {
            var payment = received.Read<PaymentEvent>();
            switch (payment.DetailCase)
            {
                case PaymentEvent.DetailOneofCase.Captured:
                    items.Add(OfCapture(received, payment, payment.Captured));
                    break;
                case PaymentEvent.DetailOneofCase.Refunded when payment.Refunded.VoidedCaptureOperationId.Length == 0:
                    items.Add(OfRefund(received, payment, payment.Refunded));
                    break;
                case PaymentEvent.DetailOneofCase.RefundFailed when payment.RefundFailed.WithdrawnCaptureOperationId.Length > 0:
                    returned.Add(new Withdrawal(
                        Id.Parse(IdPrefix.Operation, payment.RefundFailed.OperationId), Id.Parse(IdPrefix.Operation, payment.RefundFailed.WithdrawnCaptureOperationId), "returned",
                        payment.OccurredAt.ToDateTimeOffset()));
                    break;
            }
        }

        if (items.Count + returned.Count > 0)
        {
            await WithdrawalSql.LockAsync(transaction, items.Select(item => item.Id.Slot).Concat(returned.Select(withdrawal => withdrawal.Capture.Slot)), cancel);
            await ItemSql.InsertAsync(transaction, items, cancel);
            await WithdrawalSql.TakeArrivedAsync(transaction, items, cancel);
            if (returned.Count > 0)
            {
                await WithdrawalSql.ReturnAsync(transaction, returned, cancel);
            }

            CrashPoint.Hit("batch.items.written");
        }
    }

    private Item OfCapture(ReceivedEvent received, PaymentEvent payment, PaymentCaptured captured)
    {
        var currency = Currency.Parse(payment.Currency);
        return Of(
            received, payment, ItemKind.Capture, captured.OperationId, captured.Acquirer, captured.ExternalCaptureId, new Money(captured.Amount, currency),
            new Money(captured.Fee, currency), captured.SettlementZone, captured.SettlementCutoff);
    }

    private Item OfRefund(ReceivedEvent received, PaymentEvent payment, PaymentRefunded refunded)
    {
        var currency = Currency.Parse(payment.Currency);
        return Of(
            received, payment, ItemKind.Refund, refunded.OperationId, refunded.Acquirer, refunded.ExternalRefundId, -new Money(refunded.Amount, currency), Money.Zero(currency),
            refunded.SettlementZone, refunded.SettlementCutoff);
    }

    private Item Of(
        ReceivedEvent received, PaymentEvent payment, string kind, string operationId, string acquirer, string externalId, Money amount, Money fee, string zone, string cutoff)
    {
        var operation = Id.Parse(IdPrefix.Operation, operationId);
        var occurredAt = payment.OccurredAt.ToDateTimeOffset();
        return new Item(
            operation.Derive(IdPrefix.Item, "settlement"), kind, Id.Parse(IdPrefix.Payment, payment.PaymentId), operation, Id.Parse(IdPrefix.Merchant, payment.MerchantId),
            (Mode)payment.Mode, acquirer, externalId, amount, fee, occurredAt, DayOf(received, occurredAt, zone, cutoff));
    }

    private SettlementDay DayOf(ReceivedEvent received, DateTimeOffset occurredAt, string zoneName, string cutoffText)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zoneName, out var zone))
        {
            throw new PoisonEventException(received, $"'{zoneName}' is not a time zone of the IANA database.");
        }

        var cutoff = options.Value.Cutoff;
        return cutoffText.Length == 0 || TimeOnly.TryParseExact(cutoffText, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out cutoff)
            ? SettlementDay.Of(occurredAt, zone, cutoff)
            : throw new PoisonEventException(received, $"'{cutoffText}' is not a time of day such as 23:59.");
    }
}
