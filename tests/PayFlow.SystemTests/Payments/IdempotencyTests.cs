using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Payments;

[Collection(OneSystem.Name)]
public sealed class IdempotencyTests(SharedSystem shared)
{
    private const int AtOnce = 50;

    [Fact]
    public Task SameKey_FiftyAtOnce_IsOnePaymentAndOneAuthorization() => FiftyAtOnceAsync();

    [Fact]
    public async Task SameKey_OtherBody_Is422AndChangesNothing()
    {
        using var http = shared.System.Raw();
        var token = await TokenAsync();
        var key = $"other-body-{token}";
        using var first = await http.SendAsync(Create(key, token, 1500));
        using var second = await http.SendAsync(Create(key, token, 1600));
        using var replay = await http.SendAsync(Create(key, token, 1500));
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.UnprocessableEntity, HttpStatusCode.Created), (first.StatusCode, second.StatusCode, replay.StatusCode));
        Assert.Equal("true", Assert.Single(replay.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await replay.Content.ReadAsStringAsync());
        var books = await shared.System.Books.ReadAsync(CancellationToken.None);
        var id = JsonNode.Parse(await first.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
        Assert.Equal(1500, books.Payments.Single(payment => payment.PaymentId == id).Authorized);
    }

#if LAUNCHER
    [Fact]
    public async Task SameKey_FiftyAtOnceWithRedisStopped_IsOnePaymentAndOneAuthorization()
    {
        await shared.System.KillAsync("redis");
        try
        {
            await FiftyAtOnceAsync();
        }
        finally
        {
            await shared.System.StartAgainAsync("redis");
        }
    }
#endif

    private async Task FiftyAtOnceAsync()
    {
        using var http = shared.System.Raw();
        var token = await TokenAsync();
        var key = $"fifty-{token}";
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            using var answer = await http.SendAsync(Create(key, token, 4200));
            return (answer.StatusCode, Body: JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject());
        }));

        Assert.All(answers, answer => Assert.True(
            answer.StatusCode == HttpStatusCode.Created || (answer.StatusCode == HttpStatusCode.Conflict && answer.Body["retryable"]!.GetValue<bool>()), answer.Body.ToJsonString()));
        var id = Assert.Single(answers.Where(answer => answer.StatusCode == HttpStatusCode.Created).Select(answer => answer.Body["id"]!.GetValue<string>()).Distinct());
        var books = await shared.System.Books.ReadAsync(CancellationToken.None);
        var payment = books.Payments.Single(payment => payment.PaymentId == id);
        var references = payment.Attempts.Select(attempt => attempt.Reference).ToHashSet();
        Assert.Single(books.Authorizations, authorization => references.Contains(authorization.Reference));
        Assert.Equal(4200, payment.Authorized);
    }

    private async Task<string> TokenAsync()
    {
        using var client = shared.System.Client();
        return await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
    }

    private static HttpRequestMessage Create(string key, string token, long amount)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payments")
        {
            Content = JsonContent.Create(new JsonObject
            {
                ["amount"] = new JsonObject { ["amount"] = amount, ["currency"] = "USD" },
                ["payment_method"] = new JsonObject { ["type"] = "card", ["token"] = token },
            }),
        };
        request.Headers.Add("Idempotency-Key", key);
        return request;
    }
}
