using PayFlow.Kernel;
using PayFlow.Ledger.Continuity;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Continuity;

public sealed class ComparisonTests
{
    [Fact]
    public void Compare_SumsOfSeveralShards_AreAddedUp() =>
        Assert.Empty(Comparison.Compare([Moved("capture", 100)], [Moved("capture", 30), Moved("capture", 70)]));

    [Fact]
    public void Compare_OtherKindModeOrCurrency_IsAnother()
    {
        var moved = Moved("capture", 100);

        Assert.Equal(2, Comparison.Compare([moved], [Moved("refund", 100)]).Count);
        Assert.Equal(2, Comparison.Compare([moved], [moved with { What = moved.What with { Mode = Mode.Live } }]).Count);
        Assert.Equal(2, Comparison.Compare([moved], [moved with { What = moved.What with { Currency = Currency.Parse("EUR") } }]).Count);
    }

    [Fact]
    public void Compare_Differences_ComeByTimeAndSayBothSides()
    {
        var differences = Comparison.Compare(
            [Moved("capture", 100, seconds: 5), Moved("refund", 30, seconds: 9)], [Moved("capture", 90, seconds: 7), Moved("void_capture", 1, seconds: 1)]);

        Assert.Equal(
            [("void_capture", 0L, 1L, 1), ("capture", 100L, 90L, 5), ("refund", 30L, 0L, 9)],
            differences.Select(each => (each.What.Kind, each.Payments, each.Ledger, (int)(each.At - Sample.Now).TotalSeconds)));
    }

    [Fact]
    public void Differ_SamePlaceAgain_IsAsOldAsItWas()
    {
        var difference = Comparison.Compare([Moved("capture", 100, seconds: 5)], [])[0];
        var patience = TimeSpan.FromMinutes(3);
        var seen = new ShardAgreement(0, Sample.Now, Sample.Now).Differ(difference, Sample.Now);
        Assert.False(seen.IsBroken(patience));
        Assert.Equal(difference.At, seen.AgreedUntil);

        var again = seen.Differ(difference with { Payments = 120 }, Sample.Now + patience);
        Assert.True(again.IsBroken(patience));
        Assert.False(seen.Differ(difference with { At = difference.At.AddSeconds(1) }, Sample.Now + patience).IsBroken(patience));
        Assert.False(again.Agree(Sample.Now + patience, Sample.Now + patience).IsBroken(patience));
    }

    private static Movement Moved(string kind, long amount, int seconds = 0) =>
        new(new Moved(Sample.Merchant, Mode.Test, Currency.Usd, kind, Sample.Payment), amount, Sample.Now.AddSeconds(seconds));
}
