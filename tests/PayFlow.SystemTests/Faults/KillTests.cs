using PayFlow.SystemTests.Running;
using Xunit.Abstractions;

namespace PayFlow.SystemTests.Faults;

/// <summary>kill -9 of everything in turn, while merchants pay.</summary>
[Collection(OneSystem.Name)]
public sealed class KillTests(SharedSystem shared, ITestOutputHelper output)
{
    // Auth and the others carry the relay of their outbox: killing the service kills the relay in the middle of its work.
    private static readonly string[] Victims = ["auth", "fraud", "ledger", "batch", "reconciler", "sandbox", "gateway", "redis", "postgres", "kafka"];

    [Fact]
    public async Task Kill_EveryProcessInTurnUnderLoad_LosesAndDoublesNothing()
    {
        var system = shared.System;
        await using var load = new Load(system, clients: 4);
        foreach (var victim in Victims)
        {
            var before = load.Count;
            await Task.Delay(TimeSpan.FromSeconds(1));
            await system.KillAsync(victim);
            await Task.Delay(TimeSpan.FromSeconds(1));
            await system.StartAgainAsync(victim);
            output.WriteLine($"{victim}: {load.Count - before} payments were acknowledged meanwhile");
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        var acknowledged = await load.StopAsync();
        Assert.NotEmpty(acknowledged);
        await system.AssertBooksAgreeAsync(acknowledged, TimeSpan.FromMinutes(2));
        await system.Books.CutoffAsync(CancellationToken.None);
        await system.AssertBooksAgreeAsync(acknowledged, TimeSpan.FromMinutes(1));
        output.WriteLine($"{acknowledged.Count} payments were acknowledged");
    }
}
