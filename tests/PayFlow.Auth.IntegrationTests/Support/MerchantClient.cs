using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>An answer: its status, headers and body.</summary>
public sealed record Answer(HttpStatusCode Status, JsonObject Body, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string field] => (string?)Body[field];

    public static async Task<Answer> OfAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return new Answer(
            answer.StatusCode,
            text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : [],
            text,
            answer.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value)));
    }

    public bool IsReplay => Headers.GetValueOrDefault("Idempotent-Replayed") == "true";

    public override string ToString() => $"{(int)Status} {Text}";
}

/// <summary>Speaks to Auth for a merchant, as the gateway would.</summary>
public sealed class MerchantClient(Uri address, InternalIdentity identity, Id merchant, Mode mode, params string[] scopes) : IDisposable
{
    private static int last;

    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    public Id Merchant { get; } = merchant;

    private MerchantClient At(Uri other) => new(other, identity, Merchant, mode, scopes);

    public static string NewKey() => string.Create(CultureInfo.InvariantCulture, $"key-{Environment.ProcessId}-{Interlocked.Increment(ref last)}");

    public static string Create(string token, long amount = 1500, bool? capture = null, string currency = "USD") => new JsonObject
    {
        ["amount"] = new JsonObject { ["amount"] = amount, ["currency"] = currency },
        ["payment_method"] = new JsonObject { ["type"] = "card", ["token"] = token },
        ["capture"] = capture,
    }.ToJsonString();

    /// <summary>The same merchant at another Auth.</summary>
    public MerchantClient At(AuthHost other) => At(other.Http);

    public MerchantClient At(AuthProcess other) => At(other.Http);

    public async Task<string> TokenAsync(string? number = null, string? cvc = "123")
    {
        var card = new JsonObject { ["number"] = number ?? Cards.Fresh(), ["exp_month"] = 12, ["exp_year"] = 2030, ["cvc"] = cvc };
        var answer = await PostAsync("/v1/tokens", new JsonObject { ["type"] = "card", ["card"] = card }.ToJsonString());
        Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString());
        return answer["id"]!;
    }

    public static string Debit(string token, long amount = 1500, bool? capture = null, string currency = "USD") =>
        Create(token, amount, capture, currency).Replace("\"type\":\"card\"", "\"type\":\"bank_account\"", StringComparison.Ordinal);

    public async Task<string> AccountTokenAsync(string? number = null)
    {
        var account = new JsonObject
        {
            ["routing_number"] = "110000000",
            ["account_number"] = number ?? Cards.FreshAccount(),
            ["account_type"] = "checking",
            ["holder_type"] = "individual",
            ["holder_name"] = "Ada Lovelace",
        };
        var answer = await PostAsync("/v1/tokens", new JsonObject { ["type"] = "bank_account", ["bank_account"] = account }.ToJsonString());
        Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString());
        return answer["id"]!;
    }

    /// <summary>A payment with a new bank account, decided.</summary>
    public async Task<Answer> DebitAsync(long amount = 1500, bool? capture = null, string? number = null)
    {
        var answer = await PostAsync("/v1/payments", Debit(await AccountTokenAsync(number), amount, capture), NewKey());
        Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString());
        return answer;
    }

    /// <summary>A payment with a new card, decided.</summary>
    public async Task<Answer> PayAsync(long amount = 1500, bool? capture = null, string? number = null)
    {
        var answer = await PostAsync("/v1/payments", Create(await TokenAsync(number), amount, capture), NewKey());
        Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString());
        return answer;
    }

    public Task<Answer> CaptureAsync(string payment, long? amount = null, bool? final = null, string? key = null, string currency = "USD") => PostAsync(
        $"/v1/payments/{payment}/capture",
        new JsonObject
        {
            ["amount"] = amount is { } minorUnits ? new JsonObject { ["amount"] = minorUnits, ["currency"] = currency } : null,
            ["final"] = final,
        }.ToJsonString(),
        key ?? NewKey());

    public Task<Answer> RefundAsync(string payment, long? amount = null, string? capture = null, string? key = null) => PostAsync(
        $"/v1/payments/{payment}/refund",
        new JsonObject
        {
            ["amount"] = amount is { } minorUnits ? new JsonObject { ["amount"] = minorUnits, ["currency"] = "USD" } : null,
            ["capture"] = capture,
        }.ToJsonString(),
        key ?? NewKey());

    public Task<Answer> PostAsync(string path, string body, string? key = null, string? prefer = null) => SendAsync("POST", path, body, key, prefer);

    public Task<Answer> SendAsync(string method, string path, string body, string? key = null, string? prefer = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (prefer is not null)
        {
            request.Headers.Add("Prefer", prefer);
        }

        return SendAsync(request);
    }

    public Task<Answer> SendAsync(HttpMethod method, string path, string? body = null) => SendAsync(
        new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") });

    /// <summary>A request of this merchant, for who sends it by a client of its own.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(address, path));
        request.Headers.Add(InternalIdentity.Header, identity.Sign(new Caller(Merchant, mode, Merchant.Slot, "key_tests", [])));
        return request;
    }

    /// <summary>The same merchant in another mode.</summary>
    public MerchantClient In(Mode other) => new(address, identity, Merchant, other);

    public Task<Answer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>The payment, once it is as wanted.</summary>
    public async Task<Answer> UntilAsync(string payment, Func<Answer, bool> isWanted, int seconds = 20)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await GetAsync($"/v1/payments/{payment}");
            if (isWanted(answer))
            {
                return answer;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), $"It stayed {answer}");
            await Task.Delay(50);
        }
    }

    public async Task<IReadOnlyList<string>> HistoryAsync(string payment)
    {
        var answer = await GetAsync($"/v1/payments/{payment}/history");
        return [.. answer.Body["data"]!.AsArray().Select(entry => (string)entry!["type"]!)];
    }

    public void Dispose() => http.Dispose();

    private async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            request.Headers.Add(InternalIdentity.Header, identity.Sign(new Caller(Merchant, mode, Merchant.Slot, "key_tests", scopes is [] ? Scopes.All : scopes)));
            using var answer = await http.SendAsync(request);
            return await Answer.OfAsync(answer);
        }
    }
}
