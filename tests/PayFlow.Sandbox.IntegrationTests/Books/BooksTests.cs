using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Books;

public sealed class BooksTests
{
    [Fact]
    public async Task Books_ADay_AgreeWithTheirSummary()
    {
        await using var sandbox = await Support.Sandbox.StartNewAsync();
        var northbank = sandbox.Northbank;
        await northbank.MisbehaveAsync(new { amounts = true });
        (string Id, long Amount)[] captures = [(await northbank.PayAsync(1_000), 1_000), (await northbank.PayAsync(2_001), 2_001), (await northbank.PayAsync(3_003), 3_003)];
        await northbank.AuthorizeAsync(NewReference("att"), 4_000);
        await northbank.AuthorizeAsync(NewReference("att"), 5_000, "4000000000000002");
        var reversed = NewReference("att");
        await northbank.AuthorizeAsync(reversed, 6_000);
        await northbank.ReverseAsync(reversed);
        await northbank.ReverseAsync(NewReference("att"));
        var (_, returned, _) = await northbank.PayInFullAsync(7_000);
        (string Id, long Amount) refund = ((await northbank.RefundAsync(NewReference("op"), returned, 1_200))["external_id"]!, -1_200);
        await northbank.RefundAsync(NewReference("op"), returned, 300);
        await northbank.VoidCaptureAsync(NewReference("op"), await northbank.PayAsync(8_000));
        await northbank.SubmitAsync("bat_1", [.. captures.Append(refund).Select((item, i) => ($"itm_{i}", item.Id, item.Amount))]);

        await northbank.DisputeAsync(NewReference("dis"), captures[0].Id, 400);
        await northbank.CloseDisputeAsync((await northbank.DisputeAsync(NewReference("dis"), captures[2].Id))["external_id"]!, "won");

        var entries = (await northbank.BooksAsync()).Values.ToList();
        Assert.Equal(9, entries.Count);
        var totals = Assert.Single((await northbank.SummaryAsync()).Json!["data"]!.AsArray())!;
        Assert.Equal("USD", (string?)totals["currency"]);
        Assert.Equal((8L, 1L, 1L, 5L), ((long)totals["authorizations"]!, (long)totals["declined"]!, (long)totals["reversed"]!, (long)totals["captures"]!));
        Assert.Equal((25_004L, 21_004L), ((long)totals["authorized"]!, (long)totals["captured"]!));
        Assert.Equal(1_000L + 1_980 + (2 * 3_003), (long)totals["settled"]!);
        Assert.Equal((long)totals["settled"]!, entries.Sum(entry => (long)entry["settled"]!));
        Assert.Equal((8_000L, 2L, 1_500L, 1_200L), ((long)totals["voided"]!, (long)totals["refunds"]!, (long)totals["refunded"]!, (long)totals["refunds_settled"]!));
        foreach (var total in (string[])["captured", "voided", "refunded", "refunds_settled", "debited", "credited"])
            Assert.Equal((long)totals[total]!, entries.Sum(entry => (long)entry[total]!));
        Assert.Equal((3_403L, 3_003L), ((long)totals["debited"]!, (long)totals["credited"]!));
        Assert.Equal(7L + 9 + 11 + 11, (long)totals["charged"]!);
        Assert.Empty((await sandbox.Harbor.BooksAsync()).Values);
    }

    [Fact]
    public async Task Books_AfterAnEntry_AreTheRest()
    {
        await using var sandbox = await Support.Sandbox.StartNewAsync();
        for (var i = 0; i < 5; i++)
            await sandbox.Northbank.AuthorizeAsync(NewReference("att"), 1_000);
        var ids = (await sandbox.Northbank.BooksAsync()).Values.Select(entry => (string)entry["external_id"]!).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids[3..], (await sandbox.Northbank.BooksAsync($"?after={ids[2]}")).Values.Select(entry => (string)entry["external_id"]!));
        Assert.Equal(5, (await sandbox.Northbank.BooksAsync("?from=2020-01-01T00:00:00Z")).Count);
        Assert.Empty(await sandbox.Northbank.BooksAsync("?from=2120-01-01T00:00:00Z"));
    }
}
