using System.Diagnostics;
using System.Text.RegularExpressions;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Messaging;
using PayFlow.Reconciler.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Reconciler.IntegrationTests.Events;

/// <summary>Reconciler as a process that is killed at each of its crash points, and at those of the outbox and the inbox around it.</summary>
public sealed partial class CrashTests
{
    [Fact]
    public async Task Kill_AtEveryCrashPoint_LosesAndDoublesNothing()
    {
        var points = Directory.EnumerateFiles(Repository.Path("services", "Reconciler"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => CrashPoints().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct()
            .Concat(["outbox.events.appended", "inbox.consumer.applied", "inbox.consumer.committed"])
            .OrderBy(point => point.StartsWith("reconciler.notices.", StringComparison.Ordinal) || point.StartsWith("reconciler.dispute.", StringComparison.Ordinal)
                || point.StartsWith("reconciler.return.", StringComparison.Ordinal)).ToList();   // what a process passes again when the events are in
        await using var broker = await Broker.StartAsync();
        await using var sandbox = await SandboxProcess.StartAsync();
        await using var host = await ReconcilerHost.StartAsync(acquirers: sandbox.Address);
        await host.StopAsync();
        var capture = await sandbox.PayAsync("northbank", 1_000);
        await sandbox.SettleAsync("northbank", capture, 1_000);
        var report = new Report();
        var (whole, less) = (report.Submit(1_000, externalId: capture), report.Submit(2_000));
        report.Line(whole, 1_000);
        report.Line(less, 1_900);
        var returned = points.ConvertAll(_ => report.Submit(500));   // nothing is settled of these
        report.Complete();
        await broker.PublishAsync(report.Events);

        var disputes = new List<string>();
        foreach (var point in points)
        {
            disputes.Add(await sandbox.DisputeAsync("northbank", capture, 10));   // there is always one that nobody has read yet
            await host.SqlAsync(
                "INSERT INTO notices (acquirer, sequence, type, occurred_at, data, received_at, try_at) VALUES ('northbank', $1, 'debit_returned', now(), $2::jsonb, now(), now())",
                1_000_000L + disputes.Count, Returned(returned[disputes.Count - 1]));
            await using var process = host.NewProcess(broker, point, out _);
            await process.StartAsync();
            await UntilAsync(() => Task.FromResult(!process.IsRunning), $"the crash at {point}");
            await broker.PublishAsync(report.Events);   // its offsets may be stored by now
        }

        await using var last = host.NewProcess(broker, "on", out var address);
        await last.StartAsync();
        await last.WaitForHealthAsync(address);
        await UntilAsync(async () => (long)(await host.SqlAsync("SELECT count(*) FROM deposits"))! == 1, "the deposit");
        Assert.Equal((("matched", 1_000L), ("short", 1_900L)), (await host.RecordAsync(whole), await host.RecordAsync(less)));
        await sandbox.CloseDisputeAsync("northbank", disputes[0], "lost");
        await UntilAsync(async () => (long)(await host.SqlAsync("SELECT count(*) FROM disputes WHERE state = 'lost'"))! == 1, "the decision");
        await UntilAsync(async () => (long)(await host.SqlAsync("SELECT count(*) FROM notices WHERE state = 'applied' AND type <> 'debit_returned'"))! == disputes.Count + 1, "the other disputes");
        Assert.Equal(disputes.Count, (long)(await host.SqlAsync("SELECT count(*) FROM disputes"))!);
        await UntilAsync(async () => (long)(await host.SqlAsync("SELECT count(*) FROM returns"))! == returned.Count, "the returns");
        Assert.Equal(0L, await host.SqlAsync("SELECT count(*) FROM exceptions e JOIN returns r ON r.item_id = e.item_id WHERE e.state = 'open'"));
        Assert.Equal((long)returned.Count, await host.SqlAsync("SELECT count(*) FROM outbox WHERE type = 'payflow.reconciliation.debit_returned.v1'"));
        var told = await host.ToldAsync(report);
        Assert.Equal((1 + disputes.Count + 1, 2, 1), (told[whole.Id.Value].Count, told[less.Id.Value].Count, told[report.Batch.Value].Count));
        Assert.Equal("payflow.reconciliation.deposit_reported.v1", broker.ReadUntil(Topics.ReconciliationEvents, report.Batch, 1)[0].Type);
    }

    private static string Returned(Submitted item) =>
        $$"""{"return":"nbb_{{item.Id}}","capture":"{{item.ExternalId}}","amount":{{item.Amount}},"currency":"USD","reason":"R03"}""";

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{what} did not come.");
            await Task.Delay(20);
        }
    }

    [GeneratedRegex("CrashPoint\\.Hit\\(\"([a-z.]+)\"\\)")]
    private static partial Regex CrashPoints();
}
