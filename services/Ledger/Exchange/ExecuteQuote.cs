using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Exchange;

/// <summary>What came of executing a quote.</summary>
/// <param name="IsReplay">It was executed before, by the same request.</param>
internal sealed record Execution(ExecutedQuote Executed, bool IsReplay);

/// <summary>
/// Executes a quote once: that it is used, and its journal, are one commit. So a request that was cut off is either done, and its repetition gets the same answer, or
/// undone, and then it is held to the quote's time like any other.
/// </summary>
internal sealed class ExecuteQuote(Shards shards, TransferStore store, TimeProvider time)
{
    public async Task<Quote?> FindQuoteAsync(Id quote, CancellationToken ct) => await ExchangeSql.FindQuoteAsync(shards.For(quote.Slot), quote, ct);

    public async Task<ExecutedQuote?> FindAsync(Quote quote, CancellationToken ct) => await ExchangeSql.FindAsync(shards.For(quote.Id.Slot), quote, ct);

    /// <param name="key">Made by the caller, and the same on every retry.</param>
    public async Task<Result<Execution>> HandleAsync(Quote quote, string key, CancellationToken ct)
    {
        if (await FindAsync(quote, ct) is { } before)
        {
            return Again(before, key);
        }

        var now = LedgerEngine.ToMicroseconds(time.GetUtcNow());
        if (now >= quote.ExpiresAt)
        {
            return ExchangeRefusal.QuoteExpired.ToRefusal();
        }

        var executed = new ExecutedQuote(quote, key, now);
        await using (var transaction = await shards.For(quote.Id.Slot).BeginAsync(ct, new[] { quote.From, quote.To }.Select(account => ChartOfAccounts.SlotOf(account.Path)).OfType<Slot>()))
        {
            if (await ExchangeSql.TryUseAsync(transaction, executed, ct))
            {
                var results = await store.ApplyAsync(transaction, TransferPlan.Of(ExchangeRules.Journal(quote)), ct);
                if (results.FirstOrDefault(result => result is not (TransferRefusal.Created or TransferRefusal.LinkedChainFailed), TransferRefusal.Created) is var refusal and not TransferRefusal.Created)
                {
                    return refusal.ToRefusal();   // and the quote is as unused as before
                }

                await transaction.CommitAsync(ct);
                CrashPoint.Hit("ledger.exchange.committed");
                return new Execution(executed, IsReplay: false);
            }
        }

        // Somebody was faster, and has committed by now.
        return Again(await FindAsync(quote, ct) ?? throw new InvalidOperationException($"{quote.Id} was used a moment ago and is not any more."), key);
    }

    private static Result<Execution> Again(ExecutedQuote before, string key) => before.Key == key ? new Execution(before, IsReplay: true) : ExchangeRefusal.QuoteUsed.ToRefusal();
}
