using FsCheck;
using FsCheck.Fluent;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Batches;

namespace PayFlow.Sandbox.UnitTests.Batches;

public sealed class SettlementRulesTests
{
    private static readonly ChargeTerms Terms = new(BasisPoints: 20, PerLine: 5);

    [Theory]
    [InlineData(10_000, true, "1:10000:25")]
    [InlineData(10_001, true, "1:9900:25")]            // 1 % is 100.01, rounded up
    [InlineData(101, true, "1:99:5")]
    [InlineData(1, true, "")]
    [InlineData(10_002, true, "")]
    [InlineData(10_003, true, "1:10003:25 1:10003:25")]
    [InlineData(10_004, true, "2:10004:25")]
    [InlineData(10_005, true, "1:10005:25")]           // its reply was lost; its settlement isn't
    [InlineData(10_001, false, "1:10001:25")]
    [InlineData(10_002, false, "1:10002:25")]
    [InlineData(10_003, false, "1:10003:25")]
    [InlineData(10_004, false, "1:10004:25")]
    [InlineData(3, false, "1:3:3")]                    // never charged more than there is
    public void Settle_Amount_GivesLinesByItsLastDigits(long amount, bool byAmount, string lines) =>
        Assert.Equal(lines, Spell(SettlementRules.Settle(File(amount), Taken(File(amount)), byAmount, Terms)));

    [Theory]
    [InlineData(-10_000, "1:-10000:0")]
    [InlineData(-10_001, "1:-10001:0")]
    [InlineData(-10_002, "1:-10002:0")]
    [InlineData(-10_003, "1:-10003:0")]
    [InlineData(-10_004, "1:-10004:0")]
    public void Settle_Refund_IsWholeAndFreeWhateverItsDigits(long amount, string lines) =>
        Assert.Equal(lines, Spell(SettlementRules.Settle(File(amount), Taken(File(amount)), byAmount: true, Terms)));

    [Fact]
    public void Settle_CaptureThatCannotBeTaken_IsRejectedWithoutCharge()
    {
        var line = Assert.Single(SettlementRules.Settle(File(1_000), Nothing, byAmount: true, Terms));
        Assert.Equal((ReportLineStatus.Rejected, 1_000, 0), (line.Status, line.Amount, line.Charge));
    }

    [Fact]
    public void Settle_RefundThatCannotBeTaken_IsRejected()
    {
        var line = Assert.Single(SettlementRules.Settle(File(-1_000), Nothing, byAmount: true, Terms));
        Assert.Equal((ReportLineStatus.Rejected, -1_000, 0), (line.Status, line.Amount, line.Charge));
    }

    [Fact]
    public void Settle_OtherAmountUnderTheIdOfWhatWasTaken_IsRejectedWhereverItStands()
    {
        var file = new BatchFile("USD", [new("itm_a", "nbc_0", 999), new("itm_b", "nbc_0", 1_000), new("itm_c", "nbc_0", -1_000)]);
        var lines = SettlementRules.Settle(file, new HashSet<(string, long)> { ("nbc_0", 1_000) }, byAmount: false, Terms);
        Assert.Equal([ReportLineStatus.Rejected, ReportLineStatus.Settled, ReportLineStatus.Rejected], lines.Select(line => line.Status));
    }

    [Fact]
    public void Settle_SameCaptureTwiceInAFile_SettlesOnce()
    {
        var file = new BatchFile("USD", [new("itm_a", "nbc_0", 1_000), new("itm_b", "nbc_0", 1_000)]);
        var lines = SettlementRules.Settle(file, Taken(file), byAmount: false, Terms);
        Assert.Equal([ReportLineStatus.Settled, ReportLineStatus.Rejected], lines.Select(line => line.Status));
    }

    [Fact]
    public void Settle_LateLines_StandBehindTheOthers()
    {
        var file = File(1_004, 1_000, 1_103);
        var lines = SettlementRules.Settle(file, Taken(file), byAmount: true, Terms);
        Assert.Equal([1, 2, 3, 4], lines.Select(line => line.Line));
        Assert.Equal(["itm_1", "itm_2", "itm_2", "itm_0"], lines.Select(line => line.ItemId));
        Assert.Equal([1, 1, 1, 2], lines.Select(line => line.Deposit));
    }

    [Fact]
    public void Settle_SwitchOff_SettlesEverythingInFullOnce() => Prop.ForAll<NonZeroInt[]>(amounts =>
    {
        var file = File([.. amounts.Select(amount => (long)amount.Get)]);
        var lines = SettlementRules.Settle(file, Taken(file), byAmount: false, Terms);
        return lines.Select(line => (line.ItemId, line.Amount)).SequenceEqual(file.Items.Select(item => (item.ItemId, item.Amount)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Write_Report_GrowsByItsLateDeposit()
    {
        var northbank = Acquirer.All[0];
        var batch = new Batch("northbank", "bat_1", [], "USD", 3, 3_000, Books.Now, Books.Now);
        var lines = SettlementRules.Settle(File(1_000, 2_004, 500), Taken(File(1_000, 2_004)), byAmount: true, Terms);
        Assert.Equal(
            """
            line,item_id,external_id,amount,currency,status
            1,itm_0,nbc_0,1000,USD,settled
            2,itm_2,nbc_2,500,USD,rejected
            T,2,1000,7,nbd_bat_1_1

            """,
            Report.Write(northbank, batch, lines, deposits: 1));
        Assert.Equal(
            """
            line,item_id,external_id,amount,currency,status
            1,itm_0,nbc_0,1000,USD,settled
            2,itm_2,nbc_2,500,USD,rejected
            3,itm_1,nbc_1,2004,USD,settled
            T,3,3004,16,nbd_bat_1_2

            """,
            Report.Write(northbank, batch, lines, deposits: 2));
    }

    [Fact]
    public void Write_ReportOfMoreRefundsThanCaptures_TakesMoney()
    {
        var file = File(1_000, -2_500);
        var batch = new Batch("northbank", "bat_1", [], "USD", 2, file.Amount, Books.Now, Books.Now);
        var report = Report.Write(Acquirer.All[0], batch, SettlementRules.Settle(file, Taken(file), byAmount: true, Terms), deposits: 1);
        Assert.Equal(
            """
            line,item_id,external_id,amount,currency,status
            1,itm_0,nbc_0,1000,USD,settled
            2,itm_1,nbc_1,-2500,USD,settled
            T,2,-1500,7,nbd_bat_1_1

            """,
            report);
    }

    private static BatchFile File(params long[] amounts) => new("USD", [.. amounts.Select((amount, i) => new BatchItem($"itm_{i}", $"nbc_{i}", amount))]);

    private static HashSet<(string, long)> Nothing { get; } = [];

    private static HashSet<(string, long)> Taken(BatchFile file) => [.. file.Items.Select(item => (item.ExternalId, item.Amount))];

    private static string Spell(IEnumerable<ReportLine> lines) => string.Join(' ', lines.Select(line => $"{line.Deposit}:{line.Amount}:{line.Charge}"));
}
