using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Batch.Batches;
using PayFlow.Batch.Items;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Batch.Grpc;

/// <summary>Translates; the work is done in <see cref="SealBatches"/> and the SQL files.</summary>
internal sealed class SettlementService(Shards shards, SealBatches seal, WithdrawItem withdraw) : Settlement.SettlementBase
{
    public override async Task<CutoffResponse> Cutoff(CutoffRequest request, ServerCallContext context)
    {
        var response = new CutoffResponse();
        foreach (var id in await seal.ByCommandAsync(OptionalId(IdPrefix.Merchant, "merchant_id", request.MerchantId), context.CancellationToken))
        {
            var batches = await BatchSql.ReadAsync(shards.For(id.Slot).Source, new BatchFilter(id), context.CancellationToken);
            response.Batches.Add(batches.Select(Translate));
        }

        return response;
    }

    public override async Task ListBatches(ListBatchesRequest request, IServerStreamWriter<Contracts.Batch.V1.Batch> responseStream, ServerCallContext context)
    {
        foreach (var shard in shards.All)
        {
            var filter = new BatchFilter(Merchant: OptionalId(IdPrefix.Merchant, "merchant_id", request.MerchantId), Date: OptionalDate("date", request.Date));
            while (await BatchSql.ReadAsync(shard.Source, filter, context.CancellationToken) is { Count: > 0 } page)
            {
                foreach (var batch in page)
                {
                    await responseStream.WriteAsync(Translate(batch), context.CancellationToken);
                }

                filter = filter with { After = page[^1].Id };
            }
        }
    }

    public override async Task ListItems(ListItemsRequest request, IServerStreamWriter<Contracts.Batch.V1.Item> responseStream, ServerCallContext context)
    {
        var filter = new ItemFilter(OptionalId(IdPrefix.Batch, "batch_id", request.BatchId), OptionalId(IdPrefix.Payment, "payment_id", request.PaymentId));
        foreach (var shard in shards.All)
        {
            await foreach (var item in ItemSql.ReadAsync(shard.Source, filter, context.CancellationToken))
            {
                await responseStream.WriteAsync(Translate(item), context.CancellationToken);
            }
        }
    }

    public override async Task<WithdrawItemResponse> WithdrawItem(WithdrawItemRequest request, ServerCallContext context)
    {
        var malformed = new List<FieldError>();
        var payment = RequiredId(IdPrefix.Payment, "payment_id", request.PaymentId, malformed);
        var capture = RequiredId(IdPrefix.Operation, "capture_operation_id", request.CaptureOperationId, malformed);
        var refund = RequiredId(IdPrefix.Operation, "refund_operation_id", request.RefundOperationId, malformed);
        if (malformed.Count > 0)
        {
            throw Malformed(malformed);
        }

        return new WithdrawItemResponse { Withdrawn = await withdraw.RunAsync(payment, capture, refund, context.CancellationToken) };
    }

    private static Contracts.Batch.V1.Batch Translate(BatchRow batch) => new()
    {
        BatchId = batch.Id.ToString(),
        MerchantId = batch.MerchantId.ToString(),
        Mode = (Contracts.Common.V1.Mode)batch.Mode,
        Acquirer = batch.Acquirer,
        Currency = batch.Currency.Code,
        Date = batch.Date.ToString("O", CultureInfo.InvariantCulture),
        State = batch.State,
        Items = batch.Items,
        Amount = batch.Amount,
        ItemsSettled = batch.ItemsSettled,
        AmountSettled = batch.AmountSettled,
        SealedAt = Timestamp.FromDateTimeOffset(batch.SealedAt),
        AmountRefunded = batch.AmountRefunded,
    };

    private static Contracts.Batch.V1.Item Translate(ItemRow item) => new()
    {
        ItemId = item.Id.ToString(),
        BatchId = item.BatchId?.ToString() ?? "",
        PaymentId = item.PaymentId.ToString(),
        OperationId = item.OperationId.ToString(),
        MerchantId = item.MerchantId.ToString(),
        Acquirer = item.Acquirer,
        ExternalId = item.ExternalId,
        Currency = item.Currency.Code,
        Amount = item.Amount,
        Fee = item.Fee,
        State = item.State,
        AmountSettled = item.AmountSettled,
        Kind = item.Kind,
    };

    private static Id RequiredId(string prefix, string field, string text, List<FieldError> malformed)
    {
        if (!Id.TryParse(prefix, text, out var id))
            malformed.Add(NoId(prefix, field, text));
        return id;
    }

    private static Id? OptionalId(string prefix, string field, string text) => text.Length == 0 ? null
        : Id.TryParse(prefix, text, out var id) ? id
        : throw Malformed(NoId(prefix, field, text));

    private static FieldError NoId(string prefix, string field, string text) => new(field, "malformed", $"'{text}' is not an id that begins with '{prefix}_'.");

    private static DateOnly? OptionalDate(string field, string text) => text.Length == 0 ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
        : throw Malformed(new FieldError(field, "malformed", $"'{text}' is not a date (YYYY-MM-DD)."));

    private static RefusedException Malformed(params IReadOnlyList<FieldError> errors) => new(Refusal.Invalid(errors));
}
