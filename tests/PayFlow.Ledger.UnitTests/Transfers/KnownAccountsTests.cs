using Npgsql;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.UnitTests.Transfers;

/// <summary>What a process may believe of accounts that it doesn't read, and who may decide and write when.</summary>
public sealed class KnownAccountsTests : IDisposable
{
    private static readonly NewTransfer[] Asked = [Sample.Post(1, Sample.Receivable, Sample.Available, 5)];
    private static readonly NewTransfer[] OthersAsked = [Sample.Post(2, Sample.Receivable, Sample.OtherAvailable, 5)];

    private static readonly byte[] Root = MerkleTree.Root([]);

    private readonly KnownAccounts _known = new(most: 10);

    public void Dispose() => _known.Dispose();

    [Fact]
    public async Task Batch_ThatIsKept_IsKnown()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);

        using var turn = await _known.TakeTurnAsync(CancellationToken.None);
        Assert.True(turn.Knows(Asked));
        Assert.False(turn.Knows(OthersAsked));
        Assert.Equal(41, turn.States[Sample.Available].Version);
        Assert.Equal(Row(Sample.Available), turn.Ids[Sample.Available]);
        Assert.True(turn.IsOurs(Block(41)));
        Assert.False(turn.IsOurs(Block(42)));
    }

    [Fact]
    public async Task Batch_ThatIsNotKept_LeavesNothingKnown()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        await LockedAsync(block: 42, isKept: false, Sample.Receivable, Sample.Available);
        Assert.False(await KnowsAsync(Asked));
    }

    [Theory]
    [InlineData(41, true)]
    [InlineData(42, false)]
    public async Task Block_OfSomebodyElseBetween_LeavesOnlyTheLastBatchKnown(long before, bool isFirstKnown)
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        await LockedAsync(before + 1, isKept: true, Sample.Receivable, Sample.OtherAvailable);
        Assert.Equal(isFirstKnown, await KnowsAsync(Asked));
        Assert.True(await KnowsAsync(OthersAsked));
    }

    [Fact]
    public async Task Block_OfSomebodyElseWhileOneIsWritten_LeavesNothingKnown()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        using (var turn = await _known.TakeTurnAsync(CancellationToken.None))
        {
            await turn.WaitForOthersAsync(CancellationToken.None);
            turn.Write(Wrote(42, 42, Sample.Receivable, Sample.Available) with { End = null });
            turn.Keep();
        }

        Assert.False(await KnowsAsync(Asked));
    }

    /// <summary>As after a database that lost its last commits, and got others instead.</summary>
    [Fact]
    public async Task Chain_OfTheSameLengthButOfOtherBlocks_IsNotOurs()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        using var turn = await _known.TakeTurnAsync(CancellationToken.None);
        Assert.False(turn.IsOurs(new ChainEnd(41, new byte[32])));
    }

    [Fact]
    public async Task MoreAccountsThanFit_ReplaceThoseBefore()
    {
        using var few = new KnownAccounts(most: 3);
        await LockedAsync(few, block: 1, isKept: true, Sample.Receivable, Sample.Available);
        await LockedAsync(few, block: 2, isKept: true, Sample.Revenue, Sample.Pending);
        using var turn = await few.TakeTurnAsync(CancellationToken.None);
        Assert.Equal([Sample.Pending, Sample.Revenue], turn.States.Keys.OrderBy(name => name.Path));
    }

    [Fact]
    public async Task NothingFits_NothingIsKnown()
    {
        using var none = new KnownAccounts(most: 0);
        await LockedAsync(none, block: 1, isKept: true, Sample.Receivable, Sample.Available);
        using var turn = await none.TakeTurnAsync(CancellationToken.None);
        Assert.False(turn.Knows(Asked));
    }

    [Fact]
    public async Task WhileOneWrites_TheNextDecidesOnWhatItWillLeave_AndWritesAfterIt()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        var first = await _known.TakeTurnAsync(CancellationToken.None);
        var waits = _known.TakeTurnAsync(CancellationToken.None);
        await first.TryWriteAfterOthersAsync(Ready(42, Sample.Receivable, Sample.Available), CancellationToken.None);
        using var second = await waits;

        Assert.Equal(42, second.States[Sample.Available].Version);
        Assert.True(second.IsOurs(Block(41)), "The first has not committed yet.");
        Assert.True(second.IsOurs(Block(42)), "The first has committed.");
        Assert.False(second.IsOurs(Block(43)));
        var writes = second.TryWriteAfterOthersAsync(Ready(43, Sample.Receivable, Sample.Available), CancellationToken.None);
        Assert.False(writes.IsCompleted);

        first.Write(Wrote(42, 42, Sample.Receivable, Sample.Available));
        first.Keep();
        first.Dispose();
        await writes;
        second.Write(Wrote(43, 43, Sample.Receivable, Sample.Available));
        second.Keep();
        second.Dispose();

        using var third = await _known.TakeTurnAsync(CancellationToken.None);
        Assert.Equal(43, third.States[Sample.Available].Version);
    }

    [Fact]
    public async Task TrustedBatch_ThatFails_IsForgotten_AndWhatTheNextMadeOfItToo()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        var first = await _known.TakeTurnAsync(CancellationToken.None);
        await first.TryWriteAfterOthersAsync(Ready(42, Sample.Receivable, Sample.Available), CancellationToken.None);
        var second = await _known.TakeTurnAsync(CancellationToken.None);
        Assert.True(second.Knows(Asked));
        var writes = second.TryWriteAfterOthersAsync(Ready(43, Sample.Receivable, Sample.Available), CancellationToken.None);
        first.Dispose();   // without Keep
        Assert.False(await writes, "It trusted what never came to be.");
        Assert.False(second.Knows(Asked));

        var waits = _known.TakeTurnAsync(CancellationToken.None);
        Assert.False(waits.IsCompleted, "The second reads, and writes, first.");
        second.Write(Wrote(42, 42, Sample.Receivable, Sample.Available));
        second.Keep();
        second.Dispose();
        using var third = await waits;
        Assert.True(third.Knows(Asked));
    }

    [Fact]
    public async Task TrustedBatch_AfterSomebodyElsesBlock_IsForgotten()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        using (var turn = await _known.TakeTurnAsync(CancellationToken.None))
        {
            await turn.TryWriteAfterOthersAsync(Ready(42, Sample.Receivable, Sample.Available), CancellationToken.None);
            turn.Write(Wrote(42, 42, Sample.Receivable, Sample.Available) with { End = null });
            turn.Keep();
        }

        Assert.False(await KnowsAsync(Asked));
    }

    [Fact]
    public async Task Batch_ThatReads_WaitsForTheOneThatWrites()
    {
        await LockedAsync(block: 41, isKept: true, Sample.Receivable, Sample.Available);
        var first = await _known.TakeTurnAsync(CancellationToken.None);
        await first.TryWriteAfterOthersAsync(Ready(42, Sample.Receivable, Sample.Available), CancellationToken.None);
        using var second = await _known.TakeTurnAsync(CancellationToken.None);
        var reads = second.WaitForOthersAsync(CancellationToken.None);
        Assert.False(reads.IsCompleted);
        first.Dispose();
        await reads;
        Assert.False(second.Knows(Asked));
    }

    [Fact]
    public async Task WhoLeavesTheQueue_HoldsNobodyUp()
    {
        var first = await _known.TakeTurnAsync(CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var waits = _known.TakeTurnAsync(leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        first.Dispose();
        using var third = await _known.TakeTurnAsync(CancellationToken.None);
        Assert.NotNull(third);
    }

    private static long Row(AccountName name) => name.Path.Length;

    private static Outcome Left(long version, params AccountName[] names) => new([], [], names.ToDictionary(name => name, name => new Account(name, AccountKind.Liability, default) { Version = version }));

    private static KnownAccounts.Written Wrote(long block, long version, params AccountName[] names) =>
        new(Block(block - 1), Block(block), Left(version, names).Accounts, names.ToDictionary(name => name, Row));

    /// <summary>The batch that adds a block of this number.</summary>
    private static ReadyBatch Ready(long block, params AccountName[] names) =>
        new(new BooksAtHand(Books.Empty, names.ToDictionary(name => name, Row), Block(block - 1), AreLocked: false), Left(block, names), Sample.Now, [], names.Length, new NpgsqlBatchCommand(), Root);

    /// <summary>The end of a chain of so many blocks.</summary>
    private static ChainEnd Block(long number) => Enumerable.Range(0, (int)number).Aggregate(ChainEnd.Beginning, (end, _) => end.Next(Root, 0, Sample.Now));

    private async Task<bool> KnowsAsync(NewTransfer[] transfers)
    {
        using var turn = await _known.TakeTurnAsync(CancellationToken.None);
        return turn.Knows(transfers);
    }

    private Task LockedAsync(long block, bool isKept, params AccountName[] names) => LockedAsync(_known, block, isKept, names);

    /// <summary>A batch that reads its accounts under locks.</summary>
    private static async Task LockedAsync(KnownAccounts known, long block, bool isKept, params AccountName[] names)
    {
        using var turn = await known.TakeTurnAsync(CancellationToken.None);
        await turn.WaitForOthersAsync(CancellationToken.None);
        turn.Write(Wrote(block, block, names));
        if (isKept)
        {
            turn.Keep();
        }
    }
}
