using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Onboarding;

/// <summary>An administrator onboards a merchant through the gateway; its key does what its scopes say, until it is revoked.</summary>
[Collection(OneSystem.Name)]
public sealed class OnboardingTests(SharedSystem shared)
{
    [Fact]
    public async Task Merchant_Onboarded_PaysWithItsKeyUntilItIsRevoked()
    {
        using var administrator = shared.System.Raw(PayFlowSystem.AdministratorKey);
        var merchant = await AskAsync(administrator, HttpMethod.Post, "/admin/v1/merchants", """{"name":"Ada's books","country":"GB","rate_limit":50}""", HttpStatusCode.Created);
        var keys = $"/admin/v1/merchants/{merchant["id"]}/api-keys";
        var made = await AskAsync(administrator, HttpMethod.Post, keys, """{"mode":"test","scopes":["payments:read","payments:write","tokens:write","settings:read"]}""", HttpStatusCode.Created);

        using var shop = shared.System.Raw((string)made["secret"]!);
        var token = await AskAsync(
            shop, HttpMethod.Post, "/v1/tokens", $$$"""{"type":"card","card":{"number":"{{{TestCard.Fresh()}}}","exp_month":12,"exp_year":2030,"cvc":"123"}}""", HttpStatusCode.Created);
        var paid = await AskAsync(
            shop, HttpMethod.Post, "/v1/payments", $$$"""{"amount":{"amount":1500,"currency":"GBP"},"payment_method":{"type":"card","token":"{{{token["id"]}}}"}}""", HttpStatusCode.Created);
        Assert.Equal("authorized", (string?)paid["status"]);
        var account = await AskAsync(shop, HttpMethod.Get, "/v1/account", body: null, HttpStatusCode.OK);
        Assert.Equal((string?)merchant["id"], (string?)account["merchant"]!["id"]);
        var refused = await AskAsync(shop, HttpMethod.Post, $"/v1/payments/{paid["id"]}/refund", "{}", HttpStatusCode.Forbidden);
        Assert.Equal(("insufficient_scope", "refunds:write"), ((string?)refused["code"], (string?)refused["required_scope"]));
        await AskAsync(shop, HttpMethod.Get, "/admin/v1/merchants", body: null, HttpStatusCode.Unauthorized);

        await UntilAsync(async () => (await AskAsync(administrator, HttpMethod.Get, keys, body: null, HttpStatusCode.OK))["data"]![0]!["last_used_at"] is not null);
        await AskAsync(administrator, HttpMethod.Post, $"{keys}/{made["id"]}/revoke", "{}", HttpStatusCode.OK);
        await UntilAsync(async () =>
        {
            using var answer = await shop.GetAsync(new Uri("/v1/account", UriKind.Relative));
            return answer.StatusCode == HttpStatusCode.Unauthorized;
        });

        // The trail knows who did what, and is whole.
        var lines = (await AskAsync(administrator, HttpMethod.Get, $"/admin/v1/merchants/{merchant["id"]}/audit", body: null, HttpStatusCode.OK))["data"]!.AsArray();
        Assert.Equal(["api_key.revoked", "api_key.created", "merchant.created"], lines.Select(line => (string?)line!["action"]));
        Assert.All(lines, line => Assert.Equal("administrator:development", (string?)line!["actor"]));
    }

    private static async Task<JsonNode> AskAsync(HttpClient http, HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(JsonNode.Parse(body)) };
        request.Headers.Add("Idempotency-Key", $"onboarding-{Unique.Id()}");
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(15), "What was waited for did not happen.");
            await Task.Delay(100);
        }
    }
}
