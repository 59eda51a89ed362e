using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Vault;
using PayFlow.ServiceDefaults.Http;

namespace PayFlow.Auth.ThreeDSecure;

/// <summary>What the issuer says of a payer.</summary>
public abstract record IssuerAnswer
{
    /// <param name="Value">Its proof, for the authorization.</param>
    public sealed record Authenticated(string Value) : IssuerAnswer;

    /// <param name="Page">Where the payer is asked.</param>
    public sealed record Challenge(Uri Page) : IssuerAnswer;

    public sealed record Rejected : IssuerAnswer;
}

/// <summary>The issuer's access control server (ACS), which authenticates payers.</summary>
public sealed partial class AccessControlServer
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient http;
    private readonly Uri address;
    private readonly ThreeDSecureOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<AccessControlServer> logger;

    public AccessControlServer(
        IHttpClientFactory clients, IConfiguration configuration, IOptions<ThreeDSecureOptions> options, TimeProvider time, ILogger<AccessControlServer> logger)
    {
        ArgumentNullException.ThrowIfNull(clients);
        ArgumentNullException.ThrowIfNull(options);
        this.options = options.Value;
        this.time = time;
        this.logger = logger;
        http = clients.CreateClient("sandbox");
        address = this.options.Address ?? new Uri(ServiceAddress.Of(configuration, "sandbox", "http"), "/acs/");
    }

    public ThreeDSecureOptions Options => options;

    /// <summary>Asks for an authentication. The same reference again gets the same answer.</summary>
    /// <param name="payment">Whose address the payer comes back to.</param>
    /// <returns>Null when there was no answer.</returns>
    public Task<IssuerAnswer?> AuthenticateAsync(string reference, Id payment, Money amount, OpenCard card, CancellationToken ct)
    {
        var back = new Uri(options.PublicAddress, $"/3ds/{payment}");
        var body = new Question(reference, amount.MinorUnits, amount.Currency.Code, new CardBody(card.Number, card.ExpMonth, card.ExpYear), back.AbsoluteUri);
        return AskAsync(cancel => http.PostAsJsonAsync(new Uri(address, "authentications"), body, Json, cancel), ct);
    }

    /// <inheritdoc cref="AuthenticateAsync"/>
    /// <summary>Asks what became of an authentication.</summary>
    public Task<IssuerAnswer?> InquireAsync(string reference, CancellationToken ct) =>
        AskAsync(cancel => http.GetAsync(new Uri(address, $"authentications?reference={Uri.EscapeDataString(reference)}"), cancel), ct);

    private async Task<IssuerAnswer?> AskAsync(Func<CancellationToken, Task<HttpResponseMessage>> send, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var answer = await send(either.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                LogUnclear((int)answer.StatusCode);
                return null;
            }

            return await answer.Content.ReadFromJsonAsync<Said>(Json, either.Token) switch
            {
                { Result: "authenticated", Value: { Length: > 0 } value } => new IssuerAnswer.Authenticated(value),
                { Result: "challenge", ChallengeUrl: { } page } => new IssuerAnswer.Challenge(page),
                { Result: "rejected" } => new IssuerAnswer.Rejected(),
                _ => null,
            };
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException or JsonException)
        {
            ct.ThrowIfCancellationRequested();
            LogAway(away.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The access control server answered {Status}; it is asked again")]
    private partial void LogUnclear(int status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The access control server did not answer; it is asked again: {Reason}")]
    private partial void LogAway(string reason);

    private sealed record Question(string Reference, long Amount, string Currency, CardBody Card, string ReturnUrl);

    // A class: a record would print the number.
    private sealed class CardBody(string number, int expMonth, int expYear)
    {
        public string Number { get; } = number;

        public int ExpMonth { get; } = expMonth;

        public int ExpYear { get; } = expYear;
    }

    private sealed record Said(string? Result, Uri? ChallengeUrl, string? Value);
}
