using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Reconciler.IntegrationTests.Support;
using PayFlow.Testing;
using Xunit.Abstractions;

namespace PayFlow.Reconciler.IntegrationTests.Matching;

/// <summary>Whatever an acquirer reports, and however it is cut into polls and delivered again: every unit of every deposit is explained, and nothing is paid twice.</summary>
[Collection(SharedReconciler.Name)]
public sealed class RandomReportsTests(SharedReconciler shared, ITestOutputHelper output)
{
    private const int Reports = 25;

    [Fact]
    public async Task Apply_RandomReports_ExplainEveryUnitOnce()
    {
        var seed = Seeds.Number(output);
        for (var number = 0; number < Reports; number++)
        {
            var random = new Random(unchecked(seed + number));
            var report = MakeReport(random);
            await DeliverAsync(random, report);
            Assert.True(await FaultsAsync(report) is [], $"Seed {seed}, report {number}: {string.Join("; ", await FaultsAsync(report))}");
        }
    }

    [Fact]
    public async Task Faults_OfBooksThatAreWrong_AreSeen()
    {
        var report = new Report();
        report.Line(report.Submit(1_000), 1_000);
        report.Complete();
        await shared.Host.ApplyAsync(report.Events);
        Assert.Empty(await FaultsAsync(report));

        await shared.Host.SqlAsync("UPDATE lines SET settled = 900, unexplained = 100 WHERE batch_id = $1", report.Batch.Value);
        Assert.NotEmpty(await FaultsAsync(report));
    }

    private static Report MakeReport(Random random)
    {
        var report = new Report();
        List<Submitted> items = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => report.Submit(random.Next(3) == 0 ? -random.Next(1, 50) : random.Next(1, 50), fee: random.Next(3)))];
        for (var deposits = random.Next(1, 4); deposits > 0; deposits--)
        {
            for (var lines = random.Next(0, 12); lines > 0; lines--)
            {
                var item = items[random.Next(items.Count)];
                var amount = random.Next(3) == 0 ? item.Amount : random.Next(1, 60) * (random.Next(8) == 0 ? -1 : 1) * Math.Sign(item.Amount);
                var reference = random.Next(4) switch { 0 => "", 1 when Math.Abs(amount) > 30 => "itm_stranger", _ => item.Id.ToString() };
                report.Line(reference, random.Next(5) == 0 ? "nbc_stranger" : item.ExternalId, amount, isSettled: random.Next(6) > 0);
            }

            report.Complete(charge: random.Next(10));
        }

        return report;
    }

    /// <summary>In order, in polls of any size, some of them again and again.</summary>
    private async Task DeliverAsync(Random random, Report report)
    {
        for (var at = 0; at < report.Events.Length;)
        {
            var next = Math.Min(report.Events.Length, at + random.Next(1, 9));
            await shared.Host.ApplyAsync(report.Events[random.Next(at + 1)..next]);
            at = next;
        }
    }

    private async Task<List<string>> FaultsAsync(Report report)
    {
        var faults = new List<string>();
        var told = (await shared.Host.ToldAsync(report)).Values.SelectMany(events => events).ToList();
        var deposits = told.Where(e => e.DepositReported is not null).Select(e => e.DepositReported).ToList();
        var items = told.Where(e => e.ItemSettled is not null).Select(e => e.ItemSettled).ToList();
        var refunds = told.Where(e => e.RefundSettled is not null).Select(e => e.RefundSettled).ToList();
        var settled = items.Sum(item => item.Amount) - refunds.Sum(refund => refund.Amount);
        var gross = report.Events.Sum(received => received.Read<SettlementEvent>().ReportCompleted?.Gross ?? 0);
        Check("deposits told", gross, deposits.Sum(deposit => deposit.Gross));
        Check("settled and unexplained", gross, settled + deposits.Sum(deposit => deposit.Unexplained));
        Check("amounts that are told of what they are not", 0, items.Count(item => item.Amount <= 0) + refunds.Count(refund => refund.Amount <= 0));
        Check("records", settled, await SumAsync("SELECT coalesce(sum(settled), 0)::bigint FROM records WHERE batch_id = $1"));
        Check("lines", settled, await SumAsync("SELECT coalesce(sum(settled), 0)::bigint FROM lines WHERE batch_id = $1"));
        Check("lines no deposit has paid", 0, await SumAsync("SELECT count(*) FROM lines WHERE batch_id = $1 AND deposit IS NULL"));
        Check("deposits by their lines", 0, await SumAsync(
            """
            SELECT count(*) FROM deposits d,
                   LATERAL (SELECT coalesce(sum(l.settled), 0) AS settled, coalesce(sum(l.unexplained), 0) AS unexplained FROM lines l WHERE l.batch_id = d.batch_id AND l.deposit = d.ordinal) paid
            WHERE d.batch_id = $1 AND (d.settled, d.unexplained) <> (paid.settled, paid.unexplained)
            """));
        Check("items whose events settle more than was submitted", 0, items.GroupBy(item => item.ItemId).Count(item => item.Sum(settled => settled.Amount) > item.First().Expected));
        Check("refunds whose events settle more than was submitted", 0, refunds.GroupBy(item => item.ItemId).Count(item => item.Sum(taken => taken.Amount) > item.First().Expected));
        Check("fees taken twice", 0, items.GroupBy(item => item.ItemId).Count(item => item.Skip(1).Any(settled => settled.Fee > 0)));
        Check("exceptions resolved that were not opened", 0, told.Where(e => e.ExceptionResolved is not null).Count(e => !told.Exists(opened => opened.ExceptionOpened?.ExceptionId == e.ExceptionResolved.ExceptionId)));
        Check("unmatched items without an open exception", 0, await SumAsync(
            "SELECT count(*) FROM records r WHERE r.batch_id = $1 AND r.state <> 'matched' AND NOT EXISTS (SELECT FROM exceptions e WHERE e.item_id = r.item_id AND e.state = 'open')"));
        return faults;

        async Task<long> SumAsync(string sql) => (long)(await shared.Host.SqlAsync(sql, report.Batch.Value))!;

        void Check(string what, long expected, long actual)
        {
            if (expected != actual)
                faults.Add($"{what}: {actual}, not {expected}");
        }
    }

}
