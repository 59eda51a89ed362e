using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Accounts;

/// <summary>Opens accounts with limits of their own, before anything moves on them. Between shards nothing is atomic, and the same request again finishes what was begun.</summary>
internal sealed class CreateAccounts(Shards shards, TimeProvider time)
{
    /// <returns>One result for each account, in order.</returns>
    public async Task<IReadOnlyList<AccountRefusal>> HandleAsync(IReadOnlyList<NewAccount> asked, CancellationToken ct)
    {
        var results = new AccountRefusal[asked.Count];
        var possible = new List<(int Index, Slot Slot, Account Account)>();
        for (var i = 0; i < asked.Count; i++)
        {
            results[i] = AccountLife.Open(asked[i], out var account);
            if (results[i] == AccountRefusal.Done && ChartOfAccounts.TryGetOwner(account.Name.Path, out var owner))
            {
                possible.Add((i, owner.Slot, account));
            }
        }

        foreach (var ofShard in possible.GroupBy(ask => shards.For(ask.Slot)))
        {
            await using var transaction = await ofShard.Key.BeginAsync(ct, ofShard.Select(ask => ask.Slot).Distinct());
            var first = ofShard.GroupBy(ask => ask.Account.Name).Select(same => same.First()).ToDictionary(ask => ask.Account.Name);
            var there = await AccountSql.LockAsync(transaction, first.Keys, ct);   // what is there is locked before anything is added, as batches of transfers do it
            var missing = first.Values.Where(ask => !there.ContainsKey(ask.Account.Name)).Select(ask => ask.Account).ToList();
            var opened = await AccountSql.OpenAsync(transaction, missing, time.GetUtcNow(), ct);
            var openedMeanwhile = missing.Where(account => !opened.ContainsKey(account.Name)).Select(account => account.Name).ToList();
            var others = await AccountSql.LockAsync(transaction, openedMeanwhile, ct);
            foreach (var (index, _, account) in ofShard)
            {
                var existing = there.GetValueOrDefault(account.Name, others.GetValueOrDefault(account.Name)).Account ?? first[account.Name].Account;
                var isNew = opened.ContainsKey(account.Name) && first[account.Name].Index == index;
                results[index] = isNew ? AccountRefusal.Done : AccountLife.Compare(asked[index], existing);
            }

            await transaction.CommitAsync(ct);
            CrashPoint.Hit("ledger.accounts.opened");
        }

        return results;
    }
}
