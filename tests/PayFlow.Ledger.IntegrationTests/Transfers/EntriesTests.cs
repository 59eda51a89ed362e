using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.IntegrationTests.Transfers;

/// <summary>Entries of an account are found by walking back from a mark or from the last one.</summary>
public sealed class EntriesTests
{
    private const int Entries = 600;   // two marks, and a rest without one

    [Fact]
    public async Task ListAsync_AnyPage_HasTheEntriesInOrderWithoutGaps()
    {
        await using var host = await LedgerHost.StartAsync();
        var asking = new Asking(host);
        var (shard, account) = (host.Service<Shards>().All[0], new AccountName(asking.Available.Path, Mode.Test, Currency.Usd));
        Assert.Empty(await TransferSql.ListAsync(shard, account, 0, 10, CancellationToken.None));
        var before = TimeProvider.System.GetUtcNow();
        foreach (var chunk in Enumerable.Range(0, Entries).Chunk(100))
        {
            await asking.AskAsync([.. chunk.Select(_ => asking.Posted(asking.Receivable, asking.Available, 1))]);
        }

        foreach (var (after, limit) in new[] { (0, 10), (0, 1000), (250, 10), (255, 1), (255, 2), (256, 256), (300, 400), (511, 1), (512, 100), (599, 5), (600, 5) })
        {
            var versions = (await TransferSql.ListAsync(shard, account, after, limit, CancellationToken.None)).ConvertAll(listed => listed.Transfer.CreditVersion);
            Assert.Equal(Enumerable.Range(after + 1, Math.Min(limit, Entries - after)).Select(version => (long)version), versions);
        }

        var all = await TransferSql.ListAsync(shard, account, 0, Entries, CancellationToken.None);
        Assert.Equal(0, await TransferSql.VersionAtAsync(shard, account, before.AddMinutes(-1), CancellationToken.None));
        Assert.Equal(Entries, await TransferSql.VersionAtAsync(shard, account, before.AddMinutes(10), CancellationToken.None));
        foreach (var at in all.Select(listed => listed.Transfer.CreatedAt).Distinct())
        {
            Assert.Equal(all.Count(listed => listed.Transfer.CreatedAt < at), await TransferSql.VersionAtAsync(shard, account, at, CancellationToken.None));
        }
    }
}
