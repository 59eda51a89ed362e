using System.Diagnostics.CodeAnalysis;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>The books while a batch runs: what was given, what the batch has done so far on top, and how to take a failed chain back.</summary>
internal sealed class WorkingBooks(Books given)
{
    private readonly Dictionary<AccountName, Account> _accounts = [];
    private readonly Dictionary<Id, Transfer> _transfers = [];
    private readonly Dictionary<Id, Transfer> _ends = [];
    private readonly List<Transfer> _created = [];
    private readonly List<Account> _before = [];   // two for each created transfer, as they were

    /// <summary>How many transfers were created so far; hand it to <see cref="TakeBackTo"/>.</summary>
    public int Mark => _created.Count;

    public int ClosedThrough => given.ClosedThrough;

    public DateTimeOffset Oldest => given.Oldest;

    public Transfer? Find(Id id) => _transfers.GetValueOrDefault(id) ?? given.Transfers.GetValueOrDefault(id);

    public Transfer? EndOf(Id pendingId) => _ends.GetValueOrDefault(pendingId) ?? given.Ends.GetValueOrDefault(pendingId);

    public bool TryGetAccount(AccountName name, [NotNullWhen(true)] out Account? account) =>
        _accounts.TryGetValue(name, out account) || given.Accounts.TryGetValue(name, out account) || ChartOfAccounts.TryOpen(name, out account);

    /// <summary>An account that a transfer names, which is therefore there.</summary>
    public Account Account(AccountName name) =>
        TryGetAccount(name, out var account) ? account : throw new InvalidOperationException($"The books miss {name}, which a transfer names.");

    public void Write(Account debit, Account credit, Transfer transfer)
    {
        _before.Add(Account(debit.Name));
        _before.Add(Account(credit.Name));
        _accounts[debit.Name] = debit;
        _accounts[credit.Name] = credit;
        _transfers.Add(transfer.Id, transfer);
        if (transfer.PendingId is { } pendingId)
        {
            _ends.Add(pendingId, transfer);
        }

        _created.Add(transfer);
    }

    public void TakeBackTo(int mark)
    {
        for (var i = _created.Count - 1; i >= mark; i--)
        {
            var transfer = _created[i];
            _transfers.Remove(transfer.Id);
            if (transfer.PendingId is { } pendingId)
            {
                _ends.Remove(pendingId);
            }

            TakeBack(_before[2 * i]);
            TakeBack(_before[(2 * i) + 1]);
        }

        _created.RemoveRange(mark, _created.Count - mark);
        _before.RemoveRange(2 * mark, _before.Count - (2 * mark));
    }

    public Outcome ToOutcome(IReadOnlyList<TransferRefusal> results) => new(results, _created, _accounts);

    private void TakeBack(Account account)
    {
        if (account.Version == 0 || (given.Accounts.TryGetValue(account.Name, out var untouched) && untouched == account))
        {
            _accounts.Remove(account.Name);   // the batch has not touched it after all
        }
        else
        {
            _accounts[account.Name] = account;
        }
    }
}
