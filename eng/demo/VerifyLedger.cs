using Grpc.Core;
using Grpc.Net.Client;
using PayFlow.Contracts.Ledger.V1;
using Spectre.Console;

namespace PayFlow.Demo;

/// <summary>Has the ledger verify its hash chain, and says how far it is and what came of it.</summary>
internal static class VerifyLedger
{
    /// <returns>0 when nothing is wrong, else 1.</returns>
    public static async Task<int> RunAsync(Addresses addresses, IAnsiConsole console, CancellationToken cancel)
    {
        using var channel = GrpcChannel.ForAddress(addresses.Ledger);
        using var call = new LedgerChain.LedgerChainClient(channel).VerifyChain(new(), cancellationToken: cancel);
        var isSound = true;
        var told = 0L;   // tenths of the shard's blocks
        await foreach (var progress in call.ResponseStream.ReadAllAsync(cancel))
        {
            if (progress.Done)
            {
                isSound &= progress.Findings.Count == 0;
                told = 0;
                Report(console, progress);
            }
            else if (10 * progress.Blocks / progress.OfBlocks > told)
            {
                told = 10 * progress.Blocks / progress.OfBlocks;
                console.MarkupLineInterpolated($"[grey]shard {progress.Shard}: {progress.Blocks:N0} of {progress.OfBlocks:N0} blocks, {progress.Transfers:N0} transfers[/]");
            }
        }

        console.MarkupLine(isSound ? "[green]The ledger is what was written and signed.[/]" : "[red]The ledger is not what was written and signed.[/]");
        return isSound ? 0 : 1;
    }

    private static void Report(IAnsiConsole console, VerifyChainProgress result)
    {
        console.MarkupLineInterpolated(
            $"shard {result.Shard}: {result.Blocks:N0} blocks, {result.Transfers:N0} transfers and {result.Accounts:N0} accounts were computed again, {result.SignedHeads:N0} signed heads compared");
        console.MarkupLine(result.LastSignedBlock > 0
            ? $"  signed up to block {result.LastSignedBlock:N0}, {result.LastSignedAt.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss} UTC; {result.OfBlocks - result.LastSignedBlock:N0} blocks are younger"
            : "  nothing is signed yet");
        if (result.Archived > 0)
        {
            console.MarkupLineInterpolated($"  {result.Archived:N0} transfers are archived: their archives are verified by themselves");
        }

        foreach (var finding in result.Findings)
        {
            console.MarkupLineInterpolated($"  [red]{finding.Kind}[/]  {finding.Detail}");
        }
    }
}
