using PayFlow.Auth.Vault;

namespace PayFlow.Auth.Acquirers;

/// <summary>
/// How an acquirer is spoken to; one implementation per format of wire. Every call carries a reference of ours and is idempotent by it: the same reference
/// again answers the same.
/// </summary>
/// <remarks>
/// A method answers with what the acquirer said. When there is no answer it throws what HttpClient throws, or
/// <see cref="PayFlow.ServiceDefaults.Acquirers.AcquirerFailedException"/> for an answer that says "unavailable".
/// </remarks>
public interface IAcquirer
{
    string Name { get; }

    Task<AuthorizationAnswer> AuthorizeAsync(AuthorizationCall call, CancellationToken ct);

    Task<OperationAnswer> CaptureAsync(CaptureCall call, CancellationToken ct);

    /// <summary>Gives money back that was captured.</summary>
    Task<OperationAnswer> RefundAsync(RefundCall call, CancellationToken ct);

    /// <summary>Undoes a capture that is not in any settlement file yet.</summary>
    Task<OperationAnswer> VoidCaptureAsync(CaptureVoidCall call, CancellationToken ct);

    /// <summary>Undoes an authorization by its reference. One that was never seen is burnt: should it arrive later, it is declined.</summary>
    Task<ReversalAnswer> ReverseAsync(string reference, CancellationToken ct);
}

/// <param name="Reference">What we call the attempt.</param>
/// <param name="Authenticated">The payer went through 3-D Secure.</param>
public sealed record AuthorizationCall(string Reference, Id MerchantId, Money Amount, OpenCard Card, bool Authenticated);

/// <param name="Reference">What we call the operation.</param>
/// <param name="Authorization">What the acquirer calls the authorization.</param>
/// <param name="IsFinal">What is left of the hold is released.</param>
public sealed record CaptureCall(string Reference, string Authorization, Money Amount, bool IsFinal);

/// <param name="Reference">What we call the operation.</param>
/// <param name="Authorization">What the acquirer calls the authorization.</param>
public sealed record RefundCall(string Reference, string Authorization, Money Amount);

/// <param name="Reference">What we call the operation.</param>
/// <param name="Capture">What the acquirer calls the capture.</param>
public sealed record CaptureVoidCall(string Reference, string Capture);

public enum AuthorizationResult
{
    Approved,
    Declined,

    /// <summary>The request itself was refused, and nothing was done: a mistake of ours.</summary>
    Refused,
}

/// <param name="ExternalId">What the acquirer calls it; null when the request was refused.</param>
/// <param name="Code">Why it was declined or refused.</param>
public sealed record AuthorizationAnswer(AuthorizationResult Result, string? ExternalId, string? Code);

/// <param name="ExternalId">What the acquirer calls what it did; null when it was refused.</param>
/// <param name="Reason">Why it was refused, for good.</param>
public sealed record OperationAnswer(string? ExternalId, string? Reason);

/// <param name="Reason">Why it was refused, for good; null when nothing is held under the reference any more.</param>
public sealed record ReversalAnswer(string? Reason);
