using PayFlow.Batch.Reports;

namespace PayFlow.Batch.UnitTests.Reports;

public sealed class SettlementReportTests
{
    private const string Header = "line,item_id,external_id,amount,currency,status";

    [Fact]
    public void Read_WholeReport_HasLinesAndTotals()
    {
        var report = SettlementReport.Read($"{Header}\n1,itm_a,nbc_1,1500,USD,settled\n2,,nbc_2,700,USD,rejected\nT,2,1500,8,dep_1\n", "USD", isComplete: true);
        Assert.Equal([new ReportLine(1, "itm_a", "nbc_1", 1500, "settled", "1,itm_a,nbc_1,1500,USD,settled"), new ReportLine(2, "", "nbc_2", 700, "rejected", "2,,nbc_2,700,USD,rejected")], report.Lines);
        Assert.Equal((1500, 8, "dep_1", true), (report.Gross, report.Charge, report.DepositReference, report.IsComplete));
    }

    [Fact]
    public void Read_ReportOfRefunds_PaysLessThanNothing()
    {
        var report = SettlementReport.Read($"{Header}\n1,itm_a,nbc_1,1500,USD,settled\n2,itm_b,nbr_1,-4000,USD,settled\nT,2,-2500,8,dep_1\n", "USD", isComplete: true);
        Assert.Equal((-2500, 8), (report.Gross, report.Charge));
        Assert.Equal(-4000, report.Lines[1].Amount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not,a,report")]
    [InlineData(Header)]
    [InlineData(Header + "\n1,itm_a,nbc_1,1500,USD,settled")]                                                        // cut before the trailer
    [InlineData(Header + "\nT,1,1500,8,dep_1")]                                                                      // a line is gone
    [InlineData(Header + "\n1,itm_a,nbc_1,1501,USD,settled\nT,1,1500,8,dep_1")]                                      // the sum is another
    [InlineData(Header + "\n1,itm_a,nbc_1,1500,EUR,settled\nT,1,1500,8,dep_1")]                                      // another currency
    [InlineData(Header + "\n1,itm_a,nbr_1,-1500,USD,settled\nT,1,1500,8,dep_1")]                                     // a refund that is added
    [InlineData(Header + "\n1,itm_a,nbc_1,1500,USD,settled\nT,1,1500,-8,dep_1")]                                     // a negative charge
    [InlineData(Header + "\n-1,itm_a,nbc_1,1500,USD,settled\nT,1,1500,8,dep_1")]                                     // a negative line number
    [InlineData(Header + "\n1,itm_a,nbc_1,1500,USD,paid\nT,1,1500,8,dep_1")]                                         // an unknown status
    [InlineData(Header + "\n1,itm_a,nbc_1,700,USD,settled\n1,itm_b,nbc_2,800,USD,settled\nT,2,1500,8,dep_1")]         // a line number twice
    public void Read_CutOrWrong_IsRefusedAsAWhole(string text) =>
        Assert.Throws<FormatException>(() => SettlementReport.Read(text, "USD", isComplete: true));
}
