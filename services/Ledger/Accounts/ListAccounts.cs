using PayFlow.Storage;

namespace PayFlow.Ledger.Accounts;

/// <summary>Accounts with their counters. A platform account exists once per shard and is answered as one, summed.</summary>
internal sealed class ListAccounts(Shards shards)
{
    /// <summary>The accounts whose path begins so, in the order of their names; all when empty.</summary>
    public async Task<IReadOnlyList<Account>> HandleAsync(string pathPrefix, CancellationToken ct)
    {
        var perShard = await Task.WhenAll(shards.Holding(pathPrefix).Select(shard => AccountSql.ListAsync(shard, pathPrefix, ct)));
        return [.. perShard.SelectMany(accounts => accounts).GroupBy(account => account.Name).Select(same => same.Aggregate(Add))];
    }

    /// <summary>One account; null when it was never opened.</summary>
    public async Task<Account?> FindAsync(AccountName name, CancellationToken ct)
    {
        var accounts = await HandleAsync(name.Path, ct);
        return accounts.SingleOrDefault(account => account.Name == name);
    }

    private static Account Add(Account left, Account right) => left with
    {
        DebitsPosted = checked(left.DebitsPosted + right.DebitsPosted),
        CreditsPosted = checked(left.CreditsPosted + right.CreditsPosted),
        DebitsPending = checked(left.DebitsPending + right.DebitsPending),
        CreditsPending = checked(left.CreditsPending + right.CreditsPending),
        Version = left.Version + right.Version,
    };
}
