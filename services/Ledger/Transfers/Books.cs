using System.Collections.Immutable;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>What the engine is told of the books: the accounts and transfers that a batch may touch or refer to.</summary>
/// <param name="Accounts">The accounts that are open, by name. Others of the chart are opened by their first transfer.</param>
/// <param name="Transfers">Transfers by id.</param>
/// <param name="Ends">Transfers that end a pending one, by the pending one's id.</param>
public sealed record Books(
    IReadOnlyDictionary<AccountName, Account> Accounts,
    IReadOnlyDictionary<Id, Transfer> Transfers,
    IReadOnlyDictionary<Id, Transfer> Ends)
{
    /// <summary>The last period that is closed, yyyymm: what is effective in it, or before, is booked in the next. 0: none is.</summary>
    public int ClosedThrough { get; init; }

    /// <summary>UTC; transfers whose ids are of before can't be told from ones that are archived, and are refused.</summary>
    public DateTimeOffset Oldest { get; init; } = DateTimeOffset.MinValue;

    /// <summary>UTC; what was asked for before may be in another shard, if its slot came from there. Never, if no slot did.</summary>
    public DateTimeOffset CarriedUntil { get; init; } = DateTimeOffset.MinValue;

    public static Books Empty { get; } =
        new(ImmutableDictionary<AccountName, Account>.Empty, ImmutableDictionary<Id, Transfer>.Empty, ImmutableDictionary<Id, Transfer>.Empty);

    /// <summary>The books of these accounts and transfers.</summary>
    public static Books Of(IEnumerable<Account> accounts, IReadOnlyCollection<Transfer> transfers) => new(
        accounts.ToDictionary(account => account.Name),
        transfers.ToDictionary(transfer => transfer.Id),
        transfers.Where(transfer => transfer.PendingId is not null).ToDictionary(transfer => transfer.PendingId!.Value));

    /// <summary>These books with what is known from elsewhere; what is here comes first.</summary>
    public Books With(IEnumerable<Transfer> others)
    {
        var known = Of([], [.. Transfers.Values, .. others.Where(other => !Transfers.ContainsKey(other.Id))]);
        return this with { Transfers = known.Transfers, Ends = known.Ends };
    }

    /// <summary>The books after a batch.</summary>
    public Books After(Outcome outcome) => Of(
        Accounts.Values.Where(account => !outcome.Accounts.ContainsKey(account.Name)).Concat(outcome.Accounts.Values),
        [.. Transfers.Values, .. outcome.Created]) with
    { ClosedThrough = ClosedThrough, Oldest = Oldest, CarriedUntil = CarriedUntil };
}

/// <summary>What a batch did.</summary>
/// <param name="Results">One for each command, in order.</param>
/// <param name="Created">The transfers to write, in order.</param>
/// <param name="Accounts">The new state of every account that was touched.</param>
public sealed record Outcome(IReadOnlyList<TransferRefusal> Results, IReadOnlyList<Transfer> Created, IReadOnlyDictionary<AccountName, Account> Accounts);
