using Npgsql;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>
/// Walks a shard's chain from its first block: blocks, their rows and their heads, page by page. What it keeps is what each account was left with, so memory grows with accounts, not with
/// transfers.
/// </summary>
internal sealed class ShardWalk(int shard, ChainOptions options, HeadKeys keys, HeadStore store, NpgsqlConnection connection) : IAsyncDisposable
{
    // Whoever has that many findings has seen enough; a ledger that was exchanged as a whole would have one for each row.
    private const int FindingsAtMost = 100;

    private readonly Dictionary<long, AccountTrail> _accounts = [];
    private readonly List<Finding> _findings = [];
    private readonly List<SignedHead> _passed = [];
    private Dictionary<long, long> _archivedEntries = [];   // by account
    private Guid? _archivedBefore;
    private ChainEnd _end = ChainEnd.Beginning;
    private long _blocks;
    private long _transfers;
    private long _ofBlocks;
    private long _ends;
    private long _archived;
    private BlockAudit? _audit;
    private HeadAudit? _headAudit;
    private IAsyncEnumerator<SignedHead>? _heads;
    private bool _hasHead;

    private BlockAudit Audit => _audit ??= new BlockAudit(_accounts, Report);

    private HeadAudit HeadAudit => _headAudit ??= new HeadAudit(keys, Report);

    /// <summary>Where things are.</summary>
    public VerifiedShard Progress(bool isDone) =>
        new(shard, _blocks, _ofBlocks, _transfers, _archived, _accounts.Count, HeadAudit.Good, HeadAudit.Last, isDone, [.. _findings]);

    /// <summary>Walks on to an end of the chain.</summary>
    /// <returns>An element for each page.</returns>
    public async IAsyncEnumerable<VerifiedShard> WalkAsync(ChainEnd end, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        _ofBlocks = end.Number;
        _archivedBefore = await VerificationSql.ArchivedBeforeAsync(connection, ct);
        _archivedEntries = await VerificationSql.ArchivedEntriesAsync(connection, options.VerifySeconds, ct);
        while (_end.Number < end.Number && await ChainSql.BlocksAsync(connection, _end.Number, end.Number, options.VerifyPage, ct) is { Count: > 0 } blocks)
        {
            for (int start = 0, next; start < blocks.Count; start = next)
            {
                next = EndOfPage(blocks, start);
                await CheckPageAsync(blocks[start..next], ct);
                yield return Progress(isDone: false);
            }
        }
    }

    /// <summary>Whether the chain ends where it is said to; what is in no block; the accounts. Must see the chain as it is at the end of the walk.</summary>
    /// <param name="end">Where it is said to end.</param>
    public async Task CheckRestAsync(ChainEnd end, CancellationToken ct)
    {
        if (_end.Number < end.Number)
        {
            Report(new Finding(FindingKind.TailCut, end.Number, null, null, $"The chain is said to end with block {end.Number}, but its last block is {_end.Number}: the tail was cut."));
        }
        else if (!_end.Is(end))
        {
            Report(new Finding(FindingKind.BlockChanged, end.Number, null, null, $"The chain is said to end with another hash than that of its last block, {_end.Number}."));
        }

        foreach (var (id, block) in await VerificationSql.StraysAsync(connection, _end.Number, FindingsAtMost, options.VerifySeconds, ct))
        {
            Report(new Finding(FindingKind.RowAdded, block, id.ToString(), null, $"Transfer {id} says that it is in block {block}, which isn't there."));
        }

        foreach (var account in await VerificationSql.AccountsAsync(connection, only: null, options.VerifySeconds, ct))
        {
            CheckAccount(account);
        }

        if (await VerificationSql.CountEndsAsync(connection, options.VerifySeconds, ct) is var noted && noted > _ends)
        {
            Report(new Finding(FindingKind.EndDiffers, 0, null, null, $"{noted} pending transfers are noted as ended, but only {_ends} transfers ended one: some can't be posted or voided any more."));
        }
    }

    /// <summary>The heads that no block was met for. Must see the chain as it is after the last of them was signed.</summary>
    public async Task CheckHeadsAsync(CancellationToken ct)
    {
        List<SignedHead> rest = [.. _passed];
        await StartHeadsAsync(ct);
        while (_hasHead)
        {
            rest.Add(_heads!.Current);
            await NextHeadAsync();
        }

        foreach (var signed in rest.OrderBy(signed => signed.Head.Block))
        {
            HeadAudit.Check(signed, await ChainSql.FindAsync(connection, signed.Head.Block, ct), transfers: null);
        }
    }

    public ValueTask DisposeAsync() => _heads?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>As many blocks as have about a page of transfers, one at least.</summary>
    private int EndOfPage(List<Block> blocks, int start)
    {
        var (end, transfers) = (start + 1, (long)blocks[start].Transfers);
        while (end < blocks.Count && transfers + blocks[end].Transfers <= options.VerifyPage)
        {
            transfers += blocks[end++].Transfers;
        }

        return end;
    }

