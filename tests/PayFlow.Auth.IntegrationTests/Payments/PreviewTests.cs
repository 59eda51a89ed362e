using System.Globalization;
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

    [Theory]
    [InlineData("00:00", 1)]   // the day ends as it begins: whatever happens belongs to the next
    [InlineData("23:59", 0)]
    public async Task Preview_SettlementDate_IsTheOneThatBatchSettlesItUnder(string cutoff, int days)
    {
        var zone = ZoneAtNoon();
        using var ada = Host.Administrator();
        var changed = await ada.PatchAsync($"/admin/v1/merchants/{Merchant.Merchant}", $$"""{"cutoff":"{{cutoff}}","time_zone":"{{zone}}"}""", "\"1\"");
        Assert.True(changed.Status == HttpStatusCode.OK, changed.ToString());
        var paid = (await Merchant.PayAsync(1000))["id"]!;

        var preview = await PreviewAsync(paid, "capture", "{}");
        await Merchant.CaptureAsync(paid);
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid)) is [{ State: "open" }]);
        var batch = Assert.Single(await Settlement.CutoffAsync(World, Merchant.Merchant));

        Assert.Equal(batch.Date, (string?)preview.Body["estimated_settlement_date"]);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(batch.SealedAt.ToDateTimeOffset(), TimeZoneInfo.FindSystemTimeZoneById(zone)).DateTime);
        Assert.Equal(today.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), batch.Date);
    }

    // Where it is about noon now: the test runs over no midnight and no cutoff.
    private static string ZoneAtNoon()
    {
        var hours = TimeProvider.System.GetUtcNow().Hour - 12;   // POSIX counts them to the west: Etc/GMT+8 is eight hours behind
        return hours == 0 ? "UTC" : string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{hours:+0;-0}");
    }

    private Task<Answer> PreviewAsync(string payment, string action, string body) => Merchant.PostAsync($"/v1/payments/{payment}/{action}?preview=true", body);
}
