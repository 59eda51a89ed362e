using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Batches;

[Collection(SharedSandbox.Name)]
public sealed class SettlementTests(SharedSandbox shared) : IAsyncLifetime
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _northbank.CalmAsync();

    [Theory]
    [InlineData(10_000, "1,itm_a,{0},10000,USD,settled", "T,1,10000,25,")]
    [InlineData(10_001, "1,itm_a,{0},9900,USD,settled", "T,1,9900,25,")]
    [InlineData(10_002, "", "T,0,0,0,")]
    [InlineData(10_003, "1,itm_a,{0},10003,USD,settled|2,itm_a,{0},10003,USD,settled", "T,2,20006,50,")]
    [InlineData(10_004, "", "T,0,0,0,")]
    public async Task Report_Amount_SettlesByItsLastDigits(long amount, string lines, string trailer)
    {
        await _northbank.MisbehaveAsync(new { amounts = true });
        var capture = await _northbank.PayAsync(amount);
        var key = NewReference("bat");
        var accepted = await _northbank.SubmitAsync(key, ("itm_a", capture, amount));
        Assert.Equal((HttpStatusCode.Accepted, key, "accepted"), (accepted.Status, accepted["batch_key"], accepted["state"]));
        var report = Lines((await _northbank.ReportAsync(key)).Text);
        Assert.Equal(["line,item_id,external_id,amount,currency,status", .. Lines(lines, capture), $"{trailer}nbd_{key}_1"], report);
    }

    [Fact]
    public async Task Report_SettlesLate_GrowsAfterItWasComplete()
    {
        await _northbank.MisbehaveAsync(new { amounts = true });
        var (soon, late) = (await _northbank.PayAsync(10_000), await _northbank.PayAsync(10_004));
        var key = NewReference("bat");
        await _northbank.SubmitAsync(key, ("itm_late", late, 10_004), ("itm_soon", soon, 10_000));
        Assert.Equal(0, await SettledAsync(late));
        var first = Lines((await _northbank.ReportAsync(key)).Text);
        Assert.Equal([$"1,itm_soon,{soon},10000,USD,settled", $"T,1,10000,25,nbd_{key}_1"], first[1..]);

        var grown = first;
        for (var patience = 0; grown.Length == first.Length && patience < 100; patience++)
        {
            await Task.Delay(50);
            grown = Lines((await _northbank.ReportAsync(key)).Text);
        }

        Assert.Equal([.. first[..^1], $"2,itm_late,{late},10004,USD,settled", $"T,2,20004,50,nbd_{key}_2"], grown);
        Assert.Equal(10_004, await SettledAsync(late));
    }

    [Fact]
    public async Task Submit_SameKeyFiftyTimesAtOnce_SettlesOnce()
    {
        var capture = await _northbank.PayAsync(10_000);
        var key = NewReference("bat");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.SubmitAsync(key, ("itm_a", capture, 10_000))));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.Accepted, "accepted"), (answer.Status, answer["state"])));
        Assert.Equal(3, Lines((await _northbank.ReportAsync(key)).Text).Length);
        Assert.Equal(10_000, await SettledAsync(capture));
    }

    [Fact]
    public async Task Submit_SameKeyOtherFile_IsRefused()
    {
        var (one, two) = (await _northbank.PayAsync(10_000), await _northbank.PayAsync(20_000));
        var key = NewReference("bat");
        await _northbank.SubmitAsync(key, ("itm_a", one, 10_000));
        var other = await _northbank.SubmitAsync(key, ("itm_b", two, 20_000));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "reference_reused"), (other.Status, other["code"]));
        Assert.Equal(0, await SettledAsync(two));
    }

    [Fact]
    public async Task Submit_CaptureThatIsSettledOrUnknownOrOfAnotherAmount_IsRejectedInTheReport()
    {
        var (settled, other) = (await _northbank.PayAsync(10_000), await _northbank.PayAsync(20_000));
        await _northbank.SubmitAsync(NewReference("bat"), ("itm_a", settled, 10_000));
        var key = NewReference("bat");
        await _northbank.SubmitAsync(key, ("itm_b", settled, 10_000), ("itm_c", "nbc_nothing", 500), ("itm_d", other, 19_999));
        var report = Lines((await _northbank.ReportAsync(key)).Text);
        Assert.Equal(
            [$"1,itm_b,{settled},10000,USD,rejected", "2,itm_c,nbc_nothing,500,USD,rejected", $"3,itm_d,{other},19999,USD,rejected", $"T,3,0,0,nbd_{key}_1"], report[1..]);
        Assert.Equal(10_000, await SettledAsync(settled));
    }

    [Fact]
    public async Task Submit_TwoBatchesWithTheSameCapturesAtOnce_SettleEachOnce()
    {
        var captures = new List<string>();
        for (var i = 0; i < 20; i++)
            captures.Add(await _northbank.PayAsync(10_000));
        var items = captures.Select((capture, i) => ($"itm_{i}", capture, 10_000L)).ToArray();
        string[] keys = [NewReference("bat"), NewReference("bat")];
        // In opposite order: whoever locks as the file says would deadlock.
        await Task.WhenAll(_northbank.SubmitAsync(keys[0], items), _northbank.SubmitAsync(keys[1], [.. items.Reverse()]));
        var reports = await Task.WhenAll(keys.Select(_northbank.ReportAsync));
        Assert.Equal(20, reports.SelectMany(report => Lines(report.Text)).Count(line => line.EndsWith("settled", StringComparison.Ordinal)));
        Assert.Equal(20, reports.SelectMany(report => Lines(report.Text)).Count(line => line.EndsWith("rejected", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Submit_CapturesAndRefunds_DepositIsNetOfTheRefunds()
    {
        var (attempt, authorization, capture) = await _northbank.PayInFullAsync(10_000);
        var refund = (await _northbank.RefundAsync(NewReference("op"), authorization, 2_500))["external_id"]!;
        var key = NewReference("bat");
        await _northbank.SubmitAsync(key, ("itm_a", capture, 10_000), ("itm_b", refund, -2_500));
        var report = Lines((await _northbank.ReportAsync(key)).Text);
        Assert.Equal([$"1,itm_a,{capture},10000,USD,settled", $"2,itm_b,{refund},-2500,USD,settled", $"T,2,7500,25,nbd_{key}_1"], report[1..]);
        var entry = (await _northbank.BooksOfAsync(attempt))!;
        Assert.Equal((10_000L, 2_500L, 2_500L), ((long)entry["settled"]!, (long)entry["refunded"]!, (long)entry["refunds_settled"]!));
        Assert.Equal((2_500L, key), ((long)entry["refunds"]![0]!["settled"]!, (string?)entry["refunds"]![0]!["batch_key"]));
    }

    [Fact]
    public async Task Submit_RefundsAlone_TakeMoney()
    {
        var (_, authorization, _) = await _northbank.PayInFullAsync(10_000);
        var refund = (await _northbank.RefundAsync(NewReference("op"), authorization, 10_000))["external_id"]!;
        var key = NewReference("bat");
        Assert.Equal(HttpStatusCode.Accepted, (await _northbank.SubmitAsync(key, ("itm_a", refund, -10_000))).Status);
        Assert.Equal([$"1,itm_a,{refund},-10000,USD,settled", $"T,1,-10000,0,nbd_{key}_1"], Lines((await _northbank.ReportAsync(key)).Text)[1..]);
    }

    [Fact]
    public async Task Submit_RefundThatIsSettledOrUnknownOrOfAnotherAmountOrACapture_IsRejectedInTheReport()
    {
        var (_, authorization, capture) = await _northbank.PayInFullAsync(10_000);
        var settled = (await _northbank.RefundAsync(NewReference("op"), authorization, 1_000))["external_id"]!;
        var other = (await _northbank.RefundAsync(NewReference("op"), authorization, 2_000))["external_id"]!;
        await _northbank.SubmitAsync(NewReference("bat"), ("itm_a", settled, -1_000));
        var key = NewReference("bat");
        await _northbank.SubmitAsync(
            key, ("itm_b", settled, -1_000), ("itm_c", "nbr_nothing", -500), ("itm_d", other, -1_999), ("itm_e", other, 2_000), ("itm_f", capture, -10_000));
        var report = Lines((await _northbank.ReportAsync(key)).Text);
        Assert.Equal(5, report[1..^1].Count(line => line.EndsWith("rejected", StringComparison.Ordinal)));
        Assert.Equal($"T,5,0,0,nbd_{key}_1", report[^1]);
    }

    [Fact]
    public async Task Submit_VoidedCapture_IsRejectedInTheReport()
    {
        var capture = await _northbank.PayAsync(10_000);
        await _northbank.VoidCaptureAsync(NewReference("op"), capture);
        var key = NewReference("bat");
        await _northbank.SubmitAsync(key, ("itm_a", capture, 10_000));
        Assert.Equal([$"1,itm_a,{capture},10000,USD,rejected", $"T,1,0,0,nbd_{key}_1"], Lines((await _northbank.ReportAsync(key)).Text)[1..]);
        Assert.Equal(0, await SettledAsync(capture));
    }

    [Fact]
    public async Task Submit_FileOfAWholeDay_IsTaken()
    {
        var key = NewReference("bat");
        var items = Enumerable.Range(0, 10_000).Select(i => ($"itm_01jz3k0000000000000000{i:D4}", $"nbc_01jz3k0000000000000000{i:D4}", 10_000L)).ToArray();
        Assert.Equal(HttpStatusCode.Accepted, (await _northbank.SubmitAsync(key, items)).Status);
        Assert.Equal(10_002, Lines((await _northbank.ReportAsync(key)).Text).Length);
    }

    [Fact]
    public async Task Submit_WrongFileOrNoKey_IsRefusedAndHasNoReport()
    {
        var key = NewReference("bat");
        Assert.Equal(HttpStatusCode.BadRequest, (await _northbank.SubmitAsync(key)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _northbank.SubmitAsync(key, ("itm a", "nbc_1", 1))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _northbank.SubmitAsync("", ("itm_a", "nbc_1", 1))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.ReportAsync(key)).Status);
    }

    [Fact]
    public async Task Report_WithADelay_IsThereWhenItHasPassed()
    {
        await using var slow = await Support.Sandbox.StartNewAsync(("Sandbox__ReportDelay", "00:00:01"));
        var capture = await slow.Northbank.PayAsync(10_000);
        await slow.Northbank.SubmitAsync("bat_1", ("itm_a", capture, 10_000));
        var report = await slow.Northbank.ReportAsync("bat_1");
        Assert.Equal(HttpStatusCode.NotFound, report.Status);
        for (var patience = 0; report.Status == HttpStatusCode.NotFound && patience < 100; patience++)
        {
            await Task.Delay(100);
            report = await slow.Northbank.ReportAsync("bat_1");
        }

        Assert.Equal(3, Lines(report.Text).Length);
    }

    private async Task<long> SettledAsync(string capture)
    {
        var books = await _northbank.BooksAsync();
        return (long)books.Values.SelectMany(entry => entry["captures"]!.AsArray()).Single(entry => (string?)entry!["external_id"] == capture)!["settled"]!;
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Lines(string spelled, string capture) =>
        spelled.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Replace("{0}", capture, StringComparison.Ordinal));
}
