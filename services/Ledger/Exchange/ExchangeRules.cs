using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Exchange;

/// <summary>Quotes, and the journal that executes one. Pure.</summary>
public static class ExchangeRules
{
    /// <summary>What is wrong with the accounts of a quote, before there is a rate.</summary>
    public static ExchangeRefusal? RefuseAccounts(AskedQuote asked) =>
        !IsOwned(asked.From) || !IsOwned(asked.To) ? ExchangeRefusal.AccountNotPossible
        : asked.From.Mode != asked.To.Mode ? ExchangeRefusal.AccountsInDifferentModes
        : asked.From.Currency == asked.To.Currency ? ExchangeRefusal.SameCurrency
        : null;

    /// <summary>Both amounts and the fee at a rate.</summary>
    /// <param name="rate">From the currency that is sold to the one that is bought.</param>
    public static ExchangeRefusal? Price(AskedQuote asked, ExchangeRate rate, int feeBasisPoints, out (long From, long To, long Fee) amounts)
    {
        amounts = default;
        if (asked.Amount is <= 0 or > LedgerEngine.MaxAmount)
        {
            return asked.Amount <= 0 ? ExchangeRefusal.AmountTooSmall : ExchangeRefusal.AmountTooLarge;
        }

        try
        {
            var other = asked.Side == ExchangeSide.From ? rate.Convert(asked.Amount) : rate.Inverse.Convert(asked.Amount);
            var (from, to) = asked.Side == ExchangeSide.From ? (asked.Amount, other) : (other, asked.Amount);
            amounts = (from, to, new Money(from, asked.From.Currency).BasisPoints(feeBasisPoints).MinorUnits);
        }
        catch (OverflowException)
        {
            return ExchangeRefusal.AmountTooLarge;
        }

        return amounts.From == 0 || amounts.To == 0 ? ExchangeRefusal.AmountTooSmall
            : amounts.From > LedgerEngine.MaxAmount || amounts.To > LedgerEngine.MaxAmount ? ExchangeRefusal.AmountTooLarge
            : null;
    }

    /// <summary>
    /// The chain that executes a quote. Each currency balances by itself: what is sold goes to our position in it, what is bought comes from our position in the other.
    /// The ids follow from the quote's, so it can be posted once.
    /// </summary>
    public static IReadOnlyList<NewTransfer> Journal(Quote quote)
    {
        var (mode, sold, bought) = (quote.From.Mode, quote.From.Currency, quote.To.Currency);
        return Journals.Journal.Of(new[]
        {
            Line(quote, "sold", TransferType.Exchange, quote.From, ChartOfAccounts.FxPosition(mode, sold), quote.FromAmount),
            Line(quote, "fee", TransferType.Fee, quote.From, ChartOfAccounts.FxRevenue(mode, sold), quote.Fee),
            Line(quote, "bought", TransferType.Exchange, ChartOfAccounts.FxPosition(mode, bought), quote.To, quote.ToAmount),
        }.Where(line => line.Amount != 0));
    }

    private static NewTransfer Line(Quote quote, string step, string type, AccountName debit, AccountName credit, long amount) => new()
    {
        Id = quote.Id.Derive(IdPrefix.Transfer, step),
        Kind = TransferKind.Posted,
        Debit = debit,
        Credit = credit,
        Amount = amount,
        Type = type,
        MerchantId = ChartOfAccounts.TryGetOwner(quote.From.Path, out var owner) && owner.Prefix == IdPrefix.Merchant ? owner : null,
        ExternalReference = quote.Id.ToString(),
    };

    private static bool IsOwned(AccountName name) => ChartOfAccounts.TryOpen(name, out _) && ChartOfAccounts.TryGetOwner(name.Path, out _);
}
