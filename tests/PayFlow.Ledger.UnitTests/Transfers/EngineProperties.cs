using FsCheck;
using FsCheck.Fluent;
using PayFlow.Ledger.Transfers;
using static PayFlow.Ledger.UnitTests.Transfers.Sample;

namespace PayFlow.Ledger.UnitTests.Transfers;

/// <summary>The laws, for random batches; and that each law is able to find an engine that breaks it.</summary>
public sealed class EngineProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(500);   // a failure prints the seed and the shortest batch

    [Fact]
    public void Apply_AnyBatch_EveryJournalBalances() => Check(EngineLaws.Balances, LedgerEngine.Apply);

    [Fact]
    public void Apply_AnyRequests_NoGuardedAccountIsEverNegative() => Check(EngineLaws.Guards, LedgerEngine.Apply);

    [Fact]
    public void Apply_SameBatchAgain_GivesTheSameBooks() => Check(EngineLaws.Replays, LedgerEngine.Apply);

    [Fact]
    public void Apply_BatchCutOutsideChains_GivesTheSameBooks() => Check(EngineLaws.Splits, LedgerEngine.Apply);

    [Fact]
    public void Apply_Chains_AreAllOrNone() => Check(EngineLaws.Chained, LedgerEngine.Apply);

    /// <summary>A law that random batches can't reach proves nothing.</summary>
    [Fact]
    public void RandomTransfers_ManyBatches_ReachEveryKindEndAndChain()
    {
        var reached = new HashSet<string>();
        Prop.ForAll(RandomTransfers.Any, batch =>
        {
            var outcome = LedgerEngine.Apply(Limited, batch, Now);
            reached.UnionWith(outcome.Created.Select(transfer => transfer.Kind.ToString()));
            reached.UnionWith(outcome.Results.Select(result => result.ToString()));
            reached.UnionWith(outcome.Created.Where(transfer => transfer.Kind == TransferKind.PostPending)
                .Select(post => post.Amount < Limited.After(outcome).Transfers[post.PendingId!.Value].Amount ? "part" : "full"));
            return true;
        }).Check(Runs);

        string[] expected =
        [
            "Posted", "Pending", "PostPending", "VoidPending", "part", "full", "Exists", "LinkedChainFailed", "LinkedChainOpen", "ExceedsAvailable", "PendingNotPending",
            "PendingAlreadyPosted", "PendingAlreadyVoided", "ExceedsPendingAmount", "AccountsInDifferentModes", "AccountsInDifferentCurrencies",
            "ExpiryPassed", "PendingExpired", "DebitAccountClosed", "CreditAccountClosed", "DebitAccountFrozen", "CreditAccountFrozen", "ExceedsCeiling",
        ];
        Assert.Empty(expected.Except(reached));
    }

    public static TheoryData<string, string> Bugs => new()
    {
        { nameof(PlantedBugs.ForgetsTheFloor), nameof(EngineLaws.Guards) },
        { nameof(PlantedBugs.ForgetsTheCeiling), nameof(EngineLaws.Guards) },
        { nameof(PlantedBugs.ForgetsStates), nameof(EngineLaws.Guards) },
        { nameof(PlantedBugs.ForgetsExpiries), nameof(EngineLaws.Guards) },
        { nameof(PlantedBugs.ForgetsTheRest), nameof(EngineLaws.Balances) },
        { nameof(PlantedBugs.LosesACent), nameof(EngineLaws.Balances) },
        { nameof(PlantedBugs.NumbersEntriesAnew), nameof(EngineLaws.Balances) },
        { nameof(PlantedBugs.ForgetsIds), nameof(EngineLaws.Replays) },
        { nameof(PlantedBugs.StopsAtTheFirstRefusal), nameof(EngineLaws.Splits) },
        { nameof(PlantedBugs.IgnoresChains), nameof(EngineLaws.Chained) },
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Laws_PlantedBug_IsFound(string bug, string law)
    {
        var broken = typeof(PlantedBugs).GetMethod(bug)!.CreateDelegate<Engine>();
        var found = typeof(EngineLaws).GetMethod(law)!.CreateDelegate<Func<Engine, NewTransfer[], bool>>();

        Assert.ThrowsAny<Exception>(() => Check(found, broken));
    }

    private static void Check(Func<Engine, NewTransfer[], bool> law, Engine engine) =>
        Prop.ForAll(law.Method.Name == nameof(EngineLaws.Guards) ? RandomTransfers.Requests : RandomTransfers.Any, batch => law(engine, batch)).Check(Runs);
}
