using FsCheck;
using FsCheck.Fluent;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Transfers.Sample;

namespace PayFlow.Ledger.UnitTests.Accounts;

/// <summary>Requests and facts, mixed with accounts that are frozen, unfrozen and closed.</summary>
public sealed class AccountLifeProperties
{
    private static readonly AccountName[] Names = [Available, OtherAvailable, Capped, Trusted];

    private static readonly Arbitrary<(NewTransfer[] Batch, (int At, AccountName Name, AccountAction Action)[] Actions)> Commands = Arb.From(
        from batch in RandomTransfers.Any.Generator
        from actions in Gen.Choose(0, 60).Zip(Gen.Elements(Names)).Zip(Gen.Elements(Enum.GetValues<AccountAction>())).ListOf().Resize(20)
        select (batch, actions.Select(action => (action.Item1.Item1, action.Item1.Item2, action.Item2)).ToArray()));

    [Fact]
    public void Commands_AnyOrder_KeepWhatStatesPromise()
    {
        var reached = new HashSet<AccountRefusal>();
        Prop.ForAll(Commands, commands => Holds(commands.Batch, commands.Actions, reached)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        // Or the property was never put to the test.
        AccountRefusal[] expected = [AccountRefusal.Done, AccountRefusal.Exists, AccountRefusal.AccountClosed, AccountRefusal.BalanceNotZero, AccountRefusal.PendingNotZero];
        Assert.Empty(expected.Except(reached));
    }

    private static bool Holds(NewTransfer[] batch, (int At, AccountName Name, AccountAction Action)[] actions, HashSet<AccountRefusal> reached)
    {
        var books = Limited;
        foreach (var (chain, step) in EngineLaws.Chains(batch).Select((chain, step) => (chain, step)))
        {
            foreach (var (_, name, action) in actions.Where(action => action.At == step && books.Accounts.ContainsKey(action.Name)))
            {
                var before = books.Accounts[name];
                reached.Add(AccountLife.Decide(before, action, out var after));
                if (after.State == AccountState.Closed && before.State != AccountState.Closed && (before.LedgerBalance, before.DebitsPending, before.CreditsPending) != (0, 0, 0))
                {
                    return false;
                }

                books = books with { Accounts = books.Accounts.ToDictionary(account => account.Key, account => account.Key == name ? after : account.Value) };
            }

            var outcome = LedgerEngine.Apply(books, chain, Now);
            var facts = chain.Where(asked => asked.IsFact).Select(asked => asked.Id).ToHashSet();
            if (outcome.Created.Any(transfer => !transfer.Kind.EndsPending() && !facts.Contains(transfer.Id)
                    && (IsShut(books, transfer.Debit) || IsShut(books, transfer.Credit)))
                || outcome.Accounts.Any(account => books.Accounts.TryGetValue(account.Key, out var before) && before.State != account.Value.State))
            {
                return false;
            }

            books = books.After(outcome);
        }

        return books.Accounts.Values.Sum(account => account.DebitsPosted - account.CreditsPosted) == 0;
    }

    private static bool IsShut(Books books, AccountName name) => books.Accounts.TryGetValue(name, out var account) && account.State != AccountState.Open;
}
