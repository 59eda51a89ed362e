using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Contracts.Reconciler.V1;
using PayFlow.Kernel;
using PayFlow.Reconciler.Exceptions;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Grpc;

/// <summary>Translates only.</summary>
internal sealed class ReconciliationService(Shards shards) : Reconciliation.ReconciliationBase
{
    private const int Page = 500;

    public override async Task ListExceptions(
        ListExceptionsRequest request, IServerStreamWriter<ReconciliationException> responseStream, ServerCallContext context)
    {
        foreach (var shard in shards.All)
        {
            var filter = new ExceptionFilter(OptionalId(IdPrefix.Merchant, "merchant_id", request.MerchantId), State: request.State.Length == 0 ? null : request.State);
            while (await ExceptionSql.ReadAsync(shard.Source, filter, context.CancellationToken) is { Count: > 0 } page)
            {
                foreach (var exception in page)
                {
                    await responseStream.WriteAsync(Translate(exception), context.CancellationToken);
                }

                filter = filter with { After = page[^1].Id };
            }
        }
    }

    public override async Task ListRecords(ListRecordsRequest request, IServerStreamWriter<Record> responseStream, ServerCallContext context)
    {
        var batch = OptionalId(IdPrefix.Batch, "batch_id", request.BatchId);
        foreach (var shard in shards.All)
        {
            Id? after = null;
            while (await ExceptionSql.RecordsAsync(shard.Source, batch, after, Page, context.CancellationToken) is { Count: > 0 } page)
            {
                foreach (var record in page)
                {
                    await responseStream.WriteAsync(Translate(record), context.CancellationToken);
                }

                after = page[^1].ItemId;
            }
        }
    }

    private static Record Translate(RecordRow record) => new()
    {
        ItemId = record.ItemId.ToString(),
        PaymentId = record.PaymentId.ToString(),
        BatchId = record.BatchId.ToString(),
        State = record.State,
        Expected = record.Expected,
        Settled = record.Settled,
    };

    private static ReconciliationException Translate(ExceptionRow exception) => new()
    {
        ExceptionId = exception.Id.ToString(),
        Kind = exception.Kind,
        State = exception.State,
        MerchantId = exception.MerchantId?.ToString() ?? "",
        Acquirer = exception.Acquirer,
        BatchId = exception.BatchId?.ToString() ?? "",
        ItemId = exception.ItemId?.ToString() ?? "",
        PaymentId = exception.PaymentId?.ToString() ?? "",
        Currency = exception.Currency?.Code ?? "",
        Expected = exception.Expected,
        Actual = exception.Actual,
        Explanation = exception.Explanation,
        OpenedAt = Timestamp.FromDateTimeOffset(exception.OpenedAt),
    };

    private static Id? OptionalId(string prefix, string field, string text) => text.Length == 0 ? null
        : Id.TryParse(prefix, text, out var id) ? id
        : throw new RefusedException(Refusal.Invalid([new FieldError(field, "malformed", $"'{text}' is not an id that begins with '{prefix}_'.")]));
}
