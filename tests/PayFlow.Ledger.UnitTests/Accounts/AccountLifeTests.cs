using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Accounts;

public sealed class AccountLifeTests
{
    private static readonly Account Open = new(Sample.Available, AccountKind.Liability, AccountRules.NotBelowZero);

    /// <summary>Every state with every action, at zero and with nothing pending.</summary>
    public static TheoryData<AccountState, AccountAction, AccountRefusal, AccountState> Product => new()
    {
        { AccountState.Open, AccountAction.Freeze, AccountRefusal.Done, AccountState.Frozen },
        { AccountState.Open, AccountAction.Unfreeze, AccountRefusal.Exists, AccountState.Open },
        { AccountState.Open, AccountAction.Close, AccountRefusal.Done, AccountState.Closed },
        { AccountState.Frozen, AccountAction.Freeze, AccountRefusal.Exists, AccountState.Frozen },
        { AccountState.Frozen, AccountAction.Unfreeze, AccountRefusal.Done, AccountState.Open },
        { AccountState.Frozen, AccountAction.Close, AccountRefusal.Done, AccountState.Closed },
        { AccountState.Closed, AccountAction.Freeze, AccountRefusal.AccountClosed, AccountState.Closed },
        { AccountState.Closed, AccountAction.Unfreeze, AccountRefusal.AccountClosed, AccountState.Closed },
        { AccountState.Closed, AccountAction.Close, AccountRefusal.Exists, AccountState.Closed },
    };

    [Theory]
    [MemberData(nameof(Product))]
    public void Decide_EveryStateAndAction_IsInTheTable(AccountState state, AccountAction action, AccountRefusal refusal, AccountState after)
    {
        Assert.Equal(refusal, AccountLife.Decide(Open with { State = state }, action, out var decided));
        Assert.Equal(Open with { State = after }, decided);
    }

    [Fact]
    public void Product_OfStatesAndActions_IsComplete() => Assert.Equal(Enum.GetValues<AccountState>().Length * Enum.GetValues<AccountAction>().Length, Product.Count);

    [Fact]
    public void Decide_Close_NeedsZeroAndNothingPending()
    {
        Assert.Equal(AccountRefusal.BalanceNotZero, AccountLife.Decide(Open with { CreditsPosted = 1, DebitsPending = 1 }, AccountAction.Close, out _));
        Assert.Equal(AccountRefusal.BalanceNotZero, AccountLife.Decide(Open with { DebitsPosted = 1 }, AccountAction.Close, out _));
        Assert.Equal(AccountRefusal.PendingNotZero, AccountLife.Decide(Open with { CreditsPending = 1 }, AccountAction.Close, out _));
        Assert.Equal(AccountRefusal.PendingNotZero, AccountLife.Decide(Open with { DebitsPending = 1 }, AccountAction.Close, out _));
        Assert.Equal(AccountRefusal.Done, AccountLife.Decide(Open with { DebitsPosted = 5, CreditsPosted = 5 }, AccountAction.Close, out _));
    }

    [Fact]
    public void Open_Account_HasTheLimitsThatWereAskedFor()
    {
        Assert.Equal(AccountRefusal.Done, AccountLife.Open(new NewAccount(Sample.Available, Overdraft: 7, Ceiling: 9), out var account));
        Assert.Equal(Open with { Overdraft = 7, Ceiling = 9 }, account);
    }

    [Fact]
    public void Open_Impossible_IsRefusedInTheOrderOfTheNumbers()
    {
        var unguarded = Sample.Pending;
        Assert.Equal(AccountRefusal.AccountUnknown, Opened(new NewAccount(Sample.Available with { Path = "petty_cash" }, -1, -1)));
        Assert.Equal(AccountRefusal.AccountNotOwned, Opened(new NewAccount(Sample.Receivable, -1, -1)));
        Assert.Equal(AccountRefusal.OverdraftNotPossible, Opened(new NewAccount(Sample.Available, -1, -1)));
        Assert.Equal(AccountRefusal.OverdraftNotPossible, Opened(new NewAccount(Sample.Available, LedgerEngine.MaxAmount + 1)));
        Assert.Equal(AccountRefusal.OverdraftNotPossible, Opened(new NewAccount(unguarded, 1)));
        Assert.Equal(AccountRefusal.CeilingNotPossible, Opened(new NewAccount(unguarded, 0, -1)));
        Assert.Equal(AccountRefusal.Done, Opened(new NewAccount(unguarded, 0, 0)));
    }

    [Fact]
    public void Compare_WithWhatIsThere_SaysWhatDiffers()
    {
        var there = Open with { Overdraft = 7, Ceiling = 9, CreditsPosted = 3, Version = 1 };
        Assert.Equal(AccountRefusal.Exists, AccountLife.Compare(new NewAccount(Sample.Available, 7, 9), there));
        Assert.Equal(AccountRefusal.ExistsWithDifferentOverdraft, AccountLife.Compare(new NewAccount(Sample.Available, 8, 8), there));
        Assert.Equal(AccountRefusal.ExistsWithDifferentCeiling, AccountLife.Compare(new NewAccount(Sample.Available, 7), there));
    }

    [Fact]
    public void ToRefusal_EveryRefusal_HasItsKind()
    {
        foreach (var refusal in Enum.GetValues<AccountRefusal>().Where(refusal => !refusal.IsDone()))
        {
            var said = refusal.ToRefusal(Sample.Available);
            Assert.Equal(refusal == AccountRefusal.AccountNotFound ? "not_found" : refusal.Code(), said.Code);
            Assert.True(said.Kind is RefusalKind.Invalid or RefusalKind.Conflict or RefusalKind.NotFound);
        }
    }

    private static AccountRefusal Opened(NewAccount asked) => AccountLife.Open(asked, out _);
}
