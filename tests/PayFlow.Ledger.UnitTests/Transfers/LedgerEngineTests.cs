using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using static PayFlow.Ledger.UnitTests.Transfers.Sample;

namespace PayFlow.Ledger.UnitTests.Transfers;

public sealed class LedgerEngineTests
{
    [Fact]
    public void Apply_Posted_MovesTheAmountAndWritesBothRunningBalances()
    {
        var outcome = Books.Empty.Apply(Post(1, Receivable, Available, 700), Post(2, Available, Revenue, 200));

        Assert.Equal([TransferRefusal.Created, TransferRefusal.Created], outcome.Results);
        Assert.Equal((500, 500), (Available.In(outcome).LedgerBalance, Available.In(outcome).AvailableBalance));
        Assert.Equal((700, 200), (Receivable.In(outcome).LedgerBalance, Revenue.In(outcome).LedgerBalance));
        var second = outcome.Created[1];
        Assert.Equal((2, -500), (second.DebitVersion, second.DebitBalance));
        Assert.Equal((1, -200), (second.CreditVersion, second.CreditBalance));
    }

    [Fact]
    public void Apply_Pending_LowersAvailableOnTheSideThatPaysOnly()
    {
        var outcome = Funded(1_000).Apply(Hold(1, Available, OtherAvailable, 400));

        Assert.Equal((1_000, 600), (Available.In(outcome).LedgerBalance, Available.In(outcome).AvailableBalance));
        Assert.Equal((0, 0), (OtherAvailable.In(outcome).LedgerBalance, OtherAvailable.In(outcome).AvailableBalance));
        Assert.Equal((400, 400), (Available.In(outcome).DebitsPending, OtherAvailable.In(outcome).CreditsPending));
    }

    [Theory]
    [InlineData(0, 400)]     // nothing said: all of it
    [InlineData(400, 400)]
    [InlineData(150, 150)]   // a part: the rest is released
    public void Apply_PostPending_PostsThePartAndReleasesTheRest(long asked, long posted)
    {
        var outcome = Funded(1_000).Apply(Hold(1, Available, OtherAvailable, 400), PostPending(2, 1, asked));

        Assert.Equal(posted, outcome.Created[1].Amount);
        Assert.Equal((1_000 - posted, 1_000 - posted), (Available.In(outcome).LedgerBalance, Available.In(outcome).AvailableBalance));
        Assert.Equal(posted, OtherAvailable.In(outcome).AvailableBalance);
        Assert.Equal((0, 0), (Available.In(outcome).DebitsPending, OtherAvailable.In(outcome).CreditsPending));
    }

    [Fact]
    public void Apply_VoidPending_ReleasesEverything()
    {
        var outcome = Funded(1_000).Apply(Hold(1, Available, OtherAvailable, 400), VoidPending(2, 1));

        Assert.Equal((1_000, 1_000), (Available.In(outcome).LedgerBalance, Available.In(outcome).AvailableBalance));
        Assert.Equal((0, 0), (Available.In(outcome).DebitsPosted, OtherAvailable.In(outcome).CreditsPosted));
        Assert.Equal((400, 3), (outcome.Created[1].Amount, outcome.Created[1].DebitVersion));
    }

    [Fact]
    public void Apply_EndWithoutPayment_InheritsThatOfItsPending()
    {
        var outcome = Funded(9).Apply(Hold(1, Available, Revenue, 9) with { PaymentId = Payment, MerchantId = Merchant }, PostPending(2, 1));

        Assert.Equal((Payment, Merchant), (outcome.Created[1].PaymentId, outcome.Created[1].MerchantId));
    }

    [Fact]
    public void Apply_Fact_OverdrawsAndIsNeverRefusedForIt()
    {
        var fact = Post(1, Available, Revenue, 50) with { IsFact = true };

        var outcome = Books.Empty.Apply(fact, Post(2, Receivable, Available, 20), Post(3, Available, Revenue, 1));

        Assert.Equal([TransferRefusal.Created, TransferRefusal.Created, TransferRefusal.ExceedsAvailable], outcome.Results);
        Assert.Equal(-30, Available.In(outcome).AvailableBalance);
    }

