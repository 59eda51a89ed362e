using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Auth.Payments;

/// <summary><c>GET /v1/payments/{id}</c>.</summary>
public sealed class GetPayment(PaymentReader reader)
{
    public async Task<IResult> HandleAsync(Caller caller, string id, CancellationToken ct) =>
        await reader.FindAsync(caller, id, ct) is { } payment ? Results.Ok(payment) : Problem.From(Refusal.NotFound("payment", id));
}
