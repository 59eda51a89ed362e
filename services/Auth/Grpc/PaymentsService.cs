using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;
using Wire = PayFlow.Contracts.Auth.V1;
using WireMode = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Auth.Grpc;

/// <summary>Translates <c>payflow.auth.v1.Payments</c>: for other services and operators, so no merchant is checked.</summary>
public sealed class PaymentsService(Shards shards, PaymentStore store) : Wire.Payments.PaymentsBase
{
    private const int PageSize = 500;

    // Sums read an index of blocks, and may have to look through some.
    private const int SumSeconds = 60;

    public override async Task<Wire.Payment> GetPayment(GetPaymentRequest request, ServerCallContext context)
    {
        var found = Id.TryParse(IdPrefix.Payment, request.PaymentId, out var id) ? await store.FindAsync(id, context.CancellationToken) : null;
        return Translate(found ?? throw new RefusedException(Refusal.NotFound("payment", request.PaymentId)));
    }

    public override async Task StreamPayments(StreamPaymentsRequest request, IServerStreamWriter<Wire.Payment> responseStream, ServerCallContext context)
    {
        Id? merchant = null;
        if (request.MerchantId.Length > 0)
        {
            merchant = Id.TryParse(IdPrefix.Merchant, request.MerchantId, out var id) ? id : throw new RefusedException(Refusal.NotFound("merchant", request.MerchantId));
        }

        foreach (var shard in shards.All)
        {
            var after = Guid.Empty;
            IReadOnlyList<Payments.Payment> page;
            do
            {
                page = await PaymentReadSql.NextAsync(shard.Source, after, merchant, request.CreatedFrom?.ToDateTimeOffset(), PageSize, context.CancellationToken);
                foreach (var payment in page)
                {
                    await responseStream.WriteAsync(Translate(payment), context.CancellationToken);
                    after = payment.Id.Value;
                }
            }
            while (page.Count == PageSize);
        }
    }

    public override async Task SumMovements(SumMovementsRequest request, IServerStreamWriter<Wire.Movement> responseStream, ServerCallContext context)
    {
        if (request.From is null || request.To is null)
        {
            throw new RefusedException(Refusal.Invalid([new FieldError("from", "required", "Both ends of the span must be given.")]));
        }

        var merchants = request.MerchantIds.Select(text => Id.TryParse(IdPrefix.Merchant, text, out var id) ? id : throw new RefusedException(Refusal.NotFound("merchant", text))).ToList();
        foreach (var shard in shards.All)
        {
            var sums = MovementSql.SumAsync(shard.Source, request.From.ToDateTimeOffset(), request.To.ToDateTimeOffset(), merchants, SumSeconds, context.CancellationToken);
            await foreach (var movement in sums)
            {
                await responseStream.WriteAsync(Translate(movement), context.CancellationToken);
            }
        }
    }

    private static Wire.Movement Translate(Payments.Movement movement) => new()
    {
        MerchantId = movement.MerchantId.ToString(),
        PaymentId = movement.PaymentId?.ToString() ?? "",
        Mode = (WireMode)movement.Mode,
        Currency = movement.Currency.Code,
        Kind = movement.Kind,
        Amount = movement.Amount,
        FirstAt = movement.FirstAt.ToTimestamp(),
    };

    private static Wire.Payment Translate(Payments.Payment payment) => new()
    {
        PaymentId = payment.Id.ToString(),
        MerchantId = payment.MerchantId.ToString(),
        Mode = (WireMode)payment.Mode,
        Status = payment.Status.Name(),
        Currency = payment.Amount.Currency.Code,
        Amount = payment.Amount.MinorUnits,
        Authorized = payment.Amounts.Authorized,
        Capturing = payment.Amounts.Capturing,
        Captured = payment.Amounts.Captured,
        Settled = payment.Amounts.Settled,
        Refunding = payment.Amounts.Refunding,
        Refunded = payment.Amounts.Refunded,
        Disputed = payment.Amounts.Disputed,
        ChargedBack = payment.Amounts.ChargedBack,
        Acquirer = payment.Acquirer ?? "",
        ExternalId = payment.ExternalId ?? "",
        DeclineCode = payment.DeclineCode ?? "",
        DeclineKind = Spelled(payment.DeclineKind),
        Returned = payment.Amounts.Returned,
        PaymentMethod = Names.Of(payment.Method.Type),
        CreatedAt = payment.CreatedAt.ToTimestamp(),
        Operations =
        {
            payment.Operations.Select(operation => new Wire.Operation
            {
                OperationId = operation.Id.ToString(),
                Kind = Names.Of(operation.Kind),
                Amount = operation.Amount,
                State = Names.Of(operation.State),
                ExternalId = operation.ExternalId ?? "",
                VoidedCaptureOperationId = operation.VoidsCapture ? operation.CaptureId.ToString() : "",
            }),
        },
        Disputes =
        {
            payment.Disputes.Select(dispute => new Wire.Dispute
            {
                DisputeId = dispute.Id.ToString(),
                CaptureOperationId = dispute.CaptureId.ToString(),
                Amount = dispute.Amount,
                State = Names.Of(dispute.State),
                ExternalId = dispute.ExternalId,
            }),
        },
        Attempts =
        {
            payment.Attempts.Select(attempt => new Wire.Attempt
            {
                AttemptId = attempt.Id.ToString(),
                OperationId = attempt.OperationId.ToString(),
                Acquirer = attempt.Acquirer,
                Reference = attempt.Reference,
                State = Names.Of(attempt.State),
                ExternalId = attempt.ExternalId ?? "",
                DeclineCode = attempt.DeclineCode ?? "",
                DeclineKind = Spelled(attempt.DeclineKind),
            }),
        },
    };

    private static string Spelled(DeclineKind? kind) => kind is { } known ? Names.Of(known) : "";
}
