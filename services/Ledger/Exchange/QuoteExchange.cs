using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Exchange;

/// <summary>Says what an exchange would be, and keeps it for as long as it may be executed, and after.</summary>
internal sealed class QuoteExchange(Shards shards, IRateSource rates, IOptions<ExchangeOptions> options, TimeProvider time)
{
    public async Task<Result<Quote>> HandleAsync(AskedQuote asked, CancellationToken ct)
    {
        if (ExchangeRules.RefuseAccounts(asked) is { } wrongAccounts)
        {
            return wrongAccounts.ToRefusal();
        }

        ChartOfAccounts.TryGetOwner(asked.From.Path, out var seller);
        ChartOfAccounts.TryGetOwner(asked.To.Path, out var buyer);
        if (shards.For(seller.Slot) != shards.For(buyer.Slot))
        {
            return ExchangeRefusal.ShardsDiffer.ToRefusal();
        }

        if (await rates.FindAsync(asked.From.Currency, asked.To.Currency, ct) is not { } rate)
        {
            return ExchangeRefusal.RateUnknown.ToRefusal();
        }

        if (ExchangeRules.Price(asked, rate, options.Value.FeeBasisPoints, out var amounts) is { } wrongAmount)
        {
            return wrongAmount.ToRefusal();
        }

        var now = LedgerEngine.ToMicroseconds(time.GetUtcNow());
        var quote = new Quote(
            Id.New(IdPrefix.ExchangeQuote, seller.Slot, now), asked.From, asked.To, amounts.From, amounts.To, amounts.Fee, rate, now, now + options.Value.QuoteLifetime);
        await using var transaction = await shards.BeginAsync(seller.Slot, ct);
        await ExchangeSql.AddQuoteAsync(transaction, quote, ct);
        await transaction.CommitAsync(ct);
        return quote;
    }
}
