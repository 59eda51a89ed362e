namespace PayFlow.Ledger.Accounts;

/// <summary>An account that is asked for by name, with limits of its own. Without one, the first transfer opens it without any.</summary>
/// <param name="Name">One of the chart's, with an owner.</param>
/// <param name="Overdraft">How far requests may take it below zero, minor units; only where the chart has a floor.</param>
/// <param name="Ceiling">How far requests may raise it, minor units; null: without limit.</param>
public sealed record NewAccount(AccountName Name, long Overdraft = 0, long? Ceiling = null);

/// <summary>What is done to an account that is there. Stored by number.</summary>
public enum AccountAction
{
    Freeze = 1,
    Unfreeze = 2,
    Close = 3,
}
