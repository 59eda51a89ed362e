using System.Diagnostics.CodeAnalysis;
using PayFlow.Kernel;

namespace PayFlow.Ledger.Accounts;

/// <summary>
/// The chart: which accounts there can be, their kind and their rules. An account is opened by the first transfer that touches it; a name that the
/// chart doesn't know is never opened.
/// </summary>
public static class ChartOfAccounts
{
    private const int LongestSegment = 40;

    /// <summary>Accounts of the platform, alone or one for each counterparty (<c>bank_cash/{bank}</c>). Once per shard.</summary>
    private static readonly Dictionary<string, (AccountKind Kind, bool HasName)> Platform = new(StringComparer.Ordinal)
    {
        ["acquirer_receivable"] = (AccountKind.Asset, true),
        ["bank_cash"] = (AccountKind.Asset, true),
        ["ach_receivable"] = (AccountKind.Asset, true),
        ["chargeback_clearing"] = (AccountKind.Asset, true),
        ["acquirer_fees"] = (AccountKind.Expense, false),
        ["write_off"] = (AccountKind.Expense, false),
        ["processing_revenue"] = (AccountKind.Income, false),
        ["fx_revenue"] = (AccountKind.Income, false),
        ["payout_clearing"] = (AccountKind.Liability, true),
        ["suspense"] = (AccountKind.Liability, false),
        ["inter_shard"] = (AccountKind.Liability, true),   // between two shards: summed over both zero, but for what is on its way
        ["fx_position"] = (AccountKind.Liability, false),   // the counterpart of every exchange: above zero is what we have bought of a currency
    };

    /// <summary>Accounts of a merchant. Pending has no floor: it is lowered by facts, which may arrive before what they settle.</summary>
    private static readonly Dictionary<string, (AccountKind Kind, AccountRules Rules)> Merchant = new(StringComparer.Ordinal)
    {
        ["pending"] = (AccountKind.Liability, AccountRules.None),
        ["available"] = (AccountKind.Liability, AccountRules.NotBelowZero),
        ["reserve"] = (AccountKind.Liability, AccountRules.NotBelowZero),
        ["fees"] = (AccountKind.Asset, AccountRules.None),
    };

    public static AccountName AcquirerReceivable(string acquirer, Mode mode, Currency currency) => new($"acquirer_receivable/{acquirer}", mode, currency);

    public static AccountName BankCash(string bank, Mode mode, Currency currency) => new($"bank_cash/{bank}", mode, currency);

    public static AccountName ChargebackClearing(string acquirer, Mode mode, Currency currency) => new($"chargeback_clearing/{acquirer}", mode, currency);

    public static AccountName AcquirerFees(Mode mode, Currency currency) => new("acquirer_fees", mode, currency);

    public static AccountName ProcessingRevenue(Mode mode, Currency currency) => new("processing_revenue", mode, currency);

    public static AccountName FxPosition(Mode mode, Currency currency) => new("fx_position", mode, currency);

    public static AccountName FxRevenue(Mode mode, Currency currency) => new("fx_revenue", mode, currency);

    public static AccountName Suspense(Mode mode, Currency currency) => new("suspense", mode, currency);

    /// <summary>The same on both shards, whoever pays.</summary>
    public static AccountName InterShard(int one, int other, Mode mode, Currency currency) => new($"inter_shard/{Math.Min(one, other)}-{Math.Max(one, other)}", mode, currency);

    public static AccountName MerchantPending(Id merchant, Mode mode, Currency currency) => new($"merchant/{merchant}/pending", mode, currency);

    public static AccountName MerchantAvailable(Id merchant, Mode mode, Currency currency) => new($"merchant/{merchant}/available", mode, currency);

    public static AccountName MerchantReserve(Id merchant, Mode mode, Currency currency) => new($"merchant/{merchant}/reserve", mode, currency);

    /// <summary>The account of that name as it is before its first transfer.</summary>
    /// <returns>False when the chart has no such account.</returns>
    public static bool TryOpen(AccountName name, [NotNullWhen(true)] out Account? account)
    {
        account = null;
        var segments = name.Path.Split('/');
        if (segments is ["merchant", var merchant, var purpose] && Id.TryParse(IdPrefix.Merchant, merchant, out _) && Merchant.TryGetValue(purpose, out var own))
        {
            account = new Account(name, own.Kind, own.Rules);
        }
        else if (segments is ["wallet", _] or ["wallet", _, _] && TryReadOwner(segments[1], out _) && segments.Skip(2).All(IsName))   // an owner may have several, by name
        {
            account = new Account(name, AccountKind.Liability, AccountRules.NotBelowZero);
        }
        else if (Platform.TryGetValue(segments[0], out var platform) && (platform.HasName ? segments is [_, var counterparty] && IsName(counterparty) : segments.Length == 1))
        {
            account = new Account(name, platform.Kind, AccountRules.None);
        }

        return account is not null;
    }

    /// <summary>The owner whose slot decides in which shard the account lives. Platform accounts have none: they exist once per shard.</summary>
    public static bool TryGetOwner(string path, out Id owner)
    {
        owner = default;
        var start = path.IndexOf('/', StringComparison.Ordinal) + 1;
        if (path.AsSpan(0, start) is not ("merchant/" or "wallet/"))
        {
            return false;
        }

        var end = path.IndexOf('/', start);
        return TryReadOwner(end < 0 ? path[start..] : path[start..end], out owner);
    }

    /// <summary>The slot of an account's owner; none of the platform's accounts, which exist once per shard.</summary>
    public static Slot? SlotOf(string? path) => path is not null && TryGetOwner(path, out var owner) ? owner.Slot : null;

    private static bool TryReadOwner(string segment, out Id owner)
    {
        owner = default;
        var underscore = segment.IndexOf('_', StringComparison.Ordinal);
        return underscore > 0 && IsName(segment) && Id.TryParse(segment[..underscore], segment, out owner);
    }

    private static bool IsName(string segment) =>
        segment.Length is > 0 and <= LongestSegment && segment.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-');
}
