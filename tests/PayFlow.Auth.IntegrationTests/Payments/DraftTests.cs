using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class DraftTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Draft_UntilItIsConfirmed_AsksNobody()
    {
        var key = MerchantClient.NewKey();
        var body = await BodyAsync();
        var draft = await Merchant.PostAsync("/v1/payments", body, key);
        Assert.Equal((HttpStatusCode.Created, "draft", null), (draft.Status, draft["status"], draft.Body["risk"]?.ToString()));
        Assert.Equal(["confirm"], draft.Body["allowed_actions"]!.AsArray().Where(action => (bool)action!["allowed"]!).Select(action => (string)action!["action"]!));
        Assert.Empty((await StoredAsync(draft["id"]!)).Operations);
        Assert.Equal(["draft.created"], await Merchant.HistoryAsync(draft["id"]!));
        var again = await Merchant.PostAsync("/v1/payments", body, key);
        Assert.Equal((HttpStatusCode.Created, true, draft.Text), (again.Status, again.IsReplay, again.Text));
    }

    [Fact]
    public async Task Confirm_Draft_IsJudgedAndAuthorizedOnce()
    {
        var draft = await Merchant.PostAsync("/v1/payments", await BodyAsync(capture: true), MerchantClient.NewKey());
        var key = MerchantClient.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Merchant.PostAsync($"/v1/payments/{draft["id"]}/confirm", "", key)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "captured", answers[0].Text), (answer.Status, answer["status"], answer.Text)));
        Assert.Single(await BooksAsync(draft["id"]!));
        var history = await Merchant.HistoryAsync(draft["id"]!);
        Assert.Equal(["draft.created", "payment.submitted", "risk.assessed", "attempt.started", "payment.authorized"], history.Take(5));

        var other = await Merchant.PostAsync($"/v1/payments/{draft["id"]}/confirm", "", MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.Conflict, "Cannot confirm: the payment is submitted already."), (other.Status, other["detail"]));
    }

    [Fact]
    public async Task Confirm_CardThatIsBlocked_IsDeclined()
    {
        var draft = await Merchant.PostAsync("/v1/payments", await BodyAsync("4000000000004954"), MerchantClient.NewKey());
        var confirmed = await Merchant.PostAsync($"/v1/payments/{draft["id"]}/confirm", "", MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.OK, "declined", "blocked_by_risk"), (confirmed.Status, confirmed["status"], confirmed["decline_code"]));
    }

    [Fact]
    public async Task Capture_Draft_SaysToConfirmFirst()
    {
        var draft = await Merchant.PostAsync("/v1/payments", await BodyAsync(), MerchantClient.NewKey());
        var refused = await Merchant.CaptureAsync(draft["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, "Cannot capture: the payment is a draft; confirm it first."), (refused.Status, refused["detail"]));
    }

    private async Task<string> BodyAsync(string? number = null, bool? capture = null)
    {
        var body = JsonNode.Parse(MerchantClient.Create(await Merchant.TokenAsync(number), capture: capture))!;
        body["confirm"] = false;
        return body.ToJsonString();
    }
}
