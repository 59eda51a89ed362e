using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Vault;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Acquirers;

/// <summary>An acquirer that speaks JSON over HTTP.</summary>
public sealed class JsonAcquirer(string name, Uri address, HttpClient http) : IAcquirer
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    // A slash at the end, or the last segment would be cut off where paths are joined.
    private readonly Uri root = new(address.AbsoluteUri.TrimEnd('/') + "/");

    public string Name => name;

    public async Task<AuthorizationAnswer> AuthorizeAsync(AuthorizationCall call, CancellationToken ct)
    {
        using var answer = await PostAsync("authorizations", new AuthorizationBody(
            call.Reference,
            call.MerchantId.ToString(),
            call.Amount.MinorUnits,
            call.Amount.Currency.Code,
            call.Method is OpenCard card ? new CardBody(card.Number, card.ExpMonth, card.ExpYear, card.Cvc) : null,
            call.Method is OpenBankAccount account ? new BankAccountBody(account) : null,
            call.Authenticated ? true : null), ct);
        return answer.StatusCode is HttpStatusCode.BadRequest ? AuthorizationAnswer.Refused : await AuthorizationAsync(answer, ct);
    }

    public Task<OperationAnswer> CaptureAsync(CaptureCall call, CancellationToken ct) =>
        CarryOutAsync("captures", new CaptureBody(call.Reference, call.Authorization, call.AuthorizationReference, call.Amount.MinorUnits, call.IsFinal), "captured", ct);

    public Task<OperationAnswer> RefundAsync(RefundCall call, CancellationToken ct) =>
        CarryOutAsync("refunds", new RefundBody(call.Reference, call.Authorization, call.Amount.MinorUnits), "refunded", ct);

    public Task<OperationAnswer> VoidCaptureAsync(CaptureVoidCall call, CancellationToken ct) =>
        CarryOutAsync("capture-voids", new CaptureVoidBody(call.Reference, call.Capture), "voided", ct);

    public async Task<ReversalAnswer> ReverseAsync(string reference, CancellationToken ct)
    {
        using var answer = await PostAsync("reversals", new ReversalBody(reference), ct);
        var said = await ReadAsync<ReversalSaid>(answer, RefusalOr(answer, HttpStatusCode.OK), ct);
        return said switch
        {
            { Result: "reversed" or "not_found" } => new ReversalAnswer(null),
            { Result: "refused" } => new ReversalAnswer(said.Reason ?? "refused"),
            _ => throw Unclear(answer),
        };
    }

    private async Task<OperationAnswer> CarryOutAsync<T>(string path, T body, string done, CancellationToken ct)
    {
        using var answer = await PostAsync(path, body, ct);
        if (answer.StatusCode is HttpStatusCode.BadRequest)
        {
            return new OperationAnswer(null, "invalid_request");
        }

        var said = await ReadAsync<OperationSaid>(answer, RefusalOr(answer, HttpStatusCode.OK), ct);
        return said.Result == done && said.ExternalId is { Length: > 0 } id ? new OperationAnswer(id, null)
            : said.Result == "refused" ? new OperationAnswer(null, said.Reason ?? "refused")
            : throw Unclear(answer);
    }

    public async Task<AuthorizationAnswer?> InquireAsync(string reference, CancellationToken ct)
    {
        using var answer = await http.GetAsync(new Uri(root, $"authorizations?reference={Uri.EscapeDataString(reference)}"), ct);
        return answer.StatusCode is HttpStatusCode.NotFound ? null : await AuthorizationAsync(answer, ct);
    }

    public async Task<AuthorizationPage> ListAsync(AuthorizationPageCall call, CancellationToken ct)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"authorizations/journal?from={call.From.UtcDateTime:s}Z&until={call.Until.UtcDateTime:s}Z&limit={call.Limit}");
        using var answer = await http.GetAsync(new Uri(root, call.After is null ? query : $"{query}&after={Uri.EscapeDataString(call.After)}"), ct);
        var said = await ReadAsync<JournalSaid>(answer, HttpStatusCode.OK, ct);
        return said is { Data: { } entries, HasMore: { } more } ? new AuthorizationPage([.. entries.Select(entry => entry.ToEntry() ?? throw Unclear(answer))], more) : throw Unclear(answer);
    }

    private async Task<AuthorizationAnswer> AuthorizationAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var said = await ReadAsync<AuthorizationSaid>(answer, HttpStatusCode.OK, ct);
        return said switch
        {
            { Result: "approved", ExternalId: { Length: > 0 } id } => AuthorizationAnswer.Approved(id),
            { Result: "declined", DeclineCode: { Length: > 0 } code } => AuthorizationAnswer.Declined(said.ExternalId, code, said.DeclineKind switch
            {
                "soft" => DeclineKind.Soft,
                "hard" => DeclineKind.Hard,
                _ => DeclineCodes.KindOf(code),
            }),
            _ => throw Unclear(answer),
        };
    }

    private Task<HttpResponseMessage> PostAsync<T>(string path, T body, CancellationToken ct) => http.PostAsJsonAsync(new Uri(root, path), body, Json, ct);

    // Refusals come with 409 or 422 and a body of the same form.
    private static HttpStatusCode RefusalOr(HttpResponseMessage answer, HttpStatusCode success) =>
        answer.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity ? answer.StatusCode : success;

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, HttpStatusCode expected, CancellationToken ct)
    {
        if (answer.StatusCode != expected)
        {
            throw Unclear(answer);
        }

        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(Json, ct) ?? throw Unclear(answer);
        }
        catch (JsonException garbled)
        {
            throw new AcquirerFailedException($"{name} gave an answer that isn't JSON.", outcomeUnknown: true, garbled);
        }
    }

    private AcquirerFailedException Unclear(HttpResponseMessage answer) => HttpAnswers.Unclear(name, answer);

    private sealed record AuthorizationBody(string Reference, string Merchant, long Amount, string Currency, CardBody? Card, BankAccountBody? BankAccount, bool? Authenticated);

    // A class: a record would print the number.
    private sealed class CardBody(string number, int expMonth, int expYear, string? cvc)
    {
        public string Number { get; } = number;

        public int ExpMonth { get; } = expMonth;

        public int ExpYear { get; } = expYear;

        public string? Cvc { get; } = cvc;
    }

    // Likewise.
    private sealed class BankAccountBody(OpenBankAccount account)
    {
        public string RoutingNumber { get; } = account.Routing;

        public string AccountNumber { get; } = account.Number;

        public string AccountType { get; } = Names.Of(account.Type);

        public string HolderType { get; } = Names.Of(account.Holder);

        public string HolderName { get; } = account.HolderName;
    }

    private sealed record CaptureBody(string Reference, string Authorization, string AuthorizationReference, long Amount, bool Final);

    private sealed record RefundBody(string Reference, string Authorization, long Amount);

    private sealed record CaptureVoidBody(string Reference, string Capture);

    private sealed record ReversalBody(string Reference);

    private sealed record AuthorizationSaid(string? ExternalId, string? Result, string? DeclineCode, string? DeclineKind);

    private sealed record JournalSaid(IReadOnlyList<EntrySaid>? Data, bool? HasMore);

    private sealed record EntrySaid(string? Reference, string? ExternalId, string? Merchant, long Amount, string? Currency, string? State)
    {
        public AuthorizationEntry? ToEntry() =>
            Reference is { } reference && ExternalId is { } externalId && Merchant is { } merchant && State is { } state && Kernel.Currency.TryParse(Currency, out var currency)
                ? new AuthorizationEntry(reference, externalId, merchant, new Money(Amount, currency), state is not ("declined" or "reversed" or "voided"))
                : null;
    }

    private sealed record OperationSaid(string? ExternalId, string? Result, string? Reason);

    private sealed record ReversalSaid(string? Result, string? Reason);
}
