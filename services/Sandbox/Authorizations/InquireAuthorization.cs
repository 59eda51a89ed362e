using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Authorizations;

/// <summary><c>GET /acquirers/{acquirer}/authorizations?reference=</c>: what became of a reference; 404 when it was never seen.</summary>
public static class InquireAuthorization
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, string reference, AuthorizationBook book, CancellationToken cancel) =>
        await book.FindAsync(acquirer.Code, reference, cancel) is { } authorization
            ? Results.Ok(AuthorizationAnswer.To(authorization, withState: true))
            : Problem.From(Refusal.NotFound("authorization", reference));
}
