using System.Globalization;
using System.Text.RegularExpressions;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Documentation;

/// <summary>
/// A recipe of docs/ledger.md, line by line: transfers (<c>name kind DR account CR account amount currency type</c>, or <c>name post|void name [amount currency] type</c>, with <c>&amp;</c> before those that
/// succeed or fail with the next and <c>! reason</c> behind those that are refused), exchanges, and balances that they must leave (<c>= account ledger [available]</c>).
/// </summary>
internal sealed partial class Recipe(LedgerHost host, Asking asking)
{
    private readonly Dictionary<string, string> _ids = [];
    private readonly List<(Contract.NewTransfer Transfer, string Reason)> _chain = [];

    /// <summary>How many balances were compared.</summary>
    public int Compared { get; private set; }

    public async Task RunAsync(string text)
    {
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (Balance().Match(line) is { Success: true } balance)
            {
                await CompareAsync(line, balance);
            }
            else if (Exchange().Match(line) is { Success: true } exchange)
            {
                await ExchangeAsync(exchange);
            }
            else
            {
                await TransferAsync(line);
            }
        }

        Assert.Empty(_chain);
    }

    private async Task TransferAsync(string line)
    {
        var match = Begin().Match(line) is { Success: true } begin ? begin : End().Match(line);
        Assert.True(match.Success, $"No recipe has a line like this: {line}");
        var transfer = match.Groups["debit"].Success
            ? asking.Posted(Account(match.Groups["debit"].Value, match), Account(match.Groups["credit"].Value, match), Amount(match))
            : asking.End(_ids[match.Groups["pending"].Value], match.Groups["amount"].Success ? Amount(match) : 0, match.Groups["kind"].Value == "void");
        if (match.Groups["kind"].Value == "pending")
        {
            transfer.Kind = Contract.TransferKind.Pending;
        }

        transfer.Type = match.Groups["type"].Value;
        transfer.Linked = match.Groups["linked"].Success;
        _ids[match.Groups["name"].Value] = transfer.TransferId;
        _chain.Add((transfer, match.Groups["reason"].Success ? match.Groups["reason"].Value : "created"));
        if (!transfer.Linked)
        {
            Assert.Equal(_chain.Select(each => each.Reason), await asking.AskAsync([.. _chain.Select(each => each.Transfer)]));
            _chain.Clear();
        }
    }

    private async Task ExchangeAsync(Match match)
    {
        var quote = await host.Exchanges.QuoteExchangeAsync(new()
        {
            From = Account(match.Groups["from"].Value, match), To = Asking.Name(Path(match.Groups["from"].Value), match.Groups["into"].Value), Amount = Amount(match), Side = Contract.ExchangeSide.From,
        });
        var key = new Contract.ExecuteExchangeRequest { QuoteId = quote.QuoteId, IdempotencyKey = "recipe" };
        Assert.Equal(await host.Exchanges.ExecuteExchangeAsync(key), await host.Exchanges.ExecuteExchangeAsync(key));   // the same again is the same
    }

    private async Task CompareAsync(string line, Match match)
    {
        var (ledger, available) = await asking.BalanceAsync(Account(match.Groups["account"].Value, match));
        Assert.True(
            (Amount(match), match.Groups["available"].Success ? Minor(match.Groups["available"].Value) : ledger) == (ledger, match.Groups["available"].Success ? available : ledger),
            $"{line}: it has {ledger}, available {available}.");
        Compared++;
    }

    private Contract.AccountName Account(string path, Match match) => Asking.Name(Path(path), match.Groups["currency"].Value);

    private string Path(string path) => path.Replace("{merchant}", asking.Merchant.ToString(), StringComparison.Ordinal)
        .Replace("{payer}", asking.Merchant.Derive(IdPrefix.Merchant, "payer").ToString(), StringComparison.Ordinal);

    private static long Amount(Match match) => Minor(match.Groups["amount"].Value);

    private static long Minor(string amount) => (long)(decimal.Parse(amount, CultureInfo.InvariantCulture) * 100);

    [GeneratedRegex(@"^(?<linked>& )?(?<name>\w+) +(?<kind>posted|pending) +DR (?<debit>\S+) +CR (?<credit>\S+) +(?<amount>[\d.]+) (?<currency>[A-Z]{3}) +(?<type>\w+)( +! (?<reason>\w+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Begin();

    [GeneratedRegex(@"^(?<linked>& )?(?<name>\w+) +(?<kind>post|void) +(?<pending>\w+)( +(?<amount>[\d.]+) (?<currency>[A-Z]{3}))? +(?<type>[a-z_]+)( +! (?<reason>\w+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex End();

    [GeneratedRegex(@"^exchange +(?<amount>[\d.]+) (?<currency>[A-Z]{3}) +of (?<from>\S+) +into (?<into>[A-Z]{3})$", RegexOptions.ExplicitCapture)]
    private static partial Regex Exchange();

    [GeneratedRegex(@"^= (?<account>\S+) +(?<amount>-?[\d.]+) (?<currency>[A-Z]{3})( +available (?<available>-?[\d.]+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Balance();
}
