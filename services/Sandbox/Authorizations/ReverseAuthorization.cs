using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Authorizations;

public enum ReversalResult
{
    /// <summary>Nothing is held under the reference any more.</summary>
    Reversed,

    /// <summary>The reference was never seen. It is burnt: an authorization that comes under it later is declined.</summary>
    NotFound,

    /// <summary>Something of it was captured: that money is returned by a refund, or by the capture's void.</summary>
    Refused,
}

public sealed record ReversalAnswer(ReversalResult Result, string? Reason = null);

/// <summary><c>POST /acquirers/{acquirer}/reversals</c>, by the reference of the authorization; asked again it answers the same.</summary>
public static class ReverseAuthorization
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, AuthorizationBook book, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, body => body.String("reference", max: 64), cancel);
        if (!read.TryGet(out var reference, out var refusal))
        {
            return Problem.From(refusal);
        }

        var now = await book.ReverseAsync(acquirer.Code, reference, acquirer.NewAuthorizationId(time.GetUtcNow()), cancel);
        return now switch
        {
            { IsTombstone: true } => Results.Ok(new ReversalAnswer(ReversalResult.NotFound)),
            { Taken: > 0 } => Results.Conflict(new ReversalAnswer(ReversalResult.Refused, "captured")),
            _ => Results.Ok(new ReversalAnswer(ReversalResult.Reversed)),
        };
    }
}
