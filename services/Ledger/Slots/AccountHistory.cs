using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Slots;

/// <summary>Where an account has its entries: in the shard where it is, and before in those that it came from. Numbers go on from one to the next.</summary>
/// <param name="Account">As it is now.</param>
/// <param name="Parts">Earliest first; the last is where it is.</param>
internal sealed record AccountHistory(Account Account, IReadOnlyList<HistoryPart> Parts)
{
    /// <summary>The shard that it is in.</summary>
    public Shard Shard => Parts[^1].Shard;

    /// <summary>So many entries after one of them, oldest first; fewer only at the end.</summary>
    public async Task<List<ListedTransfer>> ListAsync(long after, int limit, CancellationToken ct)
    {
        var listed = new List<ListedTransfer>();
        foreach (var part in Parts.Where(part => part.Through > after))
        {
            if (listed.Count == limit)
            {
                break;
            }

            listed.AddRange(await TransferSql.ListAsync(part.Shard, Account.Name, Math.Max(after, part.After), (int)Math.Min(limit - listed.Count, part.Through - Math.Max(after, part.After)), ct));
        }

        return listed;
    }

    /// <summary>How many entries were booked before a moment.</summary>
    public async Task<long> VersionAtAsync(DateTimeOffset time, CancellationToken ct)
    {
        foreach (var part in Parts.Reverse())
        {
            if (await TransferSql.VersionAtAsync(part.Shard, Account.Name, time, ct) is > 0 and var version)
            {
                return version;
            }
        }

        return 0;
    }
}

/// <summary>Entries of an account that are in one shard.</summary>
/// <param name="After">The number of the last entry before them.</param>
/// <param name="Through">The number of the last of them.</param>
internal readonly record struct HistoryPart(Shard Shard, long After, long Through);
