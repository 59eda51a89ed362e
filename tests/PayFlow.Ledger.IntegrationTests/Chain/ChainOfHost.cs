using Grpc.Core;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.IntegrationTests.Support;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Chain;

/// <summary>What tests of the chain ask of a ledger.</summary>
internal static class ChainOfHost
{
    /// <summary>Verifies, and answers the result of the one shard.</summary>
    public static Task<Contract.VerifyChainProgress> VerifyAsync(this LedgerHost host) => VerifyAsync(host.Chain);

    public static async Task<Contract.VerifyChainProgress> VerifyAsync(Contract.LedgerChain.LedgerChainClient client)
    {
        using var call = client.VerifyChain(new());
        var results = new List<Contract.VerifyChainProgress>();
        await foreach (var progress in call.ResponseStream.ReadAllAsync())
        {
            if (progress.Done)
            {
                results.Add(progress);
            }
        }

        return Assert.Single(results);
    }

    /// <summary>Runs statements as somebody who gets around every trigger.</summary>
    public static Task AsSuperuserAsync(this LedgerHost host, string sql) =>
        host.SqlAsync($"DO $$ BEGIN {sql}; END $$", before: "SET session_replication_role = replica");

    /// <summary>Waits until the end of the chain is signed.</summary>
    public static async Task SignedAsync(this LedgerHost host)
    {
        var end = await host.CountAsync("SELECT number FROM chain_head");
        for (var i = 0; (await host.Service<HeadStore>().LastAsync(0, CancellationToken.None))?.Head.Block != end; i++)
        {
            Assert.True(i < 600, "The end of the chain was not signed within a minute.");
            await Task.Delay(100);
        }
    }
}
