using System.Diagnostics;
using System.Text.RegularExpressions;
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
            .Concat(["outbox.events.appended", "inbox.consumer.applied", "inbox.consumer.committed"]).ToList();
        await using var broker = await Broker.StartAsync();
        await using var host = await ReconcilerHost.StartAsync();
        await host.StopAsync();
        var report = new Report();
        var (whole, less) = (report.Submit(1_000), report.Submit(2_000));
        report.Line(whole, 1_000);
        report.Line(less, 1_900);
        report.Complete();
        await broker.PublishAsync(report.Events);

        foreach (var point in points)
        {
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
        var told = await host.ToldAsync(report);
        Assert.Equal((1, 2, 1), (told[whole.Id.Value].Count, told[less.Id.Value].Count, told[report.Batch.Value].Count));
        Assert.Equal("payflow.reconciliation.deposit_reported.v1", broker.ReadUntil(Topics.ReconciliationEvents, report.Batch, 1)[0].Type);
    }

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
