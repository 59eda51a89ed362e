using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using static PayFlow.Ledger.UnitTests.Transfers.Sample;

namespace PayFlow.Ledger.UnitTests.Transfers;

public sealed class TransferRefusalTests
{
    private static readonly NewTransfer Known = Post(1, Receivable, Available, 100) with { PaymentId = Payment, MerchantId = Merchant, EffectiveAt = Now, ExternalReference = "r" };
    private static readonly AccountName Euro = Available with { Currency = Currency.Eur };
    private static readonly AccountName Live = Available with { Mode = Mode.Live };
    private static readonly AccountName Stranger = Available with { Path = "petty_cash" };
    private static readonly DateTimeOffset Oldest = Now.AddMonths(-2);

    /// <summary>For each answer of the engine, a batch whose last transfer gets it. Tr(1) is posted, Tr(2) pending, Tr(3) posted Tr(4), Tr(5) voided Tr(6).</summary>
    private static readonly Dictionary<TransferRefusal, NewTransfer[]> Cases = new()
    {
        [TransferRefusal.Created] = [Post(10, Receivable, Available, 1)],
        [TransferRefusal.LinkedChainFailed] = [Post(10, Receivable, Available, 0) with { Linked = true }, Post(11, Receivable, Available, 1)],
        [TransferRefusal.LinkedChainOpen] = [Post(10, Receivable, Available, 1) with { Linked = true }],
        [TransferRefusal.ExistsWithDifferentKind] = [Known with { Kind = TransferKind.Pending }],
        [TransferRefusal.ExistsWithDifferentPendingId] = [PostPending(3, 2)],
        [TransferRefusal.ExistsWithDifferentDebitAccount] = [Known with { Debit = Revenue }],
        [TransferRefusal.ExistsWithDifferentCreditAccount] = [Known with { Credit = Revenue }],
        [TransferRefusal.ExistsWithDifferentAmount] = [Known with { Amount = 99 }],
        [TransferRefusal.ExistsWithDifferentType] = [Known with { Type = "fee" }],
        [TransferRefusal.ExistsWithDifferentPayment] = [Known with { PaymentId = OtherPayment }],
        [TransferRefusal.ExistsWithDifferentMerchant] = [Known with { MerchantId = null }],
        [TransferRefusal.ExistsWithDifferentEffectiveTime] = [Known with { EffectiveAt = Now.AddMilliseconds(1) }],
        [TransferRefusal.ExistsWithDifferentReference] = [Known with { ExternalReference = null }],
        [TransferRefusal.Exists] = [Known with { EffectiveAt = null }],
        [TransferRefusal.ExistsWithDifferentExpiry] = [Hold(2, Receivable, Available, 10) with { ExpiresAt = Now.AddDays(1) }],
        [TransferRefusal.IdTooOld] = [Post(10, Receivable, Available, 1) with { Id = Id.New(IdPrefix.Transfer, Root.Slot, Oldest - TimeSpan.FromMilliseconds(1)) }],
        [TransferRefusal.IdTooFarAhead] = [Post(10, Receivable, Available, 1) with { Id = Id.New(IdPrefix.Transfer, Root.Slot, Now + LedgerEngine.MaxIdLead + TimeSpan.FromMilliseconds(1)) }],
        [TransferRefusal.AmountNotPositive] = [Post(10, Receivable, Available, 0)],
        [TransferRefusal.AmountTooLarge] = [Post(10, Receivable, Available, LedgerEngine.MaxAmount + 1)],
        [TransferRefusal.ExpiryPassed] = [Hold(10, Receivable, Available, 1) with { ExpiresAt = Now }],
        [TransferRefusal.PendingNotFound] = [PostPending(10, 99)],
        [TransferRefusal.PendingNotPending] = [VoidPending(10, 1)],
        [TransferRefusal.PendingAlreadyPosted] = [VoidPending(10, 4)],
        [TransferRefusal.PendingAlreadyVoided] = [PostPending(10, 6)],
        [TransferRefusal.ExceedsPendingAmount] = [PostPending(10, 2, 11)],
        [TransferRefusal.PendingExpired] = [PostPending(10, 40)],
        [TransferRefusal.AccountsMustDiffer] = [Post(10, Available, Available, 1)],
        [TransferRefusal.AccountsInDifferentModes] = [Post(10, Receivable, Live, 1)],
        [TransferRefusal.AccountsInDifferentCurrencies] = [Post(10, Receivable, Euro, 1)],
        [TransferRefusal.DebitAccountUnknown] = [Post(10, Stranger, Available, 1)],
        [TransferRefusal.CreditAccountUnknown] = [Post(10, Available, Stranger, 1)],
        [TransferRefusal.DebitAccountClosed] = [Post(10, Closed, Frozen, 1)],
        [TransferRefusal.CreditAccountClosed] = [Post(10, Frozen, Closed, 1)],
        [TransferRefusal.DebitAccountFrozen] = [Post(10, Frozen, Available, 1)],
        [TransferRefusal.CreditAccountFrozen] = [Post(10, Receivable, Frozen, 1)],
        [TransferRefusal.WouldOverflow] = [Post(10, Receivable with { Path = "bank_cash/full" }, Available, 1)],
        [TransferRefusal.ExceedsAvailable] = [Post(10, OtherAvailable, Revenue, 1)],
        [TransferRefusal.ExceedsCeiling] = [Post(10, Receivable, Capped, 51)],
    };

