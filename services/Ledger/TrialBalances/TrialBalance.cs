using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.TrialBalances;

/// <summary>Σ of every posted transfer, by mode and currency, and where the accounts say something else.</summary>
/// <param name="Lines">By mode and currency.</param>
/// <param name="Differences">The first accounts whose counters aren't what their transfers add up to. None, or the books are broken.</param>
public sealed record TrialBalance(IReadOnlyList<TrialBalanceLine> Lines, IReadOnlyList<CounterDifference> Differences)
{
    /// <summary>Debits equal credits everywhere, and every account is what its transfers say.</summary>
    public bool Holds => Differences.Count == 0 && Lines.All(line => line.Debits == line.Credits);
}

/// <summary>Minor units.</summary>
public sealed record TrialBalanceLine(Mode Mode, Currency Currency, long Debits, long Credits, long Transfers);

/// <summary>An account whose counters and transfers disagree, minor units.</summary>
/// <param name="Shard">Where.</param>
/// <param name="Account">Which.</param>
/// <param name="Counters">Debits and credits posted, debits and credits pending, number of entries, and 0: as the account says.</param>
/// <param name="Transfers">The same, as its transfers add up to; the last is how many entries don't follow from the one before.</param>
public sealed record CounterDifference(int Shard, AccountName Account, IReadOnlyList<long> Counters, IReadOnlyList<long> Transfers)
{
    public override string ToString() => $"{Account} in shard {Shard}: its counters are [{string.Join(", ", Counters)}], its transfers make [{string.Join(", ", Transfers)}]";
}
