using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Merchants;

/// <summary>What is one merchant's is not there for another, nor for its own other mode: every call of the API's document that names a thing is tried.</summary>
[Collection(OneWorld.Name)]
public sealed class IsolationTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Things_OfAnotherMerchantOrMode_AreNotThere()
    {
        var things = await ThingsAsync();
        using var stranger = await Host.NewMerchantAsync();
        using var live = Host.ClientOf(Merchant.Merchant, Mode.Live);
        var calls = await CallsAsync();
        Assert.All(things.Keys, prefix => Assert.Contains(calls, call => call.Path.StartsWith(prefix, StringComparison.Ordinal)));
        foreach (var (method, path, body) in calls)
        {
            var prefix = things.Keys.Where(prefix => path.StartsWith(prefix, StringComparison.Ordinal)).MaxBy(prefix => prefix.Length);
            Assert.True(prefix is not null, $"{method} {path} names a thing that this test has none of: make one in ThingsAsync.");
            var address = path.Replace(prefix, things[prefix], StringComparison.Ordinal);
            foreach (var other in new[] { stranger, live })
            {
                var answer = await AskAsync(other, method, address, body);
                Assert.True(answer.Status == HttpStatusCode.NotFound && answer["code"] == "not_found", $"{method} {address}: {answer}");
            }

            // The owner's own is there, so that the walk proves something.
            var own = await AskAsync(Merchant, method, address, body);
            Assert.True(own.Status != HttpStatusCode.NotFound, $"{method} {address}: {own}");
        }
    }

    [Fact]
    public async Task Lists_OfAnotherMerchantOrMode_AreEmpty()
    {
        await ThingsAsync();
        using var stranger = Host.ClientOf(await OnboardAsync());
        using var live = Host.ClientOf(Merchant.Merchant, Mode.Live);
        foreach (var path in new[] { "/v1/payments", "/v1/api-keys", "/v1/events", "/v1/webhook-endpoints" })
        {
            Assert.NotEmpty((await Merchant.GetAsync(path)).Body["data"]!.AsArray());
            Assert.Empty((await stranger.GetAsync(path)).Body["data"]!.AsArray());
            Assert.Empty((await live.GetAsync(path)).Body["data"]!.AsArray());
        }
    }

    [Fact]
    public async Task Token_OfAnotherMerchantOrMode_PaysNothing()
    {
        var token = await Merchant.TokenAsync();
        using var stranger = await Host.NewMerchantAsync();
        using var live = Host.ClientOf(Merchant.Merchant, Mode.Live);
        foreach (var other in new[] { stranger, live })
        {
            var answer = await other.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey());
            Assert.Equal((HttpStatusCode.NotFound, "payment_method.token"), (answer.Status, answer["param"]));
        }
    }

    [Fact]
    public async Task Token_OfABankAccountOfAnother_IsNotThere()
    {
        using var other = await Host.NewMerchantAsync();
        var refused = await Merchant.PostAsync("/v1/payments", MerchantClient.Debit(await other.AccountTokenAsync()), MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.NotFound, "payment_method.token"), (refused.Status, refused["param"]));
    }

    /// <summary>By how an address that names such a thing begins: one of the merchant's, in test mode, as it stands in the address.</summary>
    private async Task<Dictionary<string, string>> ThingsAsync()
    {
        var key = MerchantClient.NewKey();
        var endpoint = await Merchant.PostAsync("/v1/webhook-endpoints", """{"url":"http://127.0.0.1:9/hook","types":["payment.authorized"]}""");
        var paid = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), key);
        var apiKey = await Merchant.PostAsync("/v1/api-keys", "{}");
        await UntilAsync(async () => (await Merchant.GetAsync("/v1/events")).Body["data"]!.AsArray().Count > 0, seconds: 60);
        var happened = (await Merchant.GetAsync("/v1/events")).Body["data"]![0]!;
        var deliveries = $"/v1/webhook-endpoints/{endpoint["id"]}/deliveries";
        await UntilAsync(async () => (await Merchant.GetAsync(deliveries)).Body["data"]!.AsArray().Count > 0, seconds: 60);
        var delivery = (await Merchant.GetAsync(deliveries)).Body["data"]![0]!;
        return new Dictionary<string, string>
        {
            ["/v1/payments/{id}"] = $"/v1/payments/{paid["id"]}",
            ["/v1/idempotency/{key}"] = $"/v1/idempotency/{key}",
            ["/v1/webhook-endpoints/{id}/deliveries/{delivery}"] = $"{deliveries}/{delivery["id"]}",
            ["/v1/webhook-endpoints/{id}"] = $"/v1/webhook-endpoints/{endpoint["id"]}",
            ["/v1/events/{id}"] = $"/v1/events/{happened["id"]}",
            ["/v1/api-keys/{id}"] = $"/v1/api-keys/{apiKey["id"]}",
        };
    }

    private async Task<IReadOnlyList<(string Method, string Path, string Body)>> CallsAsync()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        var document = JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!;
        return
        [
            .. from path in document["paths"]!.AsObject()
               where path.Key.StartsWith("/v1/", StringComparison.Ordinal) && path.Key.Contains('{', StringComparison.Ordinal)
               from operation in path.Value!.AsObject()
               orderby operation.Key == "delete"   // the owner's own is gone then
               let example = operation.Value!["requestBody"]?["content"]?["application/json"]?["example"]
               select (operation.Key.ToUpperInvariant(), path.Key, example?.ToJsonString() ?? "{}"),
        ];
    }

    private static Task<Answer> AskAsync(MerchantClient client, string method, string address, string body) =>
        method == "GET" ? client.GetAsync(address) : client.SendAsync(method, address, body, MerchantClient.NewKey());

    private async Task<Id> OnboardAsync()
    {
        using var administrator = Host.Administrator();
        return await administrator.OnboardAsync();
    }
}
