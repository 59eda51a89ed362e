using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Accounts;

public sealed class ChartOfAccountsTests
{
    private static readonly string Mer = Sample.Merchant.ToString();
    private static readonly string Owner = Sample.Root.Derive("usr", "x").ToString();

    public static TheoryData<string, AccountKind, AccountRules> Chart => new()
    {
        { "acquirer_receivable/northbank", AccountKind.Asset, AccountRules.None },
        { "bank_cash/first-bank_2", AccountKind.Asset, AccountRules.None },
        { "acquirer_fees", AccountKind.Expense, AccountRules.None },
        { "processing_revenue", AccountKind.Income, AccountRules.None },
        { "suspense", AccountKind.Liability, AccountRules.None },
        { "payout_clearing/wire", AccountKind.Liability, AccountRules.None },
        { $"merchant/{Mer}/pending", AccountKind.Liability, AccountRules.None },
        { $"merchant/{Mer}/available", AccountKind.Liability, AccountRules.NotBelowZero },
        { $"merchant/{Mer}/reserve", AccountKind.Liability, AccountRules.NotBelowZero },
        { $"merchant/{Mer}/fees", AccountKind.Asset, AccountRules.None },
        { $"wallet/{Owner}", AccountKind.Liability, AccountRules.NotBelowZero },
        { $"wallet/{Owner}/rent-17", AccountKind.Liability, AccountRules.NotBelowZero },
        { "fx_position", AccountKind.Liability, AccountRules.None },
    };

    public static TheoryData<string> Strangers =>
    [
        "", "/", "merchant", $"merchant/{Mer}", $"merchant/{Mer}/petty", $"merchant/{Mer}/pending/x", "merchant/mer_nobody/pending", $"merchant/{Owner}/pending",
        "acquirer_receivable", "acquirer_receivable/", "acquirer_receivable/North", "acquirer_receivable/a/b", "suspense/x", "wallet/x", "wallet/_", $"wallet/{Owner}/", $"wallet/{Owner}/A", $"wallet/{Owner}/a/b", "petty_cash",
        $"bank_cash/{new string('a', 41)}",
    ];

    [Theory]
    [MemberData(nameof(Chart))]
    public void TryOpen_AccountOfTheChart_HasItsKindAndRules(string path, AccountKind kind, AccountRules rules)
    {
        Assert.True(ChartOfAccounts.TryOpen(new AccountName(path, Mode.Test, Currency.Usd), out var account));
        Assert.Equal((kind, rules, 0), (account.Kind, account.Rules, account.Version));
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public void TryOpen_AnyOther_IsUnknown(string path) => Assert.False(ChartOfAccounts.TryOpen(new AccountName(path, Mode.Test, Currency.Usd), out _));

    [Fact]
    public void TryGetOwner_OwnedAccounts_CarryTheirOwnersSlot()
    {
        Assert.True(ChartOfAccounts.TryGetOwner($"merchant/{Mer}/pending", out var merchant));
        Assert.True(ChartOfAccounts.TryGetOwner($"wallet/{Owner}", out var owner));
        Assert.Equal((Sample.Merchant, Sample.Root.Slot), (merchant, owner.Slot));
        Assert.False(ChartOfAccounts.TryGetOwner("acquirer_receivable/northbank", out _));
        Assert.False(ChartOfAccounts.TryGetOwner("suspense", out _));
    }
}
