using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace PayFlow.Demo;

/// <summary>
/// A merchant's client as one should be written: the idempotency key is made before the first request, and a request whose answer got lost is sent again
/// with the same key until there is an answer.
/// </summary>
public sealed class GatewayClient : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient _http;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time = TimeProvider.System;

    /// <param name="gateway">The gateway's address.</param>
    /// <param name="apiKey">The merchant's key.</param>
    /// <param name="patience">How long a request is repeated before it is given up.</param>
    public GatewayClient(Uri gateway, string apiKey, TimeSpan patience)
    {
        _patience = patience;
        _http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(15) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    /// <summary>How often a request had to be sent again.</summary>
    public int Repeats { get; private set; }

    public async Task<string> TokenizeAsync(string number, CancellationToken cancel)
    {
        var token = await SendAsync(HttpMethod.Post, "/v1/tokens", Guid.CreateVersion7(_time.GetUtcNow()).ToString(), new JsonObject
        {
            ["type"] = "card",
            ["card"] = new JsonObject { ["number"] = number, ["exp_month"] = 12, ["exp_year"] = 2030, ["cvc"] = "123" },
        }, cancel);
        return token["id"]!.GetValue<string>();
    }

    /// <summary>A token of a bank account.</summary>
    public async Task<string> TokenizeAccountAsync(string number, CancellationToken cancel)
    {
        var token = await SendAsync(HttpMethod.Post, "/v1/tokens", Guid.CreateVersion7(_time.GetUtcNow()).ToString(), new JsonObject
        {
            ["type"] = "bank_account",
            ["bank_account"] = new JsonObject
            {
                ["routing_number"] = "110000000", ["account_number"] = number, ["account_type"] = "checking", ["holder_type"] = "individual", ["holder_name"] = "Ada Lovelace",
            },
        }, cancel);
        return token["id"]!.GetValue<string>();
    }

    /// <summary>Creates a payment and waits until it is decided.</summary>
    /// <param name="method">card or bank_account: what the token is of.</param>
    /// <param name="respondAsync">Asks for 202 at once; the decision is then polled for.</param>
    /// <param name="authenticate">Asks for 3-D Secure, whatever the risk.</param>
    public async Task<JsonObject> PayAsync(
        string key, string token, long amount, string currency, bool capture, CancellationToken cancel, bool respondAsync = false, bool authenticate = false, string method = "card")
    {
        var payment = await SendAsync(HttpMethod.Post, "/v1/payments", key, new JsonObject
        {
            ["amount"] = new JsonObject { ["amount"] = amount, ["currency"] = currency },
            ["payment_method"] = new JsonObject { ["type"] = method, ["token"] = token },
            ["capture"] = capture,
            ["three_d_secure"] = authenticate ? new JsonObject { ["required"] = true } : null,
        }, cancel, respondAsync);
        return IsUnderWay(payment, capture) ? await UntilAsync(payment["id"]!.GetValue<string>(), paid => !IsUnderWay(paid, capture), cancel) : payment;
    }

    private static bool IsUnderWay(JsonObject payment, bool capture) => payment["status"]!.GetValue<string>() switch
    {
        "submitted" or "processing" => true,
        "authorized" => capture,   // captured by itself in a moment
        _ => false,
    };

    public Task<JsonObject> CaptureAsync(string key, string paymentId, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, $"/v1/payments/{paymentId}/capture", key, [], cancel);

    public Task<JsonObject> VoidAsync(string key, string paymentId, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, $"/v1/payments/{paymentId}/void", key, [], cancel);

    /// <summary>Refunds an amount of a payment, or all that is left, and waits until that is decided.</summary>
    public async Task<JsonObject> RefundAsync(string key, string paymentId, long? amount, string currency, CancellationToken cancel)
    {
        var body = new JsonObject();
        if (amount is { } part)
            body["amount"] = new JsonObject { ["amount"] = part, ["currency"] = currency };
        await SendAsync(HttpMethod.Post, $"/v1/payments/{paymentId}/refund", key, body, cancel);
        return await UntilAsync(paymentId, payment => payment["amounts"]!["refunding"]!.GetValue<long>() == 0, cancel);
    }

    /// <summary>Asks for a payment until something holds of it, or the patience is over; answers it as it is then.</summary>
    public async Task<JsonObject> UntilAsync(string paymentId, Func<JsonObject, bool> holds, CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        var payment = await GetAsync($"/v1/payments/{paymentId}", cancel);
        while (!holds(payment) && _time.GetElapsedTime(started) < _patience)
        {
            await Task.Delay(Pause, _time, cancel);
            payment = await GetAsync($"/v1/payments/{paymentId}", cancel);
        }

        return payment;
    }

    public Task<JsonObject> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, null, cancel);

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, string? key, JsonObject? body, CancellationToken cancel, bool respondAsync = false)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            var problem = "";
            try
            {
                using var request = new HttpRequestMessage(method, path);
                request.Content = body is null ? null : JsonContent.Create(body);
                if (key is not null)
                {
                    request.Headers.Add("Idempotency-Key", key);
                }

                if (respondAsync)
                    request.Headers.Add("Prefer", "respond-async");

                using var answer = await _http.SendAsync(request, cancel);
                var text = await answer.Content.ReadAsStringAsync(cancel);
                if (answer.IsSuccessStatusCode)
                {
                    return JsonNode.Parse(text)!.AsObject();
                }

                problem = $"{(int)answer.StatusCode} {text}";
                if (!MayRepeat(answer.StatusCode, text))
                {
                    throw new InvalidOperationException($"{method} {path} was refused: {problem}");
                }
            }
            catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                problem = lost.Message;
            }

            if (_time.GetElapsedTime(started) > _patience)
            {
                throw new TimeoutException($"{method} {path} had no answer in {_patience.TotalSeconds:0} s. The last: {problem}");
            }

            Repeats++;
            await Task.Delay(Pause, _time, cancel);
        }
    }

    // Of the refusals only what may change by itself is repeated: an answer that is still being made, too many requests, and what is away.
    private static bool MayRepeat(HttpStatusCode status, string text) =>
        status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        || (status == HttpStatusCode.Conflict && text.Contains("\"retryable\":true", StringComparison.Ordinal));
}
