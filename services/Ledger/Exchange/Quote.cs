using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Exchange;

/// <summary>Which amount is given; the other one follows from the rate.</summary>
public enum ExchangeSide
{
    /// <summary>What is sold.</summary>
    From = 1,

    /// <summary>What is bought.</summary>
    To = 2,
}

/// <summary>A quote that is asked for.</summary>
/// <param name="Amount">Minor units of the currency of <paramref name="Side"/>, without our fee.</param>
public sealed record AskedQuote(AccountName From, AccountName To, long Amount, ExchangeSide Side);

/// <summary>What an exchange would be, and is if it is executed in time. Never changed.</summary>
/// <param name="FromAmount">What is sold, minor units.</param>
/// <param name="ToAmount">What is bought, minor units.</param>
/// <param name="Fee">Minor units of the currency that is sold, on top of what is sold.</param>
/// <param name="ExpiresAt">UTC: from then on it can't be executed any more.</param>
public sealed record Quote(Id Id, AccountName From, AccountName To, long FromAmount, long ToAmount, long Fee, ExchangeRate Rate, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>A quote that was executed.</summary>
/// <param name="Key">Of the request that executed it.</param>
public sealed record ExecutedQuote(Quote Quote, string Key, DateTimeOffset ExecutedAt);
