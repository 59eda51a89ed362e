using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class CreatePaymentTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Create_GoodCard_IsAuthorizedHereAndThere()
    {
        var paid = await Merchant.PayAsync(1500);
        Assert.Equal("authorized", paid["status"]);
        Assert.Equal(1500, (long)paid.Body["amounts"]!["authorized"]!);
        Assert.Equal("northbank", paid["acquirer"]);
        Assert.Equal(["capture", "void"], Allowed(paid));

        var there = Assert.Single(await BooksAsync(paid["id"]!));
        Assert.Equal((1500, paid["external_id"], "approved"), ((long)there["amount"]!, (string?)there["external_id"], (string?)there["state"]));
        Assert.Equal(["payment.submitted", "risk.assessed", "attempt.started", "payment.authorized"], await Merchant.HistoryAsync(paid["id"]!));
    }

    [Fact]
    public async Task Create_WithCapture_IsCapturedWithItsFee()
    {
        var paid = await Merchant.PayAsync(10_000, capture: true);
        Assert.Equal("captured", paid["status"]);
        var capture = (await StoredAsync(paid["id"]!)).Operations[^1];
        Assert.Equal((320, true, 10_000L), (capture.Fee, capture.IsFinal, capture.Amount));
        Assert.Equal(10_000, (long)Assert.Single(await BooksAsync(paid["id"]!))["captured"]!);
    }

    [Theory]
    [InlineData("4000000000000002", "card_declined")]
    [InlineData("4000000000009995", "insufficient_funds")]
    public async Task Create_DecliningCard_IsAPaymentWithTheReason(string number, string code)
    {
        var paid = await Merchant.PayAsync(number: number);
        Assert.Equal(("declined", code), (paid["status"], paid["decline_code"]));
        Assert.Equal(0, (long)paid.Body["amounts"]!["authorized"]!);
        Assert.Empty(Allowed(paid));
    }

    [Fact]
    public async Task Get_AndList_ShowTheSamePayment()
    {
        var first = await Merchant.PayAsync(1100);
        var second = await Merchant.PayAsync(1200, number: "4000000000000002");
        var third = await Merchant.PayAsync(1300);
        Assert.Equal(first.Text, (await Merchant.GetAsync($"/v1/payments/{first["id"]}")).Text);

        var page = await Merchant.GetAsync("/v1/payments?limit=2");
        Assert.Equal([third["id"], second["id"]], Ids(page));
        Assert.True((bool)page.Body["has_more"]!);
        var rest = await Merchant.GetAsync($"/v1/payments?limit=2&starting_after={second["id"]}");
        Assert.Equal([first["id"]], Ids(rest));
        Assert.False((bool)rest.Body["has_more"]!);
        Assert.Equal([second["id"]], Ids(await Merchant.GetAsync("/v1/payments?status=declined")));
        Assert.Empty(Ids(await Merchant.GetAsync("/v1/payments?created_from=2100-01-01T00:00:00Z")));
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.GetAsync("/v1/payments?limit=0&status=done")).Status);
    }

    [Fact]
    public async Task History_OfAPayment_IsPaged()
    {
        var paid = await Merchant.PayAsync();
        var page = await Merchant.GetAsync($"/v1/payments/{paid["id"]}/history?limit=3");
        Assert.Equal([1, 2, 3], page.Body["data"]!.AsArray().Select(entry => (int)entry!["sequence"]!));
        Assert.True((bool)page.Body["has_more"]!);
        var rest = await Merchant.GetAsync($"/v1/payments/{paid["id"]}/history?starting_after=3");
        var last = Assert.Single(rest.Body["data"]!.AsArray())!;
        Assert.Equal(("payment.authorized", "processing", "authorized"), ((string?)last["type"], (string?)last["previous_status"], (string?)last["status"]));
    }

    [Fact]
    public async Task AnyCall_AnotherMerchantsOrModes_Is404AndChangesNothing()
    {
        var paid = await Merchant.PayAsync();
        var token = await Merchant.TokenAsync();
        using var stranger = await Host.NewMerchantAsync();
        using var live = Host.ClientOf(Merchant.Merchant, Mode.Live);
        var sameSlot = Id.New(IdPrefix.Merchant, Merchant.Merchant.Slot, TimeProvider.System.GetUtcNow());
        using var neighbour = Host.ClientOf(sameSlot);
        foreach (var other in new[] { stranger, live, neighbour })
        {
            Answer[] answers =
            [
                await other.GetAsync($"/v1/payments/{paid["id"]}"),
                await other.GetAsync($"/v1/payments/{paid["id"]}/history"),
                await other.CaptureAsync(paid["id"]!),
                await other.PostAsync($"/v1/payments/{paid["id"]}/void", "{}", MerchantClient.NewKey()),
                await other.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey()),
            ];
            Assert.All(answers, answer =>
            {
                Assert.True(answer.Status == HttpStatusCode.NotFound, answer.ToString());
                Assert.False(answer.Body.ContainsKey("allowed_actions"));
            });
            Assert.Empty(Ids(await other.GetAsync("/v1/payments")));
        }

        Assert.Equal("authorized", (await Merchant.GetAsync($"/v1/payments/{paid["id"]}"))["status"]);
        Assert.Equal(4, (await Merchant.HistoryAsync(paid["id"]!)).Count);
    }

    [Fact]
    public async Task Void_Authorized_ReleasesItAtTheAcquirer()
    {
        var paid = await Merchant.PayAsync(1500);
        var key = MerchantClient.NewKey();
        var voided = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/void", "", key);
        Assert.Equal((HttpStatusCode.OK, "voided"), (voided.Status, voided["status"]));
        Assert.Equal("reversed", (string?)Assert.Single(await BooksAsync(paid["id"]!))["state"]);

        var again = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/void", "{}", key);
        Assert.True(again.IsReplay);
        Assert.Equal(voided.Text, again.Text);
        var capture = await Merchant.CaptureAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, "illegal_action", "Cannot capture: the payment was voided."), (capture.Status, capture["code"], capture["detail"]));
        Assert.Equal(Enum.GetValues<Auth.Payments.PaymentAction>().Length, capture.Body["allowed_actions"]!.AsArray().Count);
    }

    private static IEnumerable<string?> Ids(Answer page) => page.Body["data"]!.AsArray().Select(payment => (string?)payment!["id"]);

    private static IEnumerable<string> Allowed(Answer payment) =>
        payment.Body["allowed_actions"]!.AsArray().Where(action => (bool)action!["allowed"]!).Select(action => (string)action!["action"]!);
}
