using System.Diagnostics.Metrics;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>Tells of facts that post to accounts which are closed: they happened, and stay where they are until somebody decides what they mean.</summary>
internal sealed partial class ClosedAccounts
{
    private readonly Counter<long> _posted;
    private readonly ILogger<ClosedAccounts> _logger;

    public ClosedAccounts(IMeterFactory meters, ILogger<ClosedAccounts> logger)
    {
        _posted = meters.Create("PayFlow.Ledger").CreateCounter<long>("payflow.ledger.closed_accounts_touched", description: "Batches that left something in an account that is closed.");
        _logger = logger;
    }

    public void Report(Outcome outcome)
    {
        foreach (var account in outcome.Accounts.Values)
        {
            if (account.State == AccountState.Closed)
            {
                _posted.Add(1);
                LogPosted(account.Name, account.LedgerBalance);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Account} is closed, and a fact was posted to it: it holds {Balance} minor units")]
    private partial void LogPosted(AccountName account, long balance);
}
