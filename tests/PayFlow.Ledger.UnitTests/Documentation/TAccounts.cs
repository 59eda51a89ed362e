using System.Globalization;
using System.Text;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Documentation;

/// <summary>Draws flows as T-accounts (SVG): debits left, credits right, each with the number of its transfer. What is only held is grey, and struck through when it is gone.</summary>
internal static class TAccounts
{
    private const int Width = 1000;
    private const int PerRow = 3;
    private const int AccountWidth = 300;
    private const int Gap = 32;
    private const int Line = 20;
    private const string Ink = "#1f2328";
    private const string Grey = "#8c959f";

    public static string Draw(IReadOnlyList<Flow> flows)
    {
        var body = new StringBuilder();
        var y = 20;
        foreach (var flow in flows)
        {
            y = Draw(flow, y, body);
        }

        return Invariant(
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {y}" width="{Width}" height="{y}" role="img" aria-labelledby="title" font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif" font-size="13" fill="{Ink}">
              <title id="title">Every flow of the books in T-accounts</title>
              <rect width="{Width}" height="{y}" rx="8" fill="#ffffff"/>
            {body}</svg>

            """).ReplaceLineEndings("\n");
    }

    private static int Draw(Flow flow, int top, StringBuilder body)
    {
        var (postings, accounts) = flow.Run();
        var sides = postings.SelectMany((posting, index) => Entry.Of(posting, index + 1)).ToList();
        var touched = sides.Select(entry => entry.Account).Distinct().ToList();
        body.Append(Invariant($"""  <text x="20" y="{top + 14}" font-size="14" font-weight="600">{flow.Name}</text>{"\n"}"""));
        var y = top + 44;
        foreach (var row in touched.Chunk(PerRow))
        {
            var lines = row.Max(account => Math.Max(Height(account, isDebit: true), Height(account, isDebit: false)));
            for (var i = 0; i < row.Length; i++)
            {
                Draw(accounts[row[i]], [.. sides.Where(entry => entry.Account == row[i])], 20 + (i * (AccountWidth + Gap)), y, lines, body);
            }

            y += (lines * Line) + 74;
        }

        return y;

        int Height(AccountName account, bool isDebit) => sides.Count(entry => entry.Account == account && entry.IsDebit == isDebit);
    }

    private static void Draw(Account account, IReadOnlyList<Entry> entries, int x, int y, int lines, StringBuilder body)
    {
        var (middle, bottom) = (x + (AccountWidth / 2), y + 14 + (lines * Line));
        body.Append(Invariant($"""  <text x="{middle}" y="{y}" text-anchor="middle" font-weight="600" font-size="12">{Short(account.Name.Path)}</text>{"\n"}"""));
        body.Append(Invariant($"""  <path d="M{x} {y + 8}H{x + AccountWidth}M{middle} {y + 8}V{bottom}" stroke="{Ink}" stroke-width="1.4" fill="none"/>{"\n"}"""));
        foreach (var isDebit in new[] { true, false })
        {
            var at = y + 24;
            foreach (var entry in entries.Where(entry => entry.IsDebit == isDebit))
            {
                Draw(entry, isDebit ? x : middle, at, body);
                at += Line;
            }
        }

        var balance = account.LedgerBalance == 0 ? "balance 0.00" : $"balance {Money(account.LedgerBalance)}";
        body.Append(Invariant($"""  <text x="{middle}" y="{bottom + 16}" text-anchor="middle" font-size="11" fill="#656d76">{account.Kind.ToString().ToLowerInvariant()}, {balance}</text>{"\n"}"""));
    }

    private static void Draw(Entry entry, int x, int y, StringBuilder body)
    {
        var (color, decoration) = (entry.IsHeld ? Grey : Ink, entry.IsGone ? " text-decoration=\"line-through\"" : "");
        body.Append(Invariant($"""  <circle cx="{x + 18}" cy="{y - 4}" r="8" fill="#ddf4ff"/><text x="{x + 18}" y="{y}" text-anchor="middle" font-size="11" fill="#0550ae">{entry.Number}</text>{"\n"}"""));
        body.Append(Invariant($"""  <text x="{x + 34}" y="{y}" font-size="11" fill="#656d76">{entry.Type}{(entry.IsHeld && !entry.IsGone ? ", held" : "")}</text>{"\n"}"""));
        body.Append(Invariant($"""  <text x="{x + (AccountWidth / 2) - 8}" y="{y}" text-anchor="end" font-family="ui-monospace, Consolas, monospace" fill="{color}"{decoration}>{Money(entry.Amount)}</text>{"\n"}"""));
    }

    private static string Short(string path) => path.Replace(Sample.Merchant.ToString(), "{id}", StringComparison.Ordinal);

    private static string Money(long minorUnits) => (minorUnits / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A line of an account: what a transfer posts, holds, or frees.</summary>
    private sealed record Entry(AccountName Account, bool IsDebit, int Number, string Type, long Amount, bool IsHeld, bool IsGone)
    {
        public static IEnumerable<Entry> Of(Posting posting, int number)
        {
            var transfer = posting.Transfer;
            foreach (var (account, isDebit) in new[] { (transfer.Debit, true), (transfer.Credit, false) })
            {
                if (transfer.Kind.EndsPending())
                {
                    yield return new Entry(account, isDebit, number, "held before", posting.Reserved, IsHeld: true, IsGone: true);
                }

                if (transfer.Kind != TransferKind.VoidPending)
                {
                    yield return new Entry(account, isDebit, number, transfer.Type, transfer.Amount, transfer.Kind == TransferKind.Pending, IsGone: false);
                }
            }
        }
    }
}
