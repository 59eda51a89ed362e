using PayFlow.Sandbox.Cards;

namespace PayFlow.Sandbox.Authorizations;

public enum AuthorizationResult
{
    Approved,
    Declined,
}

/// <summary>The answer to an authorization and, with <paramref name="State"/>, to an inquiry.</summary>
public sealed record AuthorizationAnswer(
    string ExternalId, string Reference, AuthorizationResult Result, string? DeclineCode, DeclineKind? DeclineKind, AuthorizationState? State)
{
    public static AuthorizationAnswer To(Authorization authorization, bool withState = false) => new(
        authorization.ExternalId,
        authorization.Reference,
        authorization.Refused is null ? AuthorizationResult.Approved : AuthorizationResult.Declined,
        authorization.Refused?.Code,
        authorization.Refused?.Kind,
        withState ? authorization.State : null);
}
