using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>
/// What a merchant does in a day: pays, captures in parts, refunds a part and a whole, drafts and confirms, authenticates, voids, and pays in every other way. A client that comes back sends each request again, with the same key,
/// until it has its answer; one that doesn't goes home at the first that is lost.
/// </summary>
internal sealed class MerchantsDay(MerchantClient merchant, bool comesBack)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly List<(string Path, string Body, string Key, Answer Answer)> answered = [];
    private HttpRequestException? wentHome;

    public async Task WalkAsync()
    {
        try
        {
            var token = await merchant.TokenAsync();
            var paid = await SendAsync("/v1/payments", MerchantClient.Create(token, 1000));
            await SendAsync($"/v1/payments/{paid["id"]}/capture", """{"amount":{"amount":400,"currency":"USD"}}""");
            await SendAsync($"/v1/payments/{paid["id"]}/capture", "{}");
            await SendAsync($"/v1/payments/{paid["id"]}/refund", """{"amount":{"amount":100,"currency":"USD"}}""");
            var captured = await SendAsync("/v1/payments", MerchantClient.Create(token, 1100, capture: true));
            await SendAsync($"/v1/payments/{captured["id"]}/refund", "{}");
            var draft = await SendAsync("/v1/payments", With(MerchantClient.Create(token, 1400), "confirm", false));
            await SendAsync($"/v1/payments/{draft["id"]}/confirm", "{}");
            await SendAsync("/v1/payments", With(MerchantClient.Create(token, 1500), "three_d_secure", new JsonObject { ["required"] = true }));
            var other = await SendAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync(), 1200));
            await SendAsync($"/v1/payments/{other["id"]}/void", "{}");
            await SendAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync(), 1300), "respond-async");
        }
        catch (HttpRequestException lost) when (!comesBack)
        {
            wentHome = lost;   // it never knew; what was accepted has to be finished without it
        }
    }

    /// <summary>How far it came, for who has to find out why a crash point was not passed.</summary>
    public override string ToString() =>
        string.Join('\n', [.. answered.Select(request => $"{request.Path}: {(int)request.Answer.Status} {request.Answer.Body["status"]}"), .. wentHome is null ? Array.Empty<string>() : [wentHome.ToString()]]);

    /// <summary>Every answer that was given is still the answer.</summary>
    public async Task AssertAnswersStandAsync()
    {
        foreach (var (path, body, key, answer) in answered.Where(request => request.Answer.Status != HttpStatusCode.Accepted))
        {
            var again = await merchant.PostAsync(path, body, key);
            Assert.Equal((answer.Status, true, answer.Text), (again.Status, again.IsReplay, again.Text));
        }
    }

    public static async Task<Answer?> OrNullAsync(Task<Answer> request)
    {
        try
        {
            return await request;
        }
        catch (HttpRequestException)
        {
            return null;   // the connection went with the process
        }
    }

    private static string With(string body, string field, JsonNode value)
    {
        var changed = JsonNode.Parse(body)!;
        changed[field] = value;
        return changed.ToJsonString();
    }

    private async Task<Answer> SendAsync(string path, string body, string? prefer = null)
    {
        var key = MerchantClient.NewKey();
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var sent = merchant.PostAsync(path, body, key, prefer);
            var answer = comesBack ? await OrNullAsync(sent) : await sent;
            var isFinal = answer is not null && (answer.Status is HttpStatusCode.OK or HttpStatusCode.Created || (answer.Status == HttpStatusCode.Accepted && (prefer is not null || !comesBack)));
            if (isFinal)
            {
                answered.Add((path, body, key, answer!));
                return answer!;
            }

            var mayComeAgain = answer is null || answer.Status == HttpStatusCode.Accepted || (bool)(answer.Body["retryable"] ?? false);
            Assert.True(mayComeAgain && TimeProvider.System.GetElapsedTime(started) < Patience, $"{path}: {answer?.ToString() ?? "no answer"}");
            await Task.Delay(100);
        }
    }
}
