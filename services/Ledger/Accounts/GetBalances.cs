using System.ComponentModel;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Ledger.Accounts;

/// <summary>A merchant's balances.</summary>
/// <param name="Data">One for each currency that the merchant has had money in, by code.</param>
public sealed record Balances(IReadOnlyList<Balance> Data);

/// <summary>A merchant's balances in one currency, in minor units.</summary>
public sealed record Balance(
    Currency Currency,
    [property: Description("Captured and not yet settled, in minor units.")] long Pending,
    [property: Description("Settled and payable, less what is on its way out. Below zero: owed to us.")] long Available,
    [property: Description("Kept back for refunds and disputes.")] long Reserve,
    [property: Description("Authorized on customers' cards and not yet captured.")] long Held);

/// <summary>What the calling merchant has: <c>GET /v1/balances</c>.</summary>
internal static class GetBalances
{
    public static async Task<Balances> HandleAsync(Caller caller, ListAccounts accounts, CancellationToken ct)
    {
        var own = await accounts.HandleAsync($"merchant/{caller.MerchantId}/", ct);
        return new Balances([.. own
            .Where(account => account.Name.Mode == caller.Mode)
            .GroupBy(account => account.Name.Currency)
            .OrderBy(currency => currency.Key.Code, StringComparer.Ordinal)
            .Select(currency => Sum(caller, currency.Key, currency.ToDictionary(account => account.Name)))]);
    }

    private static Balance Sum(Caller caller, Currency currency, Dictionary<AccountName, Account> accounts)
    {
        var pending = accounts.GetValueOrDefault(ChartOfAccounts.MerchantPending(caller.MerchantId, caller.Mode, currency));
        var available = accounts.GetValueOrDefault(ChartOfAccounts.MerchantAvailable(caller.MerchantId, caller.Mode, currency));
        var reserve = accounts.GetValueOrDefault(ChartOfAccounts.MerchantReserve(caller.MerchantId, caller.Mode, currency));
        return new Balance(currency, pending?.LedgerBalance ?? 0, available?.AvailableBalance ?? 0, reserve?.LedgerBalance ?? 0, pending?.CreditsPending ?? 0);
    }
}
