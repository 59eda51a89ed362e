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

    /// <summary>What became of an authorization; null when the acquirer has never seen its reference.</summary>
    Task<AuthorizationAnswer?> InquireAsync(string reference, CancellationToken ct);

    /// <summary>What the acquirer has authorized in a time, oldest first, page by page.</summary>
    Task<AuthorizationPage> ListAsync(AuthorizationPageCall call, CancellationToken ct);
}

/// <param name="Reference">What we call the attempt.</param>
/// <param name="Method">Of the type that the acquirer takes.</param>
/// <param name="Authenticated">The payer went through 3-D Secure.</param>
public sealed record AuthorizationCall(string Reference, Id MerchantId, Money Amount, OpenMethod Method, bool Authenticated)
{
    /// <summary>Of acquirers whose format knows of nothing else.</summary>
    public OpenCard Card => Method as OpenCard ?? throw new InvalidOperationException("A bank account was routed to an acquirer of cards.");
}

/// <param name="Reference">What we call the operation.</param>
/// <param name="Authorization">What the acquirer calls the authorization.</param>
/// <param name="AuthorizationReference">What we call it. An acquirer that goes by both takes nothing from anybody else, should it have told us another's id.</param>
/// <param name="IsFinal">What is left of the hold is released.</param>
public sealed record CaptureCall(string Reference, string Authorization, string AuthorizationReference, Money Amount, bool IsFinal);

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
/// <param name="Kind">Of a decline: whether asking again can help.</param>
public sealed record AuthorizationAnswer(AuthorizationResult Result, string? ExternalId, string? Code, DeclineKind? Kind = null)
{
    public static AuthorizationAnswer Approved(string externalId) => new(AuthorizationResult.Approved, externalId, null);

    public static AuthorizationAnswer Declined(string? externalId, string code, DeclineKind kind) => new(AuthorizationResult.Declined, externalId, code, kind);

    /// <summary>The request itself was refused, and nothing was done.</summary>
    public static AuthorizationAnswer Refused { get; } = new(AuthorizationResult.Refused, null, "invalid_request");
}

/// <summary>A page of an acquirer's journal.</summary>
/// <param name="From">UTC, inclusive; whole seconds.</param>
/// <param name="Until">UTC, exclusive; whole seconds.</param>
/// <param name="After">The external id of the last entry of the page before.</param>
public sealed record AuthorizationPageCall(DateTimeOffset From, DateTimeOffset Until, string? After, int Limit);

public sealed record AuthorizationPage(IReadOnlyList<AuthorizationEntry> Entries, bool HasMore);

/// <summary>An authorization as an acquirer has it.</summary>
/// <param name="Merchant">Our id of the merchant.</param>
/// <param name="Stands">Money is held, or was captured: it is neither declined nor reversed.</param>
public sealed record AuthorizationEntry(string Reference, string ExternalId, string Merchant, Money Amount, bool Stands);

/// <param name="ExternalId">What the acquirer calls what it did; null when it was refused.</param>
/// <param name="Reason">Why it was refused, for good.</param>
public sealed record OperationAnswer(string? ExternalId, string? Reason)
{
    /// <summary>The acquirer has no authorization of that id and that reference.</summary>
    public const string UnknownAuthorization = "unknown_authorization";
}

/// <param name="Reason">Why it was refused, for good; null when nothing is held under the reference any more.</param>
public sealed record ReversalAnswer(string? Reason);
