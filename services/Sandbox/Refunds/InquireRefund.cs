using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Refunds;

/// <summary><c>GET /acquirers/{acquirer}/refunds?reference=</c>: what became of a refund; 404 when it was never seen.</summary>
public static class InquireRefund
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, string reference, RefundBook book, CancellationToken cancel) =>
        await book.FindAsync(acquirer.Code, reference, cancel) is { } refund
            ? Results.Ok(RefundAnswer.Of(refund))
            : Problem.From(Refusal.NotFound("refund", reference));
}
