using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Ledger.Rest;

/// <summary>The name of an account as an id in addresses and bodies: mode, path and currency with points between, <c>test.merchant.mer_….available.USD</c>.</summary>
internal static class AccountIds
{
    private const string Available = "available";

    public static string Write(AccountName name) => $"{name.Mode.ToString().ToLowerInvariant()}.{name.Path.Replace('/', '.')}.{name.Currency.Code}";

    /// <summary>Reads an id of an account that the chart has.</summary>
    public static bool TryParse(string text, out AccountName name)
    {
        name = default;
        if (text.Contains('/', StringComparison.Ordinal) || text.Split('.') is not [var mode, .. { Length: > 0 } path, var code] || !Currency.TryParse(code, out var currency))
        {
            return false;
        }

        name = new AccountName(string.Join('/', path), mode == "live" ? Mode.Live : Mode.Test, currency);
        return mode is "live" or "test" && ChartOfAccounts.TryOpen(name, out _);
    }

    /// <summary>Whether an account is the caller's own, in the mode of its key.</summary>
    public static bool Owns(this Caller caller, AccountName name) =>
        name.Mode == caller.Mode && ChartOfAccounts.TryGetOwner(name.Path, out var owner) && owner == caller.MerchantId;

    /// <summary>Whether merchants may move what is in it: what is payable, and wallets. The rest of their accounts is moved by what happens to payments.</summary>
    public static bool IsMovable(AccountName name) => IsWallet(name) || name.Path.Split('/') is ["merchant", _, Available];

    public static bool IsWallet(AccountName name) => name.Path.StartsWith("wallet/", StringComparison.Ordinal);
}
