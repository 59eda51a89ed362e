using Npgsql;
using Xunit;

namespace PayFlow.Storage.UnitTests;

public sealed class GroupCommitTests
{
    [Fact]
    public async Task Items_ThatComeWhileACommitRuns_AreCommittedTogetherAndInOrder()
    {
        var database = new FakeDatabase();
        await using var group = database.Group(maxBatch: 100);
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var rest = Enumerable.Range(1, 250).Select(item => group.CommitAsync(item, CancellationToken.None)).ToList();
        database.Release();

        Assert.Equal("0!", await first);
        Assert.Equal(Enumerable.Range(1, 250).Select(item => $"{item}!"), await Task.WhenAll(rest));
        Assert.Equal([1, 100, 100, 50], database.Batches.Select(batch => batch.Length));
        Assert.Equal(Enumerable.Range(0, 251), database.Batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task LoneItem_IsCommittedAtOnce()
    {
        var database = new FakeDatabase();
        await using var group = database.Group();
        Assert.Equal("7!", await group.CommitAsync(7, CancellationToken.None));
        Assert.Equal([7], Assert.Single(database.Batches));
    }

    [Fact]
    public async Task RefusedItems_AreFoundByHalving_AndTheOthersAreCommittedOnceAndInOrder()
    {
        var database = new FakeDatabase { Refuses = item => item is 3 or 17 or 18 };
        await using var group = database.Group();
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var rest = Enumerable.Range(1, 31).Select(item => group.CommitAsync(item, CancellationToken.None)).ToList();
        database.Release();
        await first;

        foreach (var (answer, item) in rest.Zip(Enumerable.Range(1, 31)))
        {
            if (database.Refuses(item))
                Assert.Equal($"{item} is refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => answer)).Message);
            else
                Assert.Equal($"{item}!", await answer);
        }

        Assert.Equal(Enumerable.Range(0, 32).Where(item => !database.Refuses(item)), database.Committed);
        Assert.True(database.Batches.Count <= 1 + (2 * 3 * 6), $"{database.Batches.Count} commits for three refused items of 31");
    }

    [Fact]
    public async Task DatabaseThatFails_TellsEverybody_AndIsNotAskedAgain()
    {
        var database = new FakeDatabase { Fails = true };
        await using var group = database.Group();
        database.Hold();
        var all = new List<Task<string>> { group.CommitAsync(0, CancellationToken.None) };
        await database.Entered;
        all.AddRange(Enumerable.Range(1, 20).Select(item => group.CommitAsync(item, CancellationToken.None)));
        database.Release();
        foreach (var answer in all)
            await Assert.ThrowsAsync<NpgsqlException>(() => answer);
        Assert.Equal(2, database.Batches.Count);

        database.Fails = false;
        Assert.Equal("99!", await group.CommitAsync(99, CancellationToken.None));
    }

    [Fact]
    public async Task DatabaseThatFailsWhileABatchIsHalved_KeepsTheAnswersThatWereGiven()
    {
        // Of 1 to 8 the 8 is refused, so the batch is halved; with 5 and 6 the database goes away.
        var database = new FakeDatabase { Refuses = item => item == 8, FailsAt = batch => batch.SequenceEqual([5, 6, 7, 8]) };
        await using var group = database.Group();
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var rest = Enumerable.Range(1, 8).Select(item => group.CommitAsync(item, CancellationToken.None)).ToList();
        database.Release();
        await first;
        Assert.Equal(["1!", "2!", "3!", "4!"], await Task.WhenAll(rest.Take(4)));
        foreach (var answer in rest.Skip(4))
            await Assert.ThrowsAsync<NpgsqlException>(() => answer);
        Assert.Equal([0, 1, 2, 3, 4], database.Committed);
    }

    [Fact]
    public async Task Deadlock_IsTriedAgain()
    {
        var database = new FakeDatabase { Deadlocks = 2 };
        await using var group = database.Group();
        Assert.Equal("1!", await group.CommitAsync(1, CancellationToken.None));
        Assert.Equal(3, database.Batches.Count);
    }

    [Fact]
    public async Task Caller_WhoLeavesWhileWaiting_IsNotWritten_AndOthersDontNotice()
    {
        var database = new FakeDatabase();
        await using var group = database.Group();
        using var leaving = new CancellationTokenSource();
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var left = group.CommitAsync(1, leaving.Token);
        var stayed = group.CommitAsync(2, CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        database.Release();
        await first;
        Assert.Equal("2!", await stayed);
        Assert.Equal([0, 2], database.Committed);
    }

    [Fact]
    public async Task Caller_WhoseCommitHasBegun_GetsItsAnswerHoweverLateItLeaves()
    {
        var database = new FakeDatabase();
        await using var group = database.Group();
        using var leaving = new CancellationTokenSource();
        database.Hold();
        var begun = group.CommitAsync(1, leaving.Token);
        await database.Entered;
        await leaving.CancelAsync();
        database.Release();
        Assert.Equal("1!", await begun);
    }

    [Fact]
    public async Task Commit_ThatIsCutOff_IsNotMistakenForOneThatWasNeverBegun()
    {
        await using var group = new GroupCommit<int, int>((_, _) => throw new TaskCanceledException(), new GroupCommitOptions());
        await Assert.ThrowsAsync<TimeoutException>(() => group.CommitAsync(1, CancellationToken.None));
    }

    [Fact]
    public async Task Commit_ThatAnswersTooLittle_IsAnErrorForEverybody_AndIsNotRepeated()
    {
        var calls = 0;
        await using var group = new GroupCommit<int, int>((_, _) =>
        {
            calls++;
            return Task.FromResult<IReadOnlyList<int>>([]);
        }, new GroupCommitOptions());
        await Assert.ThrowsAsync<InvalidOperationException>(() => group.CommitAsync(1, CancellationToken.None));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Queue_ThatIsFull_RefusesAtOnce()
    {
        var database = new FakeDatabase();
        await using var group = database.Group(maxQueue: 3);
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var waiting = Enumerable.Range(1, 3).Select(item => group.CommitAsync(item, CancellationToken.None)).ToList();
        await Assert.ThrowsAsync<GroupCommitFullException>(() => group.CommitAsync(4, CancellationToken.None));
        database.Release();
        await first;
        await Task.WhenAll(waiting);
        Assert.Equal([0, 1, 2, 3], database.Committed);
    }

    [Fact]
    public async Task Dispose_CommitsWhatWaits_AndRefusesTheRest()
    {
        var database = new FakeDatabase();
        var group = database.Group();
        database.Hold();
        var first = group.CommitAsync(0, CancellationToken.None);
        await database.Entered;
        var waiting = group.CommitAsync(1, CancellationToken.None);
        var disposing = group.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => group.CommitAsync(2, CancellationToken.None));
        database.Release();
        await disposing;
        Assert.Equal("0!", await first);
        Assert.Equal("1!", await waiting);
    }
}