    [Fact]
    public void Apply_Fact_TakesTheTimeOfItsEvent()
    {
        var id = PayFlow.Kernel.Id.New("tr", Root.Slot, Now.AddDays(1));

        var outcome = Books.Empty.Apply(Post(1, Receivable, Available, 1) with { Id = id, IsFact = true });

        Assert.Equal([TransferRefusal.Created], outcome.Results);
    }

    [Fact]
    public void Apply_Chain_FailsAsAWholeAndLeavesNothing()
    {
        var outcome = Funded(100).Apply(
            Post(1, Available, Revenue, 10),
            Post(2, Available, Revenue, 60) with { Linked = true },
            Hold(3, Receivable, OtherAvailable, 5) with { Linked = true },
            Post(4, Available, Revenue, 60) with { Linked = true },
            Post(5, Receivable, Available, 1),
            Post(6, Available, Revenue, 20));

        Assert.Equal(
            [
                TransferRefusal.Created,
                TransferRefusal.LinkedChainFailed, TransferRefusal.LinkedChainFailed, TransferRefusal.ExceedsAvailable, TransferRefusal.LinkedChainFailed,
                TransferRefusal.Created,
            ],
            outcome.Results);
        Assert.Equal([Tr(1), Tr(6)], outcome.Created.Select(transfer => transfer.Id));
        Assert.Equal((70, 3), (Available.In(outcome).AvailableBalance, Available.In(outcome).Version));
        Assert.DoesNotContain(OtherAvailable, outcome.Accounts.Keys);   // opened by the chain, and gone with it
    }

    [Fact]
    public void Apply_ChainAgain_ExistsAsAWhole()
    {
        NewTransfer[] chain = [Hold(1, Available, Revenue, 10) with { Linked = true }, PostPending(2, 1, 4)];
        var books = Funded(100);
        books = books.After(books.Apply(chain));

        var again = books.Apply(chain);

        Assert.Equal([TransferRefusal.Exists, TransferRefusal.Exists], again.Results);
        Assert.Empty(again.Created);
        Assert.Empty(again.Accounts);
    }

    [Fact]
    public void Apply_ChainOfOldAndNew_Fails()
    {
        var books = Funded(100);
        books = books.After(books.Apply(Post(1, Available, Revenue, 10)));

        var outcome = books.Apply(Post(1, Available, Revenue, 10) with { Linked = true }, Post(2, Available, Revenue, 10));

        Assert.Equal([TransferRefusal.Exists, TransferRefusal.LinkedChainFailed], outcome.Results);
        Assert.Empty(outcome.Created);
    }

    [Fact]
    public void Apply_EffectiveTimeFinerThanTheDatabase_StillExistsWhenRepeated()
    {
        var transfer = Post(1, Receivable, Available, 5) with { EffectiveAt = Now.AddTicks(7) };
        var books = Books.Empty.After(Books.Empty.Apply(transfer));

        Assert.Equal([TransferRefusal.Exists], books.Apply(transfer).Results);
        Assert.Equal(Now, books.Transfers[Tr(1)].EffectiveAt);
    }

    [Fact]
    public void Apply_GuardedAssetAccount_HasItsFloorOnTheCreditSide()
    {
        var guarded = new Account(Receivable, AccountKind.Asset, AccountRules.NotBelowZero) { DebitsPosted = 10, Version = 1 };

        var outcome = Books.Of([guarded], []).Apply(Post(1, Revenue, Receivable, 11), Post(2, Receivable, Revenue, 5), Hold(3, Revenue, Receivable, 15), Hold(4, Revenue, Receivable, 1));

        Assert.Equal([TransferRefusal.ExceedsAvailable, TransferRefusal.Created, TransferRefusal.Created, TransferRefusal.ExceedsAvailable], outcome.Results);
    }
}
