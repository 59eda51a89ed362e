using System.Diagnostics.CodeAnalysis;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>The books while a batch runs: what was given, what the batch has done so far on top, and how to take a failed chain back.</summary>
internal sealed class WorkingBooks(Books given)
{
    private readonly Dictionary<AccountName, Account> accounts = [];
    private readonly Dictionary<Id, Transfer> transfers = [];
    private readonly Dictionary<Id, Transfer> ends = [];
    private readonly List<Transfer> created = [];
    private readonly List<Account> before = [];   // two for each created transfer, as they were

    /// <summary>How many transfers were created so far; hand it to <see cref="TakeBackTo"/>.</summary>
    public int Mark => created.Count;

    public Transfer? Find(Id id) => transfers.GetValueOrDefault(id) ?? given.Transfers.GetValueOrDefault(id);

    public Transfer? EndOf(Id pendingId) => ends.GetValueOrDefault(pendingId) ?? given.Ends.GetValueOrDefault(pendingId);

    public bool TryGetAccount(AccountName name, [NotNullWhen(true)] out Account? account) =>
        accounts.TryGetValue(name, out account) || given.Accounts.TryGetValue(name, out account) || ChartOfAccounts.TryOpen(name, out account);

    /// <summary>An account that a transfer names, which is therefore there.</summary>
    public Account Account(AccountName name) =>
        TryGetAccount(name, out var account) ? account : throw new InvalidOperationException($"The books miss {name}, which a transfer names.");

    public void Write(Account debit, Account credit, Transfer transfer)
    {
        before.Add(Account(debit.Name));
        before.Add(Account(credit.Name));
        accounts[debit.Name] = debit;
        accounts[credit.Name] = credit;
        transfers.Add(transfer.Id, transfer);
        if (transfer.PendingId is { } pendingId)
        {
            ends.Add(pendingId, transfer);
        }

        created.Add(transfer);
    }

    public void TakeBackTo(int mark)
    {
        for (var i = created.Count - 1; i >= mark; i--)
        {
            var transfer = created[i];
            transfers.Remove(transfer.Id);
            if (transfer.PendingId is { } pendingId)
            {
                ends.Remove(pendingId);
            }

            TakeBack(before[2 * i]);
            TakeBack(before[(2 * i) + 1]);
        }

        created.RemoveRange(mark, created.Count - mark);
        before.RemoveRange(2 * mark, before.Count - (2 * mark));
    }

    public Outcome ToOutcome(IReadOnlyList<TransferRefusal> results) => new(results, created, accounts);

    private void TakeBack(Account account)
    {
        if (account.Version == 0 || (given.Accounts.TryGetValue(account.Name, out var untouched) && untouched == account))
        {
            accounts.Remove(account.Name);   // the batch has not touched it after all
        }
        else
        {
            accounts[account.Name] = account;
        }
    }
}
