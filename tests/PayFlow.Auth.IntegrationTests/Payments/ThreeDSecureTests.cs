using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Events;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class ThreeDSecureTests(World world) : HostedTests(world)
{
    private const string Challenged = "4000000000003220";
    private const string ChallengedThenDeclined = "4000008400001629";
    private const string ElevatedRisk = "4000000000009235";

    private static readonly HttpClient Browser = new(new HttpClientHandler { AllowAutoRedirect = false });

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:ThreeDSecure:PublicAddress"] = "http://gateway.example";
        settings["Auth:ThreeDSecure:AskEvery"] = "00:00:02";
        settings["Auth:ThreeDSecure:ChallengeFor"] = "00:00:08";
    };

    [Theory]
    [InlineData(Challenged, "approve", "authorized", null)]
    [InlineData(Challenged, "reject", "declined", "authentication_failed")]
    [InlineData(ChallengedThenDeclined, "approve", "declined", "card_declined")]
    [InlineData(ElevatedRisk, "approve", "authorized", null)]
    public async Task Create_CardWithAChallenge_GoesOnWithThePayersAnswer(string number, string decision, string status, string? code)
    {
        var key = MerchantClient.NewKey();
        var body = await BodyAsync(number);
        var created = await Merchant.PostAsync("/v1/payments", body, key);
        Assert.Equal((HttpStatusCode.Created, "requires_action"), (created.Status, created["status"]));
        Assert.All(created.Body["allowed_actions"]!.AsArray(), action => Assert.False((bool)action!["allowed"]!));
        await UntilAsync(async () => (await Telling.ListAsync(Merchant)).Count == 1);   // a shop that didn't wait for the answer hears of it
        var told = Assert.Single((await Merchant.GetAsync("/v1/events?types=payment.requires_action")).Body["data"]!.AsArray())!["data"]!;
        Assert.Equal((created["id"], "requires_action"), ((string?)told["payment"]!["id"], (string?)told["payment"]!["status"]));
        Assert.Equal(created.Body["next_action"]!.ToJsonString(), told["next_action"]!.ToJsonString());

        var page = new Uri((string)created.Body["next_action"]!["url"]!);
        Assert.Contains("15.00 USD", await Browser.GetStringAsync(page), StringComparison.Ordinal);
        var back = await DecideAsync(page, decision);
        Assert.Equal($"http://gateway.example/3ds/{created["id"]}", back.AbsoluteUri);
        using var shop = await Browser.GetAsync(new Uri(Host.Http, back.AbsolutePath));
        Assert.Equal($"https://shop.example/thanks?cart=42&payment={created["id"]}&status={status}", shop.Headers.Location?.AbsoluteUri);

        var paid = await Merchant.GetAsync($"/v1/payments/{created["id"]}");
        Assert.Equal((status, code, null), (paid["status"], paid["decline_code"], paid.Body["next_action"]?.ToString()));
        var replay = await Merchant.PostAsync("/v1/payments", body, key);
        Assert.Equal((HttpStatusCode.Created, true, created.Text), (replay.Status, replay.IsReplay, replay.Text));
    }

    [Fact]
    public async Task Create_MerchantWantsIt_IsAuthenticatedWithoutAChallengeWhereTheIssuerIsContent()
    {
        var paid = await Merchant.PostAsync("/v1/payments", await BodyAsync(number: null, required: true, capture: true), MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.Created, "captured"), (paid.Status, paid["status"]));
        Assert.Equal(
            ["payment.submitted", "risk.assessed", "authentication.required", "authentication.succeeded", "attempt.started", "payment.authorized"],
            (await Merchant.HistoryAsync(paid["id"]!)).Take(6));
    }

    [Fact]
    public async Task Create_PayerNeverAnswers_IsDeclinedInTime()
    {
        var created = await Merchant.PostAsync("/v1/payments", await BodyAsync(Challenged), MerchantClient.NewKey());
        var declined = await Merchant.UntilAsync(created["id"]!, answer => answer["status"] == "declined", seconds: 30);
        Assert.Equal("authentication_timed_out", declined["decline_code"]);
        Assert.All(await BooksAsync(created["id"]!), entry => Assert.Equal("declined", (string?)entry["state"]));
    }

    [Fact]
    public async Task Create_BrowserLostOnItsWayBack_GoesOnAllTheSame()
    {
        var created = await Merchant.PostAsync("/v1/payments", await BodyAsync(Challenged, capture: true), MerchantClient.NewKey());
        await DecideAsync(new Uri((string)created.Body["next_action"]!["url"]!), "approve");
        await Merchant.UntilAsync(created["id"]!, answer => answer["status"] == "captured");
        Assert.Single(await BooksAsync(created["id"]!), entry => (string?)entry["state"] == "captured");
    }

    [Fact]
    public async Task Return_BeforeThePayerAnswered_GoesOnWaiting()
    {
        var created = await Merchant.PostAsync("/v1/payments", await BodyAsync(Challenged), MerchantClient.NewKey());
        using var shop = await Browser.GetAsync(new Uri(Host.Http, $"/3ds/{created["id"]}"));
        Assert.EndsWith("status=requires_action", shop.Headers.Location?.Query, StringComparison.Ordinal);
        await DecideAsync(new Uri((string)created.Body["next_action"]!["url"]!), "approve");
        await Merchant.UntilAsync(created["id"]!, answer => answer["status"] == "authorized");
    }

    [Fact]
    public async Task Return_OfAPaymentWithoutAuthentication_Is404()
    {
        var paid = await Merchant.PayAsync();
        using var answer = await Browser.GetAsync(new Uri(Host.Http, $"/3ds/{paid["id"]}"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private async Task<Uri> DecideAsync(Uri page, string decision)
    {
        using var form = new FormUrlEncodedContent([new("decision", decision)]);
        using var answer = await Browser.PostAsync(page, form);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return answer.Headers.Location!;
    }

    private async Task<string> BodyAsync(string? number, bool? required = null, bool? capture = null)
    {
        var body = JsonNode.Parse(MerchantClient.Create(await Merchant.TokenAsync(number), capture: capture))!;
        body["three_d_secure"] = new JsonObject { ["required"] = required, ["return_url"] = "https://shop.example/thanks?cart=42" };
        return body.ToJsonString();
    }
}
