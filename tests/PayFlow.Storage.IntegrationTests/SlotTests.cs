using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage.IntegrationTests.Support;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Storage.IntegrationTests;

public sealed class SlotTests(ITestOutputHelper output)
{
    private static readonly Slot Hot = new(7);   // on shard 1 of two: 7 mod 50 mod 2

    [Fact]
    public async Task Slots_OfANewDeployment_AreSpreadOverItsShards()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        Assert.Equal((0, 1), (host.Shards().For(new Slot(50)).Number, host.Shards().For(Hot).Number));
        foreach (var shard in host.Shards().All)
            Assert.Equal(500, await bed.AskAsync<long>($"SELECT count(*) FROM payflow_slots WHERE shard = {shard.Number}", shard.Number));
    }

    [Fact]
    public async Task Shard_AddedLater_OwnsNothingUntilSlotsAreMovedToIt()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using (await bed.StartAsync(shards: 1))
            Assert.Equal(1000, await bed.AskAsync<long>("SELECT count(*) FROM payflow_slots WHERE shard = 0"));
        using var host = await bed.StartAsync(shards: 2);
        Assert.All(Enumerable.Range(0, Slot.Count), slot => Assert.Equal(0, host.Shards().For(new Slot(slot)).Number));
        await MoveAsync(bed, Hot, 1);
        await host.Shards().RefreshAsync(CancellationToken.None);
        Assert.Equal(1, host.Shards().For(Hot).Number);
    }

    [Fact]
    public async Task Write_WithAnOldEpoch_IsRefusedByTheDatabase_AndFindsItsWayAfterwards()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        var shards = host.Shards();
        var before = shards.For(Hot);
        await MoveAsync(bed, Hot, 0);
        Assert.Same(before, shards.For(Hot));   // not noticed yet

        var refused = await Assert.ThrowsAsync<StaleSlotException>(async () => await before.BeginAsync(CancellationToken.None, new Slot(57), Hot));
        var named = Assert.IsType<PostgresException>(refused.InnerException);
        Assert.Equal(("PF001", "payflow_slots", "payflow_slots_epoch"), (named.SqlState, named.TableName, named.ConstraintName));
        Assert.Equal(0, shards.For(Hot).Number);
        await using var transaction = await shards.BeginAsync(Hot, CancellationToken.None);
        Assert.Equal(0, transaction.Shard.Number);
    }

    [Fact]
    public async Task Write_AfterTheSlotWentThereAndBack_IsRefused_ThoughItLivesHere()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        var shard = host.Shards().For(Hot);
        await MoveAsync(bed, Hot, 0);
        await MoveAsync(bed, Hot, 1);
        await Assert.ThrowsAsync<StaleSlotException>(async () => await shard.BeginAsync(CancellationToken.None, Hot));
        await using var again = await shard.BeginAsync(CancellationToken.None, Hot);
        Assert.Equal(3, await bed.AskAsync<long>("SELECT epoch FROM payflow_slots WHERE slot = 7", 1));
    }

    [Fact]
    public async Task Begin_FindsTheShardOfAMovedSlotByItself()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        await MoveAsync(bed, Hot, 0);
        await using var transaction = await host.Shards().BeginAsync(Hot, CancellationToken.None);
        Assert.Equal(0, transaction.Shard.Number);
    }

    [Fact]
    public async Task Transaction_KeepsItsSlotsFromMovingAway()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        var transaction = await host.Shards().BeginAsync(Hot, CancellationToken.None);
        var moving = MoveAsync(bed, Hot, 0);
        await Task.Delay(300);
        Assert.False(moving.IsCompleted);
        await transaction.CommitAsync(CancellationToken.None);
        await transaction.DisposeAsync();
        await moving;
    }

    [Fact]
    public async Task Move_CutOff_LeavesTheSlotToNobody_AndIsFinishedByStartingItAgain()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        await Assert.ThrowsAsync<IOException>(() => MoveAsync(bed, Hot, 0, (_, _) => throw new IOException("cut off")));
        await Assert.ThrowsAsync<StaleSlotException>(async () => await host.Shards().BeginAsync(Hot, CancellationToken.None));
        Assert.Null(host.Shards().Find(Hot));
        await using (await host.Shards().BeginAsync(new Slot(57), CancellationToken.None))
            Assert.Equal(1, host.Shards().For(new Slot(57)).Number);   // others don't notice

        var copied = new List<(int, int)>();
        await MoveAsync(bed, Hot, 0, (from, to) =>
        {
            copied.Add((from, to));
            return Task.CompletedTask;
        });
        Assert.Equal([(1, 0)], copied);
        await using var transaction = await host.Shards().BeginAsync(Hot, CancellationToken.None);
        Assert.Equal(0, transaction.Shard.Number);
    }

    [Fact]
    public async Task Move_ThatCantBePrepared_LeavesTheSlotWhereItWas_AndCopiesNothing()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        await using var zero = bed.Owner(0);
        await using var one = bed.Owner(1);
        var move = new SlotMove([zero, one]);
        var contents = new Contents((_, _) => throw new InvalidOperationException("nothing may be copied"), new IOException("not now"));

        await Assert.ThrowsAsync<IOException>(() => move.RunAsync(Hot, 0, contents, CancellationToken.None));

        Assert.Equal((1, (int?)null), await move.FindAsync(Hot, CancellationToken.None));
        await host.Shards().RefreshAsync(CancellationToken.None);
        await using var transaction = await host.Shards().BeginAsync(Hot, CancellationToken.None);
        Assert.Equal(1, transaction.Shard.Number);
    }

    [Fact]
    public async Task SlotThatMovesWhileItIsWritten_LosesNoWrite_AndHasThemOnOneShardOnly()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var bed = await StorageBed.MakeAsync(shards: 2);
        using var host = await bed.StartAsync();
        var shards = host.Shards();
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<string>();
        var refused = 0;
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var key = $"{writer}-{i}";
                try
                {
                    await using var transaction = await shards.BeginAsync(Hot, CancellationToken.None);
                    await using var command = new NpgsqlCommand("INSERT INTO things (key, slot) VALUES ($1, 7)", transaction.Connection, transaction.Transaction) { Parameters = { new() { Value = key } } };
                    await command.ExecuteNonQueryAsync();
                    await transaction.CommitAsync(CancellationToken.None);
                    acknowledged.Add(key);
                }
                catch (StaleSlotException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToList();

        for (var move = 0; move < 6; move++)
        {
            await Task.Delay(random.Next(100));
            await MoveAsync(bed, Hot, move % 2, async (from, to) =>
            {
                // Copies as an operator's tool would: nobody writes the slot meanwhile, or rows would stay behind.
                var rows = await KeysAsync(bed, from);
                await Task.Delay(random.Next(30));
                await CopyAsync(bed, rows, to);
                Assert.Equal(rows.Count, (int)await bed.AskAsync<long>("WITH gone AS (DELETE FROM things WHERE slot = 7 RETURNING 1) SELECT count(*) FROM gone", from));
            });
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await shards.RefreshAsync(CancellationToken.None);   // the last that was heard may be that no shard owned it
        var last = shards.For(Hot).Number;
        Assert.Equal(acknowledged.Order(StringComparer.Ordinal), (await KeysAsync(bed, 1)).Order(StringComparer.Ordinal));
        Assert.Empty(await KeysAsync(bed, 0));
        Assert.Equal(1, last);
        Assert.True(refused > 0 && !acknowledged.IsEmpty, $"{acknowledged.Count} writes, {refused} refused");
        output.WriteLine($"{acknowledged.Count} writes, {refused} refused");
    }

    private static async Task MoveAsync(StorageBed bed, Slot slot, int to, Func<int, int, Task>? copy = null)
    {
        await using var zero = bed.Owner(0);
        await using var one = bed.Owner(1);
        await new SlotMove([zero, one]).RunAsync(slot, to, new Contents(copy), CancellationToken.None);
    }

    private sealed class Contents(Func<int, int, Task>? copy, Exception? refusal = null) : ISlotContents
    {
        public Task PrepareAsync(SlotStep step, CancellationToken ct) => refusal is null ? Task.CompletedTask : Task.FromException(refusal);

        public Task CopyAsync(SlotStep step, CancellationToken ct) => copy?.Invoke(step.From, step.To) ?? Task.CompletedTask;
    }

    private static async Task<List<string>> KeysAsync(StorageBed bed, int shard) =>
        [.. await bed.AskAsync<string[]>("SELECT coalesce(array_agg(key), '{}') FROM things WHERE slot = 7", shard)];

    private static async Task CopyAsync(StorageBed bed, List<string> keys, int shard)
    {
        await using var source = bed.Owner(shard);
        await using var command = source.CreateCommand("INSERT INTO things (key, slot) SELECT key, 7 FROM unnest($1) AS key");
        command.Parameters.Add(new() { Value = keys.ToArray() });
        await command.ExecuteNonQueryAsync();
    }
}
