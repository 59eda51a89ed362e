using Grpc.Core;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Batch.V1;

namespace PayFlow.Auth.Execution;

/// <summary>Asks Batch to take a capture out of settlement.</summary>
public sealed partial class Withdrawals(Settlement.SettlementClient batch, ILogger<Withdrawals> logger)
{
    /// <param name="refund">Of a whole capture. Asked again, the answer is the same.</param>
    /// <returns>Whether the capture is withdrawn and may be voided; null when Batch can't be asked now.</returns>
    public async Task<bool?> AskAsync(Id payment, Operation refund, CancellationToken ct)
    {
        try
        {
            var request = new WithdrawItemRequest
            {
                PaymentId = payment.ToString(),
                CaptureOperationId = refund.CaptureId.ToString(),
                RefundOperationId = refund.Id.ToString(),
            };
            return (await batch.WithdrawItemAsync(request, cancellationToken: ct)).Withdrawn;
        }
        catch (RpcException away) when (!ct.IsCancellationRequested)
        {
            LogAway(refund.Id, payment, away.Status.Detail);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Batch could not be asked whether refund {Refund} of {Payment} is a void; it is asked again: {Reason}")]
    private partial void LogAway(Id refund, Id payment, string reason);
}