    private async Task CheckPageAsync(List<Block> blocks, CancellationToken ct)
    {
        var rows = await VerificationSql.RowsAsync(connection, _end.Number + 1, blocks[^1].Number, _archivedBefore, options.VerifySeconds, ct);
        var archived = await VerificationSql.ArchivedAsync(connection, _end.Number + 1, blocks[^1].Number, options.VerifySeconds, ct);
        await LoadAccountsAsync(rows, ct);
        var start = 0;
        foreach (var block in blocks)
        {
            for (; start < rows.Count && rows[start].Block < block.Number; start++)
            {
                Report(new Finding(FindingKind.RowAdded, rows[start].Block, rows[start].Name, null, $"Transfer {rows[start].Name} says that it is in block {rows[start].Block}, which isn't there."));
            }

            var end = start;
            while (end < rows.Count && rows[end].Block == block.Number)
            {
                end++;
            }

            await CheckBlockAsync(block, rows.GetRange(start, end - start), archived.GetValueOrDefault(block.Number), ct);
            start = end;
        }

        await CheckEndsAsync(rows, ct);
    }

    private void CheckAccount(StoredAccount account)
    {
        var trail = _accounts.GetValueOrDefault(account.Id) ?? new AccountTrail(account.Name, account.Carried, _archivedEntries.GetValueOrDefault(account.Id));
        if (account.Version > trail.Version && account.Version - trail.Version <= trail.Archived)
        {
            return;   // its last entries are archived, and were proved to make its counters then
        }

        if ((account.Version, account.Balance) != (trail.Version, trail.Balance))
        {
            Report(new Finding(
                FindingKind.AccountDiffers, 0, null, null,
                $"{account.Name} has {account.Version} entries and a balance (debits less credits) of {account.Balance}; its transfers are {trail.Version} and leave it with {trail.Balance}. If transfers are missing, they are its last."));
        }
        else if (account.Last != trail.Last)
        {
            Report(new Finding(FindingKind.AccountDiffers, 0, account.Last is { } last ? StoredTransfer.NameOf(last) : null, null, $"{account.Name} names another transfer as its last than the last that touched it."));
        }
    }

    /// <summary>Whether what ended a pending transfer is noted as its end: else it could end twice.</summary>
    private async Task CheckEndsAsync(List<StoredTransfer> rows, CancellationToken ct)
    {
        var ends = rows.Where(row => row.PendingId is { } pending && !(pending < _archivedBefore)).ToList();   // what began in an archived month can't end again: nothing is added to it
        if (ends.Count == 0)
        {
            return;
        }

        _ends += ends.Count;
        var noted = await VerificationSql.EndsAsync(connection, [.. ends.Select(row => row.PendingId!.Value)], options.VerifySeconds, ct);
        foreach (var row in ends.Where(row => noted.GetValueOrDefault(row.PendingId!.Value) != row.Id))
        {
            Report(new Finding(FindingKind.EndDiffers, row.Block, row.Name, null, $"Transfer {row.Name} of block {row.Block} ended {StoredTransfer.NameOf(row.PendingId!.Value)}, but isn't noted as its end: that could end twice."));
        }
    }

    private async Task CheckBlockAsync(Block block, List<StoredTransfer> rows, long archived, CancellationToken ct)
    {
        if (block.Number != _end.Number + 1)
        {
            Report(new Finding(FindingKind.BlockMissing, _end.Number + 1, null, null, $"Between block {_end.Number} and block {block.Number} there is none."));
        }
        else if (!block.Follows(_end))
        {
            Report(new Finding(FindingKind.BlockChanged, block.Number, null, null, $"Block {block.Number} names another hash than that of the block before it: one of the two was changed."));
        }

        if (!block.IsHashed())
        {
            Report(new Finding(FindingKind.BlockChanged, block.Number, null, null, $"Block {block.Number} isn't what its hash says: its root, its number of transfers or its time was changed, or the hash."));
        }

        Audit.Check(block, rows, archived);
        _end = block.AsEnd();
        _blocks++;
        _transfers += rows.Count;
        _archived += block.Transfers - rows.Count;
        await StartHeadsAsync(ct);
        while (_hasHead && _heads!.Current.Head.Block <= block.Number)
        {
            if (_heads.Current.Head.Block == block.Number)
            {
                HeadAudit.Check(_heads.Current, block, _transfers + _archived);
            }
            else
            {
                _passed.Add(_heads.Current);   // written later than one of a later block, or its block is gone
            }

            await NextHeadAsync();
        }
    }

    /// <summary>Names of accounts that were not met before.</summary>
    private async Task LoadAccountsAsync(List<StoredTransfer> rows, CancellationToken ct)
    {
        var unknown = rows.SelectMany(row => (long[])[row.DebitAccount, row.CreditAccount]).Where(id => !_accounts.ContainsKey(id)).ToHashSet();
        foreach (var account in unknown.Count == 0 ? [] : await VerificationSql.AccountsAsync(connection, unknown, options.VerifySeconds, ct))
        {
            _accounts.Add(account.Id, new AccountTrail(account.Name, account.Carried, _archivedEntries.GetValueOrDefault(account.Id)));
        }
    }

    private async Task StartHeadsAsync(CancellationToken ct)
    {
        if (_heads is null)
        {
            _heads = store.ReadAsync(shard, DateTimeOffset.MinValue, ct).GetAsyncEnumerator(ct);
            await NextHeadAsync();
        }
    }

    private async Task NextHeadAsync() => _hasHead = await _heads!.MoveNextAsync();

    private void Report(Finding finding)
    {
        if (_findings.Count < FindingsAtMost)
        {
            _findings.Add(finding);
        }
    }
}
