using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Contracts.Reconciler.V1;
using PayFlow.Kernel;
using PayFlow.Reconciler.Exceptions;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Grpc;

/// <summary>Translates only.</summary>
internal sealed class ReconciliationService(Shards shards) : Reconciliation.ReconciliationBase
{
    public override async Task ListExceptions(
        ListExceptionsRequest request, IServerStreamWriter<ReconciliationException> responseStream, ServerCallContext context)
    {
        var merchant = OptionalId(IdPrefix.Merchant, request.MerchantId);
        var state = request.State.Length == 0 ? null : request.State;
        foreach (var shard in shards.All)
        {
            foreach (var exception in await ExceptionSql.ReadAsync(shard.Source, merchant, null, state, null, int.MaxValue, context.CancellationToken))
            {
                await responseStream.WriteAsync(Translate(exception), context.CancellationToken);
            }
        }
    }

    public override async Task ListRecords(ListRecordsRequest request, IServerStreamWriter<Record> responseStream, ServerCallContext context)
    {
        var batch = OptionalId(IdPrefix.Batch, request.BatchId);
        foreach (var shard in shards.All)
        {
            foreach (var record in await ExceptionSql.RecordsAsync(shard.Source, batch, context.CancellationToken))
            {
                await responseStream.WriteAsync(
                    new Record
                    {
                        ItemId = record.ItemId.ToString(), PaymentId = record.PaymentId.ToString(), BatchId = record.BatchId.ToString(), State = record.State,
                        Expected = record.Expected, Settled = record.Settled,
                    },
                    context.CancellationToken);
            }
        }
    }

    private static ReconciliationException Translate(ExceptionRow exception) => new()
    {
        ExceptionId = exception.Id.ToString(), Kind = exception.Kind, State = exception.State, MerchantId = exception.MerchantId.ToString(),
        Acquirer = exception.Acquirer, BatchId = exception.BatchId.ToString(), ItemId = exception.ItemId?.ToString() ?? "",
        PaymentId = exception.PaymentId?.ToString() ?? "", Currency = exception.Currency.Code, Expected = exception.Expected, Actual = exception.Actual,
        Explanation = exception.Explanation, OpenedAt = Timestamp.FromDateTimeOffset(exception.OpenedAt),
    };

    private static Guid? OptionalId(string prefix, string text) => text.Length == 0 ? null
        : Id.TryParse(prefix, text, out var id) ? id.Value
        : throw new RpcException(new Status(StatusCode.InvalidArgument, $"'{text}' is not an id that begins with '{prefix}_'."));
}
