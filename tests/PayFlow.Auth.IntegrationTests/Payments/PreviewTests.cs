using System.Net;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Payments;

/// <summary>What the ledger would post is compared with what it posts in the system tests; here nobody answers for it, and the preview says so.</summary>
[Collection(OneWorld.Name)]
public sealed class PreviewTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Preview_EveryAction_ChangesNothingAndNeedsNoKey()
    {
        var token = await Merchant.TokenAsync();
        var create = await Merchant.PostAsync("/v1/payments?preview=true", MerchantClient.Create(token, 1000, capture: true));
        Assert.Equal((HttpStatusCode.OK, true, "captured", 59L), (create.Status, (bool)create.Body["allowed"]!, (string?)create.Body["payment"]!["status"], (long)create.Body["fee"]!["amount"]!));
        Assert.Contains("The ledger could not be asked, so the journal is left out.", create.Body["notes"]!.AsArray().Select(note => (string?)note));
        Assert.Empty((await Merchant.GetAsync("/v1/payments")).Body["data"]!.AsArray());

        var paid = (await Merchant.PayAsync(1000))["id"]!;
        var before = await Merchant.GetAsync($"/v1/payments/{paid}");
        Assert.Equal("captured", (string?)(await PreviewAsync(paid, "capture", "{}")).Body["payment"]!["status"]);
        Assert.Equal("partially_captured", (string?)(await PreviewAsync(paid, "capture", """{"amount":{"amount":400,"currency":"USD"}}""")).Body["payment"]!["status"]);
        Assert.Equal("voided", (string?)(await PreviewAsync(paid, "void", "{}")).Body["payment"]!["status"]);
        Assert.Equal(before.Text, (await Merchant.GetAsync($"/v1/payments/{paid}")).Text);
        Assert.Single(await BooksAsync(paid));

        await Merchant.CaptureAsync(paid);
        var refund = await PreviewAsync(paid, "refund", "{}");
        Assert.Equal("refunded", (string?)refund.Body["payment"]!["status"]);
        Assert.Contains(refund.Body["notes"]!.AsArray(), note => ((string)note!).StartsWith("The capture would be voided", StringComparison.Ordinal));
        Assert.Equal("captured", (await Merchant.GetAsync($"/v1/payments/{paid}"))["status"]);
    }

    [Fact]
    public async Task Preview_WhatWouldBeRefused_SaysWhy()
    {
        var paid = (await Merchant.PayAsync(1000))["id"]!;
        var refund = await PreviewAsync(paid, "refund", "{}");
        Assert.Equal((HttpStatusCode.OK, false, "Cannot refund: the payment is not captured yet."), (refund.Status, (bool)refund.Body["allowed"]!, (string?)refund.Body["refusal"]!["detail"]));
        var tooMuch = await PreviewAsync(paid, "capture", """{"amount":{"amount":1001,"currency":"USD"}}""");
        Assert.Equal(("amount_too_large", "amount.amount"), ((string?)tooMuch.Body["refusal"]!["code"], (string?)tooMuch.Body["refusal"]!["param"]));
    }

    [Fact]
    public async Task Preview_BadInput_IsA400AsWithoutIt()
    {
        var paid = (await Merchant.PayAsync(1000))["id"]!;
        Assert.Equal(HttpStatusCode.BadRequest, (await PreviewAsync(paid, "capture", """{"amount":{"amount":10,"currency":"EUR"}}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.PostAsync($"/v1/payments/{paid}/capture?preview=perhaps", "{}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.PostAsync($"/v1/payments/{paid}/capture?dry_run=true", "{}", MerchantClient.NewKey())).Status);
        using var stranger = await Host.NewMerchantAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"/v1/payments/{paid}/capture?preview=true", "{}")).Status);
    }

    private Task<Answer> PreviewAsync(string payment, string action, string body) => Merchant.PostAsync($"/v1/payments/{payment}/{action}?preview=true", body);
}
