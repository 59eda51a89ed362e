using System.Globalization;
using Grpc.Core;
using Npgsql;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>What must be true of the books whatever happened before.</summary>
internal static class Soundness
{
    /// <summary>Counts entries that do not follow from the one before, by number or by balance.</summary>
    public const string BrokenEntries =
        """
        SELECT count(*) FROM (
            SELECT version - lag(version, 1, 0::bigint) OVER entry AS step, balance - lag(balance, 1, 0::bigint) OVER entry - balance_delta AS off
              FROM entries WINDOW entry AS (PARTITION BY account_id ORDER BY version)) AS walked
         WHERE step <> 1 OR off <> 0
        """;

    public static async Task<long> CountAsync(this NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    /// <summary>Every leaf, root and block is what its transfers make of it, and there are some.</summary>
    public static async Task AssertChainAsync(Contract.LedgerChain.LedgerChainClient chain)
    {
        using var call = chain.VerifyChain(new());
        var shards = new List<Contract.VerifyChainProgress>();
        await foreach (var progress in call.ResponseStream.ReadAllAsync())
        {
            if (progress.Done)
            {
                shards.Add(progress);
            }
        }

        Assert.All(shards, shard => Assert.Empty(shard.Findings));
        Assert.Contains(shards, shard => shard is { Blocks: > 0, Transfers: > 0 });
    }
}
