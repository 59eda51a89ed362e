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
        await northbank.SubmitAsync("bat_1", [.. captures.Select((capture, i) => ($"itm_{i}", capture.Id, capture.Amount))]);

        var entries = (await northbank.BooksAsync()).Values.ToList();
        Assert.Equal(7, entries.Count);
        var totals = Assert.Single((await northbank.SummaryAsync()).Json!["data"]!.AsArray())!;
        Assert.Equal("USD", (string?)totals["currency"]);
        Assert.Equal((6L, 1L, 1L, 3L), ((long)totals["authorizations"]!, (long)totals["declined"]!, (long)totals["reversed"]!, (long)totals["captures"]!));
        Assert.Equal((10_004L, 6_004L), ((long)totals["authorized"]!, (long)totals["captured"]!));
        Assert.Equal(1_000L + 1_980 + (2 * 3_003), (long)totals["settled"]!);
        Assert.Equal((long)totals["settled"]!, entries.Sum(entry => (long)entry["settled"]!));
        Assert.Equal((long)totals["captured"]!, entries.Sum(entry => (long)entry["captured"]!));
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
