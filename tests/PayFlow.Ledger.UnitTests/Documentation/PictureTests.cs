using PayFlow.Ledger.Transfers;
using PayFlow.Testing;

namespace PayFlow.Ledger.UnitTests.Documentation;

/// <summary>docs/ledger-t-accounts.svg shows what the journals post. With PAYFLOW_WRITE_DOCS=1 it is drawn anew.</summary>
public sealed class PictureTests
{
    private static readonly string Picture = Repository.Path("docs", "ledger-t-accounts.svg");

    [Fact]
    public async Task Picture_OfTheDocs_IsWhatTheJournalsPost()
    {
        var drawn = TAccounts.Draw(Flow.All);
        if (Environment.GetEnvironmentVariable("PAYFLOW_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(Picture, drawn);
        }

        Assert.True(
            drawn == (await File.ReadAllTextAsync(Picture)).ReplaceLineEndings("\n"),
            "The journals post something else than the picture shows. Draw it anew: PAYFLOW_WRITE_DOCS=1 dotnet test tests/PayFlow.Ledger.UnitTests --filter PictureTests");
    }

    [Fact]
    public void Picture_OfOtherAmounts_Differs() =>
        Assert.NotEqual(TAccounts.Draw(Flow.All), TAccounts.Draw([.. Flow.All.SkipLast(1), Flow.All[^1] with { Events = [Journals.Happening.DisputeLost("d", 60_00, 15_01)] }]));

    [Fact]
    public void Flows_Together_PostEveryTypeThatJournalsMake()
    {
        var shown = Flow.All.SelectMany(flow => flow.Run().Postings).Select(posting => posting.Transfer.Type).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(
            new[]
            {
                TransferType.AuthHold, TransferType.Release, TransferType.Capture, TransferType.Settle, TransferType.Fee, TransferType.Deposit, TransferType.VoidCapture, TransferType.Refund,
                TransferType.Return, TransferType.ChargebackHold, TransferType.ChargebackWon, TransferType.ChargebackLost,
            }.Order(StringComparer.Ordinal),
            shown);
    }
}
