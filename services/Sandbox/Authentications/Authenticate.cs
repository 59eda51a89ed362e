using System.Security.Cryptography;
using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Cards;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Authentications;

/// <summary>A request to authenticate a payer.</summary>
public sealed record AuthenticateRequest(string Reference, long Amount, Currency Currency, Card Card, Uri ReturnUrl);

/// <summary>What the ACS answers.</summary>
/// <param name="Result">authenticated, challenge or rejected.</param>
/// <param name="Eci">Electronic commerce indicator: 05, fully authenticated.</param>
public sealed record AuthenticationAnswer(string Id, string Reference, string Result, Uri? ChallengeUrl, string? Eci, string? Value)
{
    internal static AuthenticationAnswer To(Authentication authentication, HttpRequest request) => new(
        authentication.Id,
        authentication.Reference,
        authentication.State switch
        {
            AuthenticationState.Authenticated => "authenticated",
            AuthenticationState.Rejected => "rejected",
            _ => "challenge",
        },
        authentication.State == AuthenticationState.Challenged ? new Uri($"{request.Scheme}://{request.Host}/acs/challenges/{authentication.Id}") : null,
        authentication.Value is null ? null : "05",
        authentication.Value);
}

/// <summary>
/// <c>POST /acs/authentications</c>: some cards' issuers want to see the payer, the others are content with what they know. <c>GET …?reference=</c> tells what
/// became of it.
/// </summary>
internal static class Authenticate
{
    public static async Task<IResult> HandleAsync(HttpRequest request, SandboxDatabase database, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, Read, cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var state = Issuer.Challenges(asked.Card) ? AuthenticationState.Challenged : AuthenticationState.Authenticated;
        var mine = new Authentication(
            asked.Reference,
            $"acs_{RandomNumberGenerator.GetHexString(24, lowercase: true)}",
            asked.Amount,
            asked.Currency.Code,
            asked.Card.Masked,
            asked.ReturnUrl.AbsoluteUri,
            state,
            state == AuthenticationState.Authenticated ? NewValue() : null,
            time.GetUtcNow());
        var written = await AuthenticationSql.WriteAsync(database.Source, mine, cancel);
        return written.IsSameRequest(mine) ? Results.Ok(AuthenticationAnswer.To(written, request)) : Problem.From(ReferenceReused.Refusal(asked.Reference));
    }

    public static async Task<IResult> InquireAsync(string reference, HttpRequest request, SandboxDatabase database, CancellationToken cancel) =>
        await AuthenticationSql.FindByReferenceAsync(database.Source, reference, cancel) is { } authentication
            ? Results.Ok(AuthenticationAnswer.To(authentication, request))
            : Problem.From(Refusal.NotFound("authentication", reference));

    internal static string NewValue() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(20));

    private static AuthenticateRequest Read(BodyReader body)
    {
        var address = body.String("return_url", max: 2_000);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var returnUrl) || returnUrl.Scheme is not ("http" or "https"))
        {
            body.Error("return_url", "invalid_url", "return_url must be an absolute http or https address.");
            returnUrl = new Uri("http://invalid.invalid");
        }

        return new AuthenticateRequest(
            body.String("reference", max: 64), body.Int64("amount", 1, Money.MaxMinorUnits), body.Currency("currency"), CardBody.Read(body.Object("card")), returnUrl);
    }
}