    public static TheoryData<TransferRefusal> Refusals => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Apply_EachCase_IsAnsweredWithItsRefusal(TransferRefusal expected)
    {
        var outcome = Start().Apply(Cases[expected]);

        Assert.Equal(expected, outcome.Results[^1]);
        Assert.Equal(expected == TransferRefusal.Created ? 1 : 0, outcome.Created.Count);
    }

    // ShardsDiffer is told before the engine runs: see CreateTransfers and its integration test.
    [Fact]
    public void Refusals_All_AreReachedByACase() =>
        Assert.Equal(Enum.GetValues<TransferRefusal>().Except([TransferRefusal.ShardsDiffer]), Cases.Keys.Order());

    [Theory]
    [InlineData(TransferKind.PostPending)]
    [InlineData(TransferKind.VoidPending)]
    public void Apply_EndWithoutPendingId_IsNotFound(TransferKind kind) =>
        Assert.Equal([TransferRefusal.PendingNotFound], Start().Apply(PostPending(10, 2) with { Kind = kind, PendingId = null }).Results);

    [Fact]
    public void Apply_SeveralWrong_IsAnsweredWithTheLowestNumber()
    {
        var everything = Post(10, Stranger, Stranger, -1) with { Id = Id.New(IdPrefix.Transfer, Root.Slot, Now.AddHours(1)) };

        Assert.Equal([TransferRefusal.IdTooFarAhead], Start().Apply(everything).Results);
        Assert.Equal([TransferRefusal.AmountNotPositive], Start().Apply(everything with { Id = Tr(10) }).Results);
        Assert.Equal([TransferRefusal.AccountsMustDiffer], Start().Apply(everything with { Id = Tr(10), Amount = 1 }).Results);
        Assert.Equal([TransferRefusal.AccountsInDifferentModes], Start().Apply(Post(10, Stranger, Live with { Currency = Currency.Eur }, 1)).Results);
        Assert.Equal([TransferRefusal.AccountsInDifferentCurrencies], Start().Apply(Post(10, Stranger, Euro, 1)).Results);
        Assert.Equal([TransferRefusal.DebitAccountUnknown], Start().Apply(Post(10, Stranger, Stranger with { Path = "other" }, 1)).Results);
    }

    [Fact]
    public void Apply_WouldOverflow_OnEitherSideAndWithWhatIsPending()
    {
        var almost = new Account(Revenue, AccountKind.Income, AccountRules.None) { CreditsPosted = long.MaxValue - 10, CreditsPending = 6, Version = 2 };

        var outcome = Books.Of([almost], []).Apply(Hold(1, Receivable, Revenue, 5), Hold(2, Receivable, Revenue, 4));

        Assert.Equal([TransferRefusal.WouldOverflow, TransferRefusal.Created], outcome.Results);
    }

    [Fact]
    public void Code_Refusal_IsSnakeCase()
    {
        Assert.Equal("exceeds_available", TransferRefusal.ExceedsAvailable.Code());
        Assert.Equal("exists_with_different_pending_id", TransferRefusal.ExistsWithDifferentPendingId.Code());
    }

    [Fact]
    public void ToRefusal_EveryRefusal_IsAnAnswerThatMovedNothing()
    {
        var said = Enum.GetValues<TransferRefusal>().Where(refusal => !refusal.IsInTheBooks()).ToDictionary(refusal => refusal, refusal => refusal.ToRefusal());

        Assert.Equal(said.Count, said.Values.Select(refusal => refusal.Code).Distinct().Count());
        Assert.Equal((RefusalKind.Conflict, "insufficient_funds"), (said[TransferRefusal.ExceedsAvailable].Kind, said[TransferRefusal.ExceedsAvailable].Code));
        Assert.Equal(RefusalKind.Mismatch, said[TransferRefusal.ExistsWithDifferentAmount].Kind);
        Assert.Equal(RefusalKind.Conflict, said[TransferRefusal.PendingExpired].Kind);
        Assert.Equal(RefusalKind.Invalid, said[TransferRefusal.CreditAccountUnknown].Kind);
        Assert.Throws<ArgumentOutOfRangeException>(() => TransferRefusal.Exists.ToRefusal());
    }

    [Theory]
    [InlineData(TransferRefusal.LinkedChainFailed, 1)]
    [InlineData(TransferRefusal.ExistsWithDifferentKind, 10)]
    [InlineData(TransferRefusal.Exists, 20)]
    [InlineData(TransferRefusal.PendingNotFound, 40)]
    [InlineData(TransferRefusal.PendingExpired, 45)]
    [InlineData(TransferRefusal.CreditAccountFrozen, 58)]
    [InlineData(TransferRefusal.ExceedsAvailable, 61)]
    public void Numbers_Published_NeverChange(TransferRefusal refusal, int number) => Assert.Equal(number, (int)refusal);

    private static Books Start()
    {
        var full = new Account(Receivable with { Path = "bank_cash/full" }, AccountKind.Asset, AccountRules.None) { DebitsPosted = long.MaxValue, Version = 1 };
        var books = Books.Of([full, .. Limited.Accounts.Values], [.. Limited.Transfers.Values]) with { Oldest = Oldest };
        var outcome = books.Apply(
            Known, Hold(2, Receivable, Available, 10), Hold(4, Receivable, Available, 10), PostPending(3, 4), Hold(6, Receivable, Available, 10), VoidPending(5, 6));
        Assert.All(outcome.Results, result => Assert.Equal(TransferRefusal.Created, result));
        return books.After(outcome);
    }
}
