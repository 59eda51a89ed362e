using PayFlow.Kernel;

namespace PayFlow.Ledger.Exchange;

/// <summary>Why there is no quote, or why it isn't executed. The numbers are stable and are the order of the checks. What the books refuse has a <see cref="Transfers.TransferRefusal"/>.</summary>
public enum ExchangeRefusal
{
    /// <summary>The chart has none of the accounts, or it is the platform's.</summary>
    AccountNotPossible = 10,
    AccountsInDifferentModes = 11,
    SameCurrency = 12,

    /// <summary>The owners of both accounts must live in one shard.</summary>
    ShardsDiffer = 13,

    /// <summary>Nobody says what one currency is worth in the other.</summary>
    RateUnknown = 20,

    /// <summary>It is worth less than the smallest unit of the other currency.</summary>
    AmountTooSmall = 21,

    /// <summary>It, or what it is worth, is more than a transfer may move.</summary>
    AmountTooLarge = 22,

    /// <summary>Another request has executed it.</summary>
    QuoteUsed = 30,
    QuoteExpired = 31,
}

public static class ExchangeRefusals
{
    public static Refusal ToRefusal(this ExchangeRefusal refusal) => refusal switch
    {
        ExchangeRefusal.AccountNotPossible => Of(RefusalKind.Invalid, refusal, "Both accounts must be those of an owner, as the chart of accounts has them."),
        ExchangeRefusal.AccountsInDifferentModes => Of(RefusalKind.Invalid, refusal, "Test and live are never mixed."),
        ExchangeRefusal.SameCurrency => Of(RefusalKind.Invalid, refusal, "Both accounts have the same currency: make a transfer."),
        ExchangeRefusal.ShardsDiffer => Of(RefusalKind.Conflict, refusal, "These accounts live in different shards, and an exchange is one journal. Exchange first, then transfer."),
        ExchangeRefusal.RateUnknown => Of(RefusalKind.Conflict, refusal, "There is no rate for these currencies at the moment."),
        ExchangeRefusal.AmountTooSmall => Of(RefusalKind.Invalid, refusal, "The amount is worth less than the smallest unit of the other currency.") with { Param = "amount" },
        ExchangeRefusal.AmountTooLarge => Of(RefusalKind.Invalid, refusal, "The amount, or what it is worth, is more than one transfer moves.") with { Param = "amount" },
        ExchangeRefusal.QuoteUsed => Of(RefusalKind.Conflict, refusal, "Another request has executed this quote. Ask for a new one."),
        ExchangeRefusal.QuoteExpired => Of(RefusalKind.Conflict, refusal, "This quote has expired. Ask for a new one."),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "This is no refusal."),
    };

    private static Refusal Of(RefusalKind kind, ExchangeRefusal refusal, string message) => new(kind, Names.Of(refusal), message);
}
