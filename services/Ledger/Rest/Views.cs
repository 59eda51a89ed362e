using System.ComponentModel;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Exchange;
using PayFlow.Ledger.Statements;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Rest;

/// <summary>A page of a list.</summary>
/// <param name="HasMore">There are more after the last: ask again with <c>starting_after</c>.</param>
public sealed record PageView<T>(IReadOnlyList<T> Data, bool HasMore);

public sealed record AccountView(
    [property: Description("Mode, path in the chart of accounts and currency, with points between.")] string Id,
    string Object,
    [property: Description("asset, expense, liability or income. What you have with us is our liability.")] string Kind,
    [property: Description("open, frozen or closed.")] string State,
    [property: Description("What is posted.")] Money LedgerBalance,
    [property: Description("What is posted, less what is pending on its way out.")] Money AvailableBalance,
    [property: Description("Pending on its way in. It isn't available before it is posted.")] Money PendingIn,
    Money PendingOut,
    [property: Description("How far requests may take the available balance below zero.")] Money Overdraft,
    [property: Description("How far requests may raise the balance; null: without limit.")] Money? Ceiling,
    [property: Description("Number of its last entry.")] long Entries)
{
    public static AccountView Of(Account account)
    {
        var (isDebitNormal, currency) = (account.IsDebitNormal, account.Name.Currency);
        return new AccountView(
            AccountIds.Write(account.Name),
            "account",
            account.Kind.ToString().ToLowerInvariant(),
            account.State.ToString().ToLowerInvariant(),
            new Money(account.LedgerBalance, currency),
            new Money(account.AvailableBalance, currency),
            new Money(isDebitNormal ? account.DebitsPending : account.CreditsPending, currency),
            new Money(isDebitNormal ? account.CreditsPending : account.DebitsPending, currency),
            new Money(account.Overdraft, currency),
            account.Ceiling is { } ceiling ? new Money(ceiling, currency) : null,
            account.Version);
    }
}

public sealed record TransferView(
    Id Id,
    string Object,
    [property: Description("posted: moved at once; pending: reserved; post_pending and void_pending: end a pending transfer.")] TransferKind Kind,
    [property: Description("What it is about: capture, settle, fee, transfer, exchange …")] string Type,
    Money Amount,
    string DebitAccount,
    string CreditAccount,
    [property: Description("Of one that ends a pending transfer: that.")] Id? PendingTransfer,
    [property: Description("Of a pending transfer: pending, posted or voided.")] PendingState? PendingState,
    Id? Payment,
    string? Reference,
    [property: Description("When it counts.")] DateTimeOffset EffectiveAt,
    [property: Description("When it was written.")] DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt)
{
    public static TransferView Of(ListedTransfer listed)
    {
        var transfer = listed.Transfer;
        return new TransferView(
            transfer.Id, "transfer", transfer.Kind, transfer.Type, new Money(transfer.Amount, transfer.Debit.Currency), AccountIds.Write(transfer.Debit), AccountIds.Write(transfer.Credit),
            transfer.PendingId, listed.PendingState, transfer.PaymentId, transfer.ExternalReference, transfer.EffectiveAt, transfer.CreatedAt, transfer.ExpiresAt);
    }
}

public sealed record StatementEntryView(
    [property: Description("Its place in the account: 1, 2, 3 …")] long Number,
    [property: Description("debit or credit. What you have with us is raised by credits.")] string Side,
    [property: Description("Ledger balance after it. What is only pending doesn't change it.")] Money Balance,
    TransferView Transfer)
{
    public static StatementEntryView Of(StatementEntry entry) => new(
        entry.Number, entry.IsDebit ? "debit" : "credit", new Money(entry.Balance, entry.Listed.Transfer.Debit.Currency), TransferView.Of(entry.Listed));
}

public sealed record StatementView(
    string Account,
    [property: Description("Ledger balance before the first entry of the whole statement.")] Money OpeningBalance,
    [property: Description("Ledger balance after its last entry.")] Money ClosingBalance,
    [property: Description("This page of its entries, oldest first.")] IReadOnlyList<StatementEntryView> Data,
    bool HasMore);

public sealed record RateView(
    [property: Description("For one major unit of what is sold (1 USD) there are numerator / denominator major units of what is bought.")] long Numerator,
    long Denominator,
    string Source,
    DateTimeOffset At);

public sealed record QuoteView(
    Id Id,
    string Object,
    string From,
    string To,
    Money Sold,
    Money Bought,
    [property: Description("On top of what is sold.")] Money Fee,
    [property: Description("What leaves the account: sold and fee.")] Money Total,
    RateView Rate,
    DateTimeOffset CreatedAt,
    [property: Description("From then on it can't be executed any more.")] DateTimeOffset ExpiresAt)
{
    public static QuoteView Of(Quote quote)
    {
        var (sold, fee) = (new Money(quote.FromAmount, quote.From.Currency), new Money(quote.Fee, quote.From.Currency));
        return new QuoteView(
            quote.Id, "exchange_quote", AccountIds.Write(quote.From), AccountIds.Write(quote.To), sold, new Money(quote.ToAmount, quote.To.Currency), fee, sold + fee,
            new RateView(quote.Rate.Numerator, quote.Rate.Denominator, quote.Rate.Source, quote.Rate.At), quote.CreatedAt, quote.ExpiresAt);
    }
}

public sealed record ExchangeView(
    [property: Description("That of its quote.")] Id Id,
    string Object,
    QuoteView Quote,
    [property: Description("The transfers that executed it.")] IReadOnlyList<Id> Transfers,
    DateTimeOffset ExecutedAt)
{
    public static ExchangeView Of(ExecutedQuote executed) =>
        new(executed.Quote.Id, "exchange", QuoteView.Of(executed.Quote), [.. ExchangeRules.Journal(executed.Quote).Select(line => line.Id)], executed.ExecutedAt);
}
