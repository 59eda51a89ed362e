using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Slots;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The shell around the engine: locks the accounts of a whole batch and reads again what was locked, or trusts what is known of them; runs the engine; writes.</summary>
internal sealed class TransferStore(ClosedAccounts closed, EarlierShards earlier, BatchTelemetry telemetry, TimeProvider time)
{
    // Each try finds what the one before was beaten by, so a second one is rare and a fifth means that something is wrong.
    private const int MaxTries = 5;

    /// <summary>
    /// Applies a plan in the caller's transaction, which then holds the locks until it ends. New ids are taken for new: the database says so if one isn't, and
    /// then they are all looked up. So are ids that are older than their slot is here.
    /// </summary>
    /// <param name="turn">What is known of the shard's accounts; null: everything is read.</param>
    /// <returns>One result for each transfer that the plan decided on, in order.</returns>
    public async Task<IReadOnlyList<TransferRefusal>> ApplyAsync(ShardTransaction transaction, TransferPlan plan, CancellationToken ct, KnownAccounts.Turn? turn = null)
    {
        var known = plan.MustLook ? await LookAsync(transaction, plan.Transfers, [], plan.Payments, ct) : Books.Empty;
        for (var i = 0; i < MaxTries; i++)
        {
            var books = i == 0 ? await TrustAsync(transaction, plan, turn, ct) : null;
            Touched? expected = null;
            if (books is null)
            {
                expected = Touched.By(plan.Decide(known), known, withIds: i > 0);
                books = await LockAsync(transaction, expected, plan, turn, ct);
            }

            var transfers = plan.Decide(books.Books);
            if (!plan.MustLook || (expected is not null && Touched.By(transfers, books.Books, withIds: i > 0).IsWithin(expected)))
            {
                var now = LedgerEngine.ToMicroseconds(time.GetUtcNow());
                var outcome = LedgerEngine.Apply(books.Books, transfers, now);
                var isSure = i > 0 || (outcome.Results.All(result => result.IsInTheBooks())   // whoever is refused may be there already
                    && !transfers.Any(transfer => EarlierShards.MayHave(transfer, books.Books)));
                var written = isSure && outcome.Created.Count > 0 ? await TryWriteAsync(transaction, books, outcome, now, turn, ct) : null;
                if (written is not null || (isSure && outcome.Created.Count == 0))
                {
                    turn?.Write(written);
                    closed.Report(outcome);
                    telemetry.Count(books, tries: i);
                    CrashPoint.Hit("ledger.journal.written");
                    return outcome.Results;
                }
            }

            await BooksSql.GoBackAsync(transaction, ct);
            turn?.Forget();
            var touched = Touched.By(transfers, books.Books, withIds: true);
            known = await LookAsync(transaction, touched.Transfers, touched.Accounts, plan.Payments, ct);
        }

        throw new TimeoutException($"The books changed under a batch {MaxTries} times. Nothing was written.");
    }

    /// <returns>Null when not all accounts are known, or somebody else has written since.</returns>
    private static async Task<BooksAtHand?> TrustAsync(ShardTransaction transaction, TransferPlan plan, KnownAccounts.Turn? turn, CancellationToken ct)
    {
        if (turn is null || plan.MustLook || !turn.Knows(plan.Decide(Books.Empty)))
        {
            return null;
        }

        var books = await BooksSql.TrustAsync(transaction, turn, ct);
        if (books is null)
        {
            turn.Forget();
        }

        return books;
    }

    private async Task<BooksAtHand> LockAsync(ShardTransaction transaction, Touched expected, TransferPlan plan, KnownAccounts.Turn? turn, CancellationToken ct)
    {
        if (turn is not null)
        {
            await turn.WaitForOthersAsync(ct);
        }

        var locked = await BooksSql.LockAsync(transaction, expected.Accounts, expected.Transfers, plan.Payments, ct);
        return locked with { Books = await earlier.CompleteAsync(transaction, locked.Books, expected.Transfers, expected.Accounts, plan.Payments, ct) };
    }

    private static async Task<KnownAccounts.Written?> TryWriteAsync(
        ShardTransaction transaction, BooksAtHand books, Outcome outcome, DateTimeOffset now, KnownAccounts.Turn? turn, CancellationToken ct)
    {
        var ready = BooksSql.MakeReady(books, outcome, now);
        var mayWrite = books.AreLocked || turn is null || await turn.TryWriteAfterOthersAsync(ready, ct);
        return mayWrite ? await BooksSql.TryWriteAsync(transaction, ready, ct) : null;
    }

    private async Task<Books> LookAsync(
        ShardTransaction transaction, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<AccountName> accounts, IReadOnlyCollection<Id> payments, CancellationToken ct) =>
        await earlier.CompleteAsync(transaction, await BooksSql.LookAsync(transaction, transfers, payments, ct), transfers, accounts, payments, ct);

    /// <summary>What a batch names: these accounts must be locked, and these transfers read, before it may run.</summary>
    /// <param name="Transfers">Those that are ended, and those that are to be created if asked for.</param>
    private sealed record Touched(HashSet<AccountName> Accounts, HashSet<Id> Transfers)
    {
        public static Touched By(IReadOnlyList<NewTransfer> transfers, Books books, bool withIds)
        {
            var touched = new Touched([], []);
            foreach (var transfer in transfers)
            {
                if (withIds)
                {
                    touched.Transfers.Add(transfer.Id);
                }

                if (!transfer.Kind.EndsPending())
                {
                    touched.Accounts.Add(transfer.Debit);
                    touched.Accounts.Add(transfer.Credit);
                }
                else if (transfer.PendingId is { } pendingId)
                {
                    touched.Transfers.Add(pendingId);
                    if (books.Transfers.TryGetValue(pendingId, out var pending))   // else it is in this batch, or nowhere
                    {
                        touched.Accounts.Add(pending.Debit);
                        touched.Accounts.Add(pending.Credit);
                    }
                }
            }

            return touched;
        }

        public bool IsWithin(Touched other) => Accounts.IsSubsetOf(other.Accounts) && Transfers.IsSubsetOf(other.Transfers);
    }
}
