using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Ledger.Rest;

/// <summary>The two accounts of a request that moves money between them, and what is wrong with them.</summary>
internal static class MovingAccounts
{
    /// <summary>The account that is debited: one of the caller's own.</summary>
    public static AccountName ReadFrom(Caller caller, BodyReader body) => Read(caller, body, "from", mayBeAnothers: false);

    /// <summary>The account that is credited: one of the caller's own, or any wallet where that is allowed.</summary>
    public static AccountName ReadTo(Caller caller, BodyReader body, bool mayBeAnothers) => Read(caller, body, "to", mayBeAnothers);

    /// <summary>Says so when an amount isn't in the currency of its account.</summary>
    public static void CheckCurrency(BodyReader body, Money amount, AccountName account)
    {
        // Where one of them is wrong already, that has been said.
        if (account.Path is not null && amount != default && amount.Currency != account.Currency)
        {
            body.Error("amount", "currency_mismatch", $"The account's currency is {account.Currency}.");
        }
    }

    private static AccountName Read(Caller caller, BodyReader body, string field, bool mayBeAnothers)
    {
        var text = body.String(field);
        if (text.Length == 0)
        {
            return default;
        }

        if (!AccountIds.TryParse(text, out var name) || !(caller.Owns(name) || (mayBeAnothers && name.Mode == caller.Mode && AccountIds.IsWallet(name))))
        {
            body.Error(field, "unknown_account", $"There is no account '{text}' that this key can use.");
            return default;
        }

        if (!AccountIds.IsMovable(name))
        {
            body.Error(field, "not_allowed", "Money is moved between what is payable (available) and wallets.");
        }

        return name;
    }
}
