using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage.IntegrationTests.Support;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Storage.IntegrationTests;

/// <summary>Group commit against a real database: what was acknowledged is there, what was refused is not, whatever happens between.</summary>
public sealed class GroupCommitTests(ITestOutputHelper output)
{
    [Fact]
    public async Task ConstraintViolations_AreTheirCallersOwn()
    {
        var bed = await StorageBed.MakeAsync();
        using var host = await bed.StartAsync();
        await using var group = Group(host);
        // Every tenth breaks the CHECK, every 25th is a key that is there already.
        await group.CommitAsync(("taken", 1), CancellationToken.None);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var item = (Key: i % 25 == 24 ? "taken" : $"key-{i}", Count: i % 10 == 9 ? -1L : 1L);
            try
            {
                await group.CommitAsync(item, CancellationToken.None);
                return (item.Key, Constraint: "");
            }
            catch (PostgresException refused)
            {
                return (item.Key, Constraint: refused.ConstraintName!);
            }
        }));

        for (var i = 0; i < 200; i++)
            Assert.Equal(i % 10 == 9 ? "things_count" : i % 25 == 24 ? "things_pk" : "", answers[i].Constraint);
        var stored = await bed.AskAsync<string[]>("SELECT array_agg(key) FROM things");
        Assert.Equal(answers.Where(answer => answer.Constraint.Length == 0).Select(answer => answer.Key).Append("taken").Order(), stored.Order());
    }

    [Fact]
    public async Task ServerKilledUnderLoad_KeepsWhatWasAcknowledged_AndTheGroupGoesOn()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        var bed = await StorageBed.MakeAsync(own: postgres);
        using var host = await bed.StartAsync();
        await using var group = Group(host);
        var acknowledged = new ConcurrentBag<string>();
        var failures = new ConcurrentBag<Exception>();
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    await group.CommitAsync(($"{caller}-{i}", 1), CancellationToken.None);
                    acknowledged.Add($"{caller}-{i}");
                }
                catch (Exception failure)
                {
                    failures.Add(failure);
                    await Task.Delay(20);
                }
            }
        })).ToList();
        await Task.Delay(500);
        await postgres.KillAsync();
        var before = acknowledged.Count;
        await Task.Delay(200);
        await postgres.StartAsync();
        while (acknowledged.Count < before + 100)
            await Task.Delay(20);
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        var stored = (await bed.AskAsync<string[]>("SELECT array_agg(key) FROM things")).ToHashSet();
        Assert.Empty(acknowledged.Except(stored));
        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.True(DatabaseFailure.IsInfrastructure(failure), failure.ToString()));
        output.WriteLine($"{acknowledged.Count} acknowledged, {stored.Count} stored, {failures.Count} told that it is unknown");
    }

    private static GroupCommit<(string Key, long Count), bool> Group(IHost host) => new(async (items, ct) =>
    {
        await using var transaction = await host.Shards().BeginAsync(new Slot(0), ct);
        await using var command = new NpgsqlCommand("INSERT INTO things (key, count) SELECT * FROM unnest($1, $2)", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = items.Select(item => item.Key).ToArray() }, new() { Value = items.Select(item => item.Count).ToArray() } },
        };
        await command.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return [.. items.Select(_ => true)];
    }, new GroupCommitOptions());
}
