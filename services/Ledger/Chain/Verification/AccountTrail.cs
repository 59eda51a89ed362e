using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>What an account was left with by the last of its transfers that was looked at.</summary>
/// <param name="name">The account.</param>
/// <param name="carried">The number of its last entry in the shard that it came from; 0 when it was opened here.</param>
/// <param name="archived">How many of its entries are in archives, and so not to be met.</param>
internal sealed class AccountTrail(AccountName name, long carried, long archived)
{
    public AccountName Name { get; } = name;

    /// <summary>Archived entries that no gap has been explained by so far.</summary>
    public long Archived { get; private set; } = archived;

    /// <summary>The number of the account's last entry so far.</summary>
    public long Version { get; private set; } = carried;

    /// <summary>Posted debits less credits.</summary>
    public long Balance { get; private set; }

    /// <summary>The transfer of the last entry.</summary>
    public Guid? Last { get; private set; }

    /// <summary>Takes the next entry, and says how it differs from what must come next.</summary>
    /// <param name="entry">As the row says.</param>
    /// <param name="change">What the row's amount changes.</param>
    public Step Take(Entry entry, long change)
    {
        var step = unchecked(new Step(entry.Version - (Version + 1), entry.Balance - (Balance + change), entry.Previous == Last));
        (Version, Balance, Last) = (entry.Version, entry.Balance, entry.Transfer);
        if (step.Number > 0 && step.Number <= Archived)
        {
            Archived -= step.Number;   // the entries in between are compared with their archive
            return new Step(0, 0, IsLinked: true);
        }

        return step.Number == 0 ? step : step with { Balance = 0 };
    }
}

/// <summary>One side of a row.</summary>
internal readonly record struct Entry(Guid Transfer, long Version, long Balance, Guid? Previous);

/// <summary>How an entry goes on from the one before.</summary>
/// <param name="Number">By how much its number is off.</param>
/// <param name="Balance">By how much its balance is off, minor units; 0 after a gap, where nothing can be said.</param>
/// <param name="IsLinked">Whether it names the transfer of the entry before.</param>
internal readonly record struct Step(long Number, long Balance, bool IsLinked);
