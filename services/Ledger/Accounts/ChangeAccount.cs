using System.Diagnostics.CodeAnalysis;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Accounts;

/// <summary>Who changes an account, and why: kept for good.</summary>
internal sealed record AccountChange(AccountAction Action, string Actor, string Reason);

/// <summary>
/// Freezes, unfreezes and closes accounts, under the lock that batches of transfers take: a batch that comes after it sees it, and one that came before is in the
/// balance that closing looks at.
/// </summary>
internal sealed partial class ChangeAccount(Shards shards, TimeProvider time, ILogger<ChangeAccount> logger)
{
    public async Task<Result<Account>> HandleAsync(AccountName name, AccountChange change, CancellationToken ct)
    {
        if (Refuse(name, out var owner) is { } wrong)
        {
            return wrong;
        }

        await using var transaction = await shards.BeginAsync(owner.Slot, ct);
        var locked = await AccountSql.LockAsync(transaction, [name], ct);
        if (!locked.TryGetValue(name, out var row))
        {
            return AccountRefusal.AccountNotFound.ToRefusal(name);
        }

        var refusal = AccountLife.Decide(row.Account, change.Action, out var after);
        if (!refusal.IsDone())
        {
            return refusal.ToRefusal(name);
        }

        if (refusal == AccountRefusal.Done)
        {
            await AccountChangeSql.WriteAsync(transaction, row.Id, after.State, change, time.GetUtcNow(), ct);
            await transaction.CommitAsync(ct);
            CrashPoint.Hit("ledger.account.changed");
            LogChanged(name, after.State, change.Actor, change.Reason);
        }

        return after;
    }

    [SuppressMessage("Style", "IDE0046", Justification = "Two answers, each with its own reason.")]
    private static Refusal? Refuse(AccountName name, out Id owner)
    {
        if (ChartOfAccounts.TryGetOwner(name.Path, out owner) && ChartOfAccounts.TryOpen(name, out _))
        {
            return null;
        }

        return (ChartOfAccounts.TryOpen(name, out _) ? AccountRefusal.AccountNotOwned : AccountRefusal.AccountNotFound).ToRefusal(name);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Account} is {State} now: {Actor}, {Reason}")]
    private partial void LogChanged(AccountName account, AccountState state, string actor, string reason);
}
