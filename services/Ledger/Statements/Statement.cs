using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Slots;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Statements;

/// <summary>
/// A statement is cut by entry numbers, not by times: entries of an account are numbered from 1 without gaps and never change, so what was cut once reads the same
/// for ever, however long the reading takes and whatever is posted meanwhile.
/// </summary>
/// <param name="History">The account and where its entries are. A platform account has a statement in each shard.</param>
/// <param name="After">The last entry before the statement; 0 when it begins with the first.</param>
/// <param name="Through">Its last entry; the same as <paramref name="After"/> when it has none.</param>
/// <param name="Opening">Ledger balance before it, minor units.</param>
/// <param name="Closing">Ledger balance after it, minor units.</param>
internal sealed record Statement(AccountHistory History, long After, long Through, long Opening, long Closing)
{
    /// <summary>As it is now.</summary>
    public Account Account => History.Account;

    /// <summary>Where it is now.</summary>
    public int Shard => History.Shard.Number;
}

/// <summary>One entry, as the account sees it.</summary>
/// <param name="Number">Its place in the account.</param>
/// <param name="Balance">Ledger balance after it, on the account's normal side, minor units. What is only pending doesn't change it.</param>
public sealed record StatementEntry(long Number, bool IsDebit, long Balance, ListedTransfer Listed)
{
    /// <summary>Ledger balance before it.</summary>
    public long Before { get; init; }

    public static StatementEntry Of(Account account, ListedTransfer listed)
    {
        var transfer = listed.Transfer;
        var isDebit = transfer.Debit == account.Name;
        var balance = isDebit ? transfer.DebitBalance : transfer.CreditBalance;
        var after = account.IsDebitNormal ? balance : -balance;
        var moved = transfer.Kind is TransferKind.Posted or TransferKind.PostPending ? transfer.Amount : 0;
        return new StatementEntry(isDebit ? transfer.DebitVersion : transfer.CreditVersion, isDebit, after, listed) { Before = after - (isDebit == account.IsDebitNormal ? moved : -moved) };
    }
}

/// <summary>What a statement is of. Times are those at which entries were written, UTC.</summary>
/// <param name="From">The first time that belongs to it; null: from the beginning.</param>
/// <param name="To">The first time that doesn't any more; null: until now.</param>
public sealed record StatementRange(DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>A month, yyyymm.</summary>
    public static Result<StatementRange> OfMonth(int month)
    {
        if (month is < 200001 or > 999911 || month % 100 is < 1 or > 12)
        {
            return Refusal.Invalid([new FieldError("month", "out_of_range", "A month is written like 202611.")]);
        }

        var from = new DateTimeOffset(month / 100, month % 100, 1, 0, 0, 0, TimeSpan.Zero);
        return new StatementRange(from, from.AddMonths(1));
    }
}
